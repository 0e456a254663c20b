"""The runs of a demo: one of each DAG, in order, by the scheduler."""

from __future__ import annotations

import datetime as dt

from demo.history import Past
from demo.story import seen_since, verify
from servers.console import Stop, step
from servers.processes import Processes
from servers.rest import TROUBLE, Rest

WORLD = {"offices": "4", "products": "60", "clock": "frozen"}
"""The size of the demo's world, as options of the simulator."""
SNAPSHOT = "inventory_snapshot_daily"
SCHEDULED = (
    "reference_data_daily",
    SNAPSHOT,
    "inventory_updates_hourly",
    "package_history",
    "warehouse_maintenance",
    "warehouse_freshness",
)


def world_of(past: Past) -> dict[str, str]:
    """Return the options of the simulator for a past."""
    return {**WORLD, "start": past.start.isoformat(), "shops": past.zone}


def play_through(rest: Rest, processes: Processes, dsn: str, begun: dt.datetime, logs: str) -> None:
    """Run every DAG, and verify that the warehouse has their observations since ``begun``."""
    offices = int(WORLD["offices"])
    for dag_id in SCHEDULED:
        run_dag(rest, processes, dag_id, logs)
    if seen_since(dsn, begun) < offices:
        # The due run was of a day past its tolerance, which was not pulled: trigger one that pulls now.
        run_dag(rest, processes, SNAPSHOT, logs)
    verify(dsn, begun, offices)


def run_dag(rest: Rest, processes: Processes, dag_id: str, logs: str) -> None:
    """Unpause a DAG and wait for its due run; trigger one if none is due."""
    with step(dag_id):
        before = {run["dag_run_id"] for run in rest.runs(dag_id)}
        due = rest.is_due(dag_id)
        rest.unpause(dag_id)
        if not due:
            rest.trigger(dag_id)
        processes.wait_until(lambda: _succeeded(rest, dag_id, before, logs), f"a run of {dag_id}", 240, pause=1)


def _succeeded(rest: Rest, dag_id: str, before: set[str], logs: str) -> bool:
    """Return True once the new runs have succeeded; raises Stop if one of their tasks fails."""
    new = [run for run in rest.runs(dag_id) if run["dag_run_id"] not in before]
    for run in new:
        for task in rest.tasks(dag_id, run["dag_run_id"]):
            if task["state"] in TROUBLE:
                reason = (rest.errors(task) or ["no reason given"])[0]
                raise Stop(f"{dag_id}, task {task['task_id']}: {reason}\nIts log is in {logs}.")
    return bool(new) and all(run["state"] == "success" for run in new)
