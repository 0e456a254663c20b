"""Held-back pulls in a real Airflow: how one comes about, and what was decided."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from servers.rest import ENDED, Rest, RestError
from system_rig import ASK_TASK, HELD_BACK, SNAPSHOT, SystemRig


def end_waiting(rig: SystemRig) -> None:
    """Let the pulls be complete again, so that no pull and no run waits for a decision."""
    rig.behave()
    assert rig.run_now(SNAPSHOT)["state"] == "success"
    assert rig.query("SELECT count(*) FROM mart.held_back_pull WHERE status = 'held_back'") == [(0,)]
    for run in rig.rest.runs(HELD_BACK):
        if run["state"] == "running":
            answered(rig, run["dag_run_id"], "Dismiss")


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


def answered(rig: SystemRig, run_id: str, option: str, rest: Rest | None = None, **params: str) -> dict[str, Any]:
    """Answer the question of a run as often as it is asked, and return the run once it has ended.

    Airflow 3.3 asks again where the answer comes before its scheduler has noticed that the task waits for it.
    """

    def ended() -> bool:
        if asks(rig.rest, run_id):
            # Somebody else has just answered.
            with suppress(RestError):
                answer(rest or rig.rest, run_id, option, **params)
        return rig.rest.run(HELD_BACK, run_id)["state"] in ENDED

    rig.stack.processes.wait_until(ended, "the end of a question", 600, pause=1)
    return rig.rest.run(HELD_BACK, run_id)


def decision(rig: SystemRig, pull: int) -> tuple[Any, ...]:
    """Status, user and note of a pull."""
    (row,) = rig.query("SELECT status, decided_by, decision_note FROM mart.held_back_pull WHERE pull_id = %s", pull)
    return row


def states(rig: SystemRig, run_id: str) -> dict[str, str]:
    """The states of the tasks of a run."""
    return {task["task_id"]: task["state"] for task in rig.rest.tasks(HELD_BACK, run_id)}
