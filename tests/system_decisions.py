"""Held-back pulls in a real Airflow: how one comes about, and what was decided."""

from __future__ import annotations

from typing import Any

from servers.rest import Rest
from system_rig import ASK_TASK, HELD_BACK, SNAPSHOT, SystemRig


def end_waiting(rig: SystemRig) -> None:
    """Let the pulls be complete again, so that no pull and no run waits for a decision."""
    rig.behave()
    assert rig.run_now(SNAPSHOT)["state"] == "success"
    assert rig.query("SELECT count(*) FROM mart.held_back_pull WHERE status = 'held_back'") == [(0,)]
    for run in rig.rest.runs(HELD_BACK):
        if run["state"] == "running":
            answer(rig.rest, run["dag_run_id"], "Dismiss")
            rig.ended(HELD_BACK, run["dag_run_id"])


def user(rig: SystemRig, name: str) -> Rest:
    """The API, logged in as another user."""
    return Rest(rig.stack.airflow.url, name, rig.stack.airflow.password(name))


def hold_back(rig: SystemRig, office: int) -> tuple[int, str]:
    """Let a run of the snapshot hold a pull back; returns its number and the run that waits for an answer."""
    rig.fault("empty", path=f"inventory/office/{office}")
    assert rig.run_now(SNAPSHOT)["state"] == "failed"
    rig.behave()
    ((pull,),) = rig.query("SELECT pull_id FROM mart.held_back_pull WHERE status = 'held_back'")
    run_id = f"pull_{pull}"
    rig.stack.processes.wait_until(lambda: asks(rig.rest, run_id), "a question", 300)
    return pull, run_id


def asks(rest: Rest, run_id: str) -> bool:
    """Return True once the task that asks waits for an answer."""
    states = {task["task_id"]: task["state"] for task in rest.tasks(HELD_BACK, run_id)}
    return states.get(ASK_TASK) == "awaiting_input"


def answer(rest: Rest, run_id: str, option: str, **params: str) -> Any:
    """Answer the question of a run, as its form in Airflow does."""
    path = f"dags/{HELD_BACK}/dagRuns/{run_id}/taskInstances/{ASK_TASK}/-1/hitlDetails"
    return rest.call("PATCH", path, {"chosen_options": [option], "params_input": params})


def decision(rig: SystemRig, pull: int) -> tuple[Any, ...]:
    """Status, user and note of a pull."""
    (row,) = rig.query("SELECT status, decided_by, decision_note FROM mart.held_back_pull WHERE pull_id = %s", pull)
    return row


def states(rig: SystemRig, run_id: str) -> dict[str, str]:
    """The states of the tasks of a run."""
    return {task["task_id"]: task["state"] for task in rig.rest.tasks(HELD_BACK, run_id)}
