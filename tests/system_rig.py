"""The actions of a system test: move the world, run a DAG in Airflow, and compare warehouse and truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import psycopg

from servers.rest import ENDED, RestError
from servers.stack import Stack
from world_rig import WorldRig

SNAPSHOT = "inventory_snapshot_daily"
REFERENCE = "reference_data_daily"
UPDATES = "inventory_updates_hourly"
PACKAGES = "package_history"
FRESHNESS = "warehouse_freshness"
METRC = "metrc_reconciliation"
HELD_BACK = "held_back_pulls"

OFFICE_TASK = "snapshot_office"
"""The task of SNAPSHOT that is mapped over the offices and pulls them."""
PUBLISH_TASK = "publish_offices"
"""Its task for the offices that are not pulled."""
UPDATES_TASK = "pull_updates"
ROLL_UP_TASK = "roll_up"
PACKAGES_TASK = "refresh_packages"
METRC_TASK = "reconcile"
FRESHNESS_TASK = "check_freshness"
ASK_TASK = "ask"

_STATES = "SELECT run_id, state FROM dag_run WHERE dag_id = %s ORDER BY id"

PATIENCE = 1000
"""Seconds: a machine may be busy with other things."""


class SystemRig(WorldRig):
    """A running stack, and shorthands for it."""

    def __init__(self, stack: Stack, api_connection: str) -> None:
        super().__init__(stack.simulation, stack.warehouse_dsn)
        self.stack = stack
        self.rest = stack.airflow.rest
        self._connection = f"connections/{api_connection}"

    def behave(self) -> None:
        """Let the API behave, for the right key."""
        self.simulation.admin("DELETE", "faults")
        self.simulation.admin("DELETE", "switches")
        self.set_key(self.stack.airflow.keys.api_key)

    def set_key(self, key: str) -> None:
        """Change the key in the connection, as a person would in its form."""
        self.rest.call("PATCH", f"{self._connection}?update_mask=password", {**self._named(), "password": key})

    def run_due(self, dag_id: str) -> dict[str, Any]:
        """Let the scheduler make the run that is due by the schedule; leaves the DAG paused."""
        assert self.rest.is_due(dag_id), f"no run of {dag_id} is due: another test has unpaused it"
        with self.unpaused(dag_id):
            return self.new_run(dag_id, "scheduled", ())

    def run_now(self, dag_id: str, logical_date: dt.datetime | None = None, **conf: Any) -> dict[str, Any]:
        """Trigger a DAG by hand, and wait for the end of its run; leaves the DAG paused."""
        with self.unpaused(dag_id):
            run_id = self.rest.trigger(dag_id, logical_date and logical_date.isoformat(), **conf)
            return self.ended(dag_id, run_id)

    def new_run(self, dag_id: str, run_type: str, known: Collection[str]) -> dict[str, Any]:
        """The first run of this type that is not among the known ones, once it has ended."""

        def new() -> list[dict[str, Any]]:
            runs = [run for run in self.rest.runs(dag_id) if run["run_type"] == run_type]
            return [run for run in runs if run["dag_run_id"] not in known and run["state"] in ENDED]

        self._wait(lambda: bool(new()), dag_id)
        return new()[-1]

    def run_ids(self, dag_id: str) -> set[str]:
        """The runs that there are."""
        return {run["dag_run_id"] for run in self.rest.runs(dag_id)}

    @contextmanager
    def unpaused(self, dag_id: str) -> Iterator[None]:
        """Let the scheduler run a DAG for a while; in the end it is paused, and no run of it is active.

        The hour may turn meanwhile, and the schedule make a run that no test waits for: nobody meets it later.
        """
        self.rest.unpause(dag_id)
        try:
            yield
        except BaseException:
            self.rest.pause(dag_id)
            raise
        while True:
            self._wait(lambda: not self._active(dag_id), dag_id)
            self.rest.pause(dag_id)
            if not self._active(dag_id):
                return
            self.rest.unpause(dag_id)  # one came just before it was paused

    def waits_for_its_date(self, dag_id: str, logical_date: dt.datetime) -> bool:
        """Trigger a run of the future, see whether the scheduler starts none of its tasks, and end it.

        The scheduler leaves such a run active until its date comes; until then it counts among the active runs.
        """
        with self.unpaused(dag_id):
            run_id = self.rest.trigger(dag_id, logical_date.isoformat())
            try:
                self._wait(lambda: self.rest.run(dag_id, run_id)["state"] == "running", dag_id)
                # One that came later has its task started, and ends: of a file that does not exist.
                assert self.run_now(METRC, export="/nowhere/export.csv")["state"] == "failed"
                states = {task["state"] for task in self.rest.tasks(dag_id, run_id)}
            finally:
                self._fail(dag_id, run_id)
        return states == {None}

    def ended(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """A run, once it has ended."""
        self._wait(lambda: self.rest.run(dag_id, run_id)["state"] in ENDED, dag_id)
        return self.rest.run(dag_id, run_id)

    def backfill(
        self, dag_id: str, first: dt.datetime, last: dt.datetime, reprocess: str = "none", *, backwards: bool = False
    ) -> list[dict[str, Any]]:
        """Backfill the intervals that start from ``first`` to ``last``; returns its runs, in the order they ran."""
        body = {
            "dag_id": dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "reprocess_behavior": reprocess,
            "run_backwards": backwards,
            "max_active_runs": 1,
        }
        dates = [entry["logical_date"] for entry in self.rest.call("POST", "backfills/dry_run", body)["backfills"]]
        with self.unpaused(dag_id):
            number = self.rest.call("POST", "backfills", body)["id"]
            return self.backfilled(dag_id, number, dates)

    def backfilled(self, dag_id: str, number: int, dates: list[str]) -> list[dict[str, Any]]:
        """The runs of a backfill of these dates, in the order they ran, once they have ended."""
        wanted = {dt.datetime.fromisoformat(date) for date in dates}

        def runs() -> list[dict[str, Any]]:
            found = [run for run in self.rest.runs(dag_id) if run["logical_date"]]
            return [run for run in found if dt.datetime.fromisoformat(run["logical_date"]) in wanted]

        self._wait(lambda: len(runs()) == len(wanted) and all(run["state"] in ENDED for run in runs()), dag_id)
        # The scheduler would notice within half a minute that it is done. A DAG has one active backfill at most.
        with suppress(RestError):
            self.rest.call("PUT", f"backfills/{number}/cancel")
        assert all(run["run_type"] == "backfill" for run in runs())
        return sorted(runs(), key=lambda run: str(run["start_date"]))

    def clear(self, run: dict[str, Any]) -> dict[str, Any]:
        """Clear all tasks of a run, as the UI does, and wait until it has ended again.

        Not one of :meth:`backfill`: Airflow starts no run of a backfill that was cancelled.
        """
        body = {"dry_run": False, "only_failed": False, "dag_run_id": run["dag_run_id"]}
        with self.unpaused(run["dag_id"]):
            self.rest.call("POST", f"dags/{run['dag_id']}/clearTaskInstances", body)
            return self.ended(run["dag_id"], run["dag_run_id"])

    def returned(self, run: dict[str, Any], task_id: str) -> list[Any]:
        """Return the result of a task: one value, or one of each mapped instance."""
        path = f"dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}/taskInstances/{task_id}/xcomEntries"
        query = "return_value?stringify=false&map_index="
        return [
            self.rest.call("GET", f"{path}/{query}{task['map_index']}")["value"] for task in self.tasks(run, task_id)
        ]

    def start_and_leave(self, dag_id: str) -> None:
        """Trigger a DAG, wait until each of its tasks was tried, and end the run where it would try again."""
        self._forget_asset_events(dag_id)
        with self.unpaused(dag_id):
            run_id = self.rest.trigger(dag_id)

            def tried() -> bool:
                tasks = self.rest.tasks(dag_id, run_id)
                return self.rest.run(dag_id, run_id)["state"] in ENDED or (
                    any(task["state"] == "up_for_retry" for task in tasks)
                    and not any(task["state"] in {"running", "queued", "scheduled"} for task in tasks)
                )

            self.stack.processes.wait_until(tried, f"a run of {dag_id}", PATIENCE)
            if self.rest.run(dag_id, run_id)["state"] not in ENDED:
                self._fail(dag_id, run_id)

    def tasks(self, run: dict[str, Any], task_id: str | None = None) -> list[dict[str, Any]]:
        """The task instances of a run, or those of one task."""
        tasks = self.rest.tasks(run["dag_id"], run["dag_run_id"])
        return [task for task in tasks if task_id in (None, task["task_id"])]

    def links(self, task: dict[str, Any]) -> dict[str, str | None]:
        """The links of a task instance."""
        path = (
            f"dags/{task['dag_id']}/dagRuns/{quote(task['dag_run_id'], safe='')}/taskInstances/{task['task_id']}/links"
        )
        return dict(self.rest.call("GET", f"{path}?map_index={task['map_index']}")["extra_links"])

    def errors(self, run: dict[str, Any], task_id: str) -> str:
        """Return the errors in the log of a task."""
        return "\n".join(error for task in self.tasks(run, task_id) for error in self.rest.errors(task))

    def _forget_asset_events(self, dag_id: str) -> None:
        """Let no asset trigger a paused DAG when it is unpaused: nobody would end a run of it that tries again."""
        with suppress(RestError):  # 404 if there is none
            self.rest.call("DELETE", f"dags/{dag_id}/assets/queuedEvents")

    def _active(self, dag_id: str) -> bool:
        return any(run["state"] not in ENDED for run in self.rest.runs(dag_id))

    def _fail(self, dag_id: str, run_id: str) -> None:
        self.rest.call("PATCH", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"state": "failed"})

    def _wait(self, ready: Callable[[], bool], dag_id: str) -> None:
        """Wait until something is true of the runs of a DAG; it is asked again when one comes or changes its state.

        Airflow's database says when: each answer of its API server, which serves the tasks too, is a tenth of a second.
        """
        with psycopg.connect(self.stack.airflow.metadata_dsn, autocommit=True) as database:
            states: list[Any] | None = None

            def is_ready() -> bool:
                nonlocal states
                before, states = states, database.execute(_STATES, [dag_id]).fetchall()
                return states != before and ready()

            self.stack.processes.wait_until(is_ready, f"a run of {dag_id}", PATIENCE, pause=0.1)

    def _named(self) -> dict[str, str]:
        name = self._connection.rsplit("/", 1)[1]
        return {"connection_id": name, "conn_type": "indicaonline"}
