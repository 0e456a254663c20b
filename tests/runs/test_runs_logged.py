"""Runs of the inventory DAGs by Airflow's own machinery, in this process: how they end, and what they log."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import msgspec
import pytest
import structlog

from dag_rig import DagRig
from indicaonline.errors import HeldBackError
from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import apply_settings
from office_runs import FILE
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig


@pytest.fixture
def rig(make_rig: Callable[..., Rig], airflow_database: None, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """An account beside a warehouse, known to Airflow by its connections."""
    rig = make_rig(seed=5, offices=2, products=20, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    DagRig(rig, monkeypatch)  # makes Airflow know DAGs and connections
    # With time for a request to be tried again.
    connection = {"conn_type": "indicaonline", "host": rig.simulator.url, "password": rig.simulator.key}
    monkeypatch.setenv("AIRFLOW_CONN_INDICAONLINE_DEFAULT", json.dumps(connection))
    rig.reference("offices")
    return rig


HELD_BACK = "held_back_pulls"


class Entry(msgspec.Struct, frozen=True):
    """A line of a task's log."""

    task_id: str
    level: str
    text: str
    has_traceback: bool


class Recorder(logging.Handler):
    """Keeps what is logged, by structlog (as a processor of it) and by logging, with the task that was running."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.task_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if started := re.search(r"\[DAG TEST\] starting\s+task_id=(\w+)", text):
            self.task_id = started[1]
        self.entries.append(Entry(self.task_id, record.levelname.lower(), text, bool(record.exc_info)))

    def __call__(self, logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        self.entries.append(Entry(self.task_id, name, str(event.get("event")), bool(event.get("exc_info"))))
        return event


class Ran(msgspec.Struct):
    """A run that has ended: its state, its task instances, the labels they had when they began, and what was logged."""

    state: str
    instances: list[Any]
    labels: list[str | None]
    entries: list[Entry]

    def states(self) -> dict[str, set[str]]:
        """The states of each task, mapped instances together."""
        found: dict[str, set[str]] = {}
        for ti in self.instances:
            found.setdefault(ti.task_id, set()).add(str(ti.state))
        return found

    def log(self, task_id: str, *levels: str) -> list[str]:
        """The lines that the instances of a task logged, of some levels or of all."""
        entries = [entry for entry in self.entries if entry.task_id == task_id]
        return [entry.text for entry in entries if not levels or entry.level in levels]

    def has_traceback(self) -> bool:
        """True if a traceback was logged."""
        return any(entry.has_traceback for entry in self.entries)


RunDag = Callable[..., Ran]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """The log of the test."""
    recorder, processors = Recorder(), structlog.get_config()["processors"]
    structlog.configure(processors=[recorder, *processors])
    logging.getLogger().addHandler(recorder)
    yield recorder
    logging.getLogger().removeHandler(recorder)
    structlog.configure(processors=processors)


@pytest.fixture
def run(rig: Rig, recorder: Recorder) -> RunDag:
    """Runs a DAG as triggered by hand, with the time that is given as its logical date."""
    from airflow.dag_processing.dagbag import DagBag

    def run(logical_date: dt.datetime | None = None, dag_id: str = FILE.stem, **conf: Any) -> Ran:
        dag: Any = DagBag(dag_folder=FILE.with_name(f"{dag_id}.py")).dags[dag_id]
        labels: list[str | None] = []
        for task in filter(lambda task: task.is_mapped, dag.tasks):
            task.partial_kwargs["on_execute_callback"] = [
                lambda context: labels.append(context["ti"].rendered_map_index)
            ]
        recorder.entries.clear()
        ended = dag.test(logical_date=logical_date, run_conf=conf)
        return Ran(str(ended.state), ended.get_task_instances(), labels, list(recorder.entries))

    return run


def hold_back(rig: Rig) -> int:
    """Let a pull of the first office be held back, by a fault that is gone afterwards; returns its number."""
    rig.pull(rig.offices[0])
    rig.step(hours=1)
    rig.simulator.faults.add("empty", path=f"office/{rig.offices[0]}")
    with pytest.raises(HeldBackError):
        rig.pull(rig.offices[0])
    rig.simulator.faults.clear()
    return int(rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'"))


def test_by_hand_in_a_new_warehouse_when_no_day_can_be_published(rig: Rig, run: RunDag) -> None:
    rig.step(hours=14)
    rig.simulator.faults.add("status", path=f"office/{rig.offices[0]}", status=503, count=1)
    ran = run()
    assert ran.state == "success"
    assert ran.states() == {task_id: {"success"} for task_id in ran.states()} | {
        task_id: {"skipped"} for task_id in ("publish_offices", "ask_about_held_back")
    }
    assert "To pull: Mission Street (101)." in ran.log("plan_offices")
    assert set(ran.labels) == {"Office A", "Office B"}  # in whatever order they ran
    (tried,) = (line for line in ran.log("snapshot_office") if "Try 1 of" in line)
    assert re.search(r"Try 1 of \S+, page 1, failed; the next one follows in \d+\.\d s\. 503 from ", tried)
    summary = ran.log("summary")
    assert "2 offices. Pulls: 2 complete. Days: none. Rejected items: 0. Fields set aside: 0." in summary
    assert any(
        re.search(r"Sunset \(108\): pull \d+ complete, \d+ items, 0 rejected; 2025-02-28", line) for line in summary
    )


def test_a_pull_that_is_held_back_says_so_first_and_whole(rig: Rig, run: RunDag) -> None:
    rig.pull(rig.offices[0])
    rig.step(minutes=5)
    rig.simulator.faults.add("empty", path=f"office/{rig.offices[0]}")
    ran = run()
    assert ran.state == "failed"
    assert ran.states()["snapshot_office"] == {"failed", "success"}
    assert ran.states()["ask_about_held_back"] == {"success"}
    held = rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'")
    problem = next(ti for ti in ran.instances if ti.state == "failed").xcom_pull(
        task_ids="snapshot_office", key="problem", map_indexes=0
    )
    assert problem["kind"] == "HeldBackError"
    assert problem["task"] == "snapshot_office [Mission Street]"

    errors = ran.log("snapshot_office", "error")
    message = " ".join(errors[: errors.index("Task exited")])
    assert message.startswith(f"Pull {held} of office {rig.offices[0]} is held back: ")
    assert f"as run pull_{held} of held_back_pulls, or by `indicaonline accept {held}` or" in message
    assert max(map(len, errors)) <= 100
    assert not ran.has_traceback()

    summary = ran.log("summary")
    assert any(f"pull {held} held_back, 0 items, 0 rejected (" in line for line in summary)
    assert any("Tasks of this run failed: snapshot_office_0. See their logs." in line for line in summary)


def test_a_decision_of_a_person_is_checked_recorded_and_not_repeated(rig: Rig, run: RunDag) -> None:
    held = hold_back(rig)
    wrong = run(dag_id=HELD_BACK, pull_id=424242, decision="accept")
    assert wrong.state == "failed"
    assert wrong.log("ask", "error")[0] == "There is no pull 424242."
    assert not wrong.has_traceback()
    with pytest.raises(Exception, match="'perhaps' is not one of"):
        run(dag_id=HELD_BACK, pull_id=held, decision="perhaps")
    assert rig.value("SELECT status FROM ops.pull WHERE pull_id = %s", [held]) == "held_back"

    right = run(dag_id=HELD_BACK, pull_id=held, decision="accept", note="it was sold")
    assert right.state == "success"
    assert right.states() == {
        "ask": {"success"},
        "accept": {"success"},
        "roll_up": {"success"},
        "dismiss": {"skipped"},
    }
    (pull,) = rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [held])
    assert (pull["status"], pull["decision_note"], pull["is_rolled_up"]) == ("complete", "it was sold", True)
    assert pull["decided_at"] is not None
    assert re.fullmatch(r"dag_test, run manual__\S+", pull["decided_by"])
    accepted = f"Pull {held} of office {rig.offices[0]} is accepted by dag_test, run"
    assert any(accepted in line for line in right.log("accept"))
    again = run(dag_id=HELD_BACK, pull_id=held, decision="dismiss")
    assert again.state == "success"
    assert {state for states in again.states().values() for state in states} == {"skipped"}
    assert rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [held]) == [pull]


def test_a_past_day_needs_neither_the_api_nor_its_pool(rig: Rig, run: RunDag, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    rig.step(days=3)
    rig.simulator.requests.reset()
    monkeypatch.delenv("AIRFLOW_CONN_INDICAONLINE_DEFAULT")
    ran = run(logical_date=rig.day_start(dt.date(2025, 3, 2)).add(hours=5))
    assert ran.state == "success"
    assert ran.states()["snapshot_office"] == {"skipped"}
    assert {ti.pool for ti in ran.instances if ti.task_id == "publish_offices"} == {"default_pool"}
    assert len(rig.simulator.requests) == 0
    # The pull in it is that of the day before: dag.test() lets a run start at its logical date.
    assert any(line.startswith("Mission Street (101)") and "2025-03-01 carried_" in line for line in ran.log("summary"))

    now = run()
    assert now.state == "failed"
    assert any("There is no connection 'indicaonline_default'" in line for line in now.log("plan_offices"))


def test_an_hour_ends_with_what_its_pull_brought(rig: Rig, run: RunDag, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.pull(rig.offices[0])
    rig.step(hours=2)
    ran = run(dag_id="inventory_updates_hourly")
    assert ran.state == "success"
    assert any(
        re.match(r"Pull \d+ since .+: \d+ items, 0 rejected; \d+ changes in", line) for line in ran.log("summary")
    )
    connection = {"conn_type": "indicaonline", "host": rig.simulator.url, "password": "a-key-that-was-revoked"}
    monkeypatch.setenv("AIRFLOW_CONN_INDICAONLINE_DEFAULT", json.dumps(connection))
    wrong = run(dag_id="inventory_updates_hourly")
    assert wrong.state == "failed"
    assert wrong.states() == {"pull_updates": {"failed"}, "roll_up": {"success"}, "summary": {"failed"}}
    assert not wrong.has_traceback()
    assert any(line.startswith("The pull failed. ") for line in wrong.log("summary"))
    assert "Tasks of this run failed: pull_updates. See their logs." in wrong.log("summary")


def test_a_zone_in_the_warehouse_without_a_dag_ends_red(rig: Rig, run: RunDag) -> None:
    """The file is read with an environment that lacks the zone: nobody would pull the office at its midnight."""
    # With a published day, tasks work by what the warehouse keeps.
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    with rig.connect() as connection:
        apply_settings(connection, Settings(office_time_zones={rig.offices[0]: "Pacific/Honolulu"}), may_move_days=True)
    ran = run()
    assert ran.state == "failed"
    assert {state for task, states in ran.states().items() for state in states if task != "summary"} <= {
        "success",
        "skipped",
    }
    complaint = f"No DAG runs at midnight in Pacific/Honolulu, where the days of offices {rig.offices[0]} end"
    assert complaint in " ".join(ran.log("summary", "error"))
    assert not ran.has_traceback()
