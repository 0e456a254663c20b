"""What a system test does: move the world, let Airflow run a DAG, and ask warehouse and truth what happened."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from local import postgres
from local.rest import ENDED, RestError
from local.stack import Stack

SNAPSHOT = "inventory_snapshot_daily"
REFERENCE = "reference_data_daily"
UPDATES = "inventory_updates_hourly"
PACKAGES = "package_history"
State = dict[tuple[int, int], tuple[str, Decimal, int]]
"""Office and product -> measurement, quantity, packages."""


class SystemRig:
    """A running stack, and shorthands for it."""

    def __init__(self, stack: Stack, api_connection: str) -> None:
        self.stack = stack
        self.rest = stack.airflow.rest
        self.simulation = stack.simulation
        self._connection = f"connections/{api_connection}"

    def behave(self) -> None:
        """Let the API behave, for the right key."""
        self.simulation.admin("DELETE", "faults")
        self.simulation.admin("DELETE", "switches")
        self.set_key(self.stack.airflow.keys.api_key)

    def set_key(self, key: str) -> None:
        """Change the key in the connection, as a person would in its form."""
        self.rest.call("PATCH", f"{self._connection}?update_mask=password", {**self._named(), "password": key})

    def fault(self, kind: str, **options: Any) -> None:
        """Spoil responses."""
        self.simulation.admin("POST", "faults", {"kind": kind, **options})

    def event(self, kind: str, **fields: Any) -> None:
        """Let something happen in the world."""
        self.simulation.admin("POST", f"events/{kind}", fields)

    def one_product_of_each_office(self) -> list[tuple[int, int]]:
        """Office and product, of one well-stocked product in each office."""
        stocked = (key for key, (_, quantity, _) in self.truth(self.now).items() if quantity > 5)
        return list({office: (office, product) for office, product in stocked}.values())

    def step(self, seconds: int) -> dt.datetime:
        """Let simulated time pass; returns the new instant."""
        return dt.datetime.fromisoformat(self.simulation.admin("POST", "clock", {"step": seconds})["now"])

    @property
    def now(self) -> dt.datetime:
        """The simulated time."""
        return dt.datetime.fromisoformat(self.simulation.admin("GET", "clock")["now"])

    @property
    def offices(self) -> list[int]:
        """The ids of the account's offices."""
        return list(self.simulation.admin("GET")["offices"])

    def run_due(self, dag_id: str) -> dict[str, Any]:
        """Unpause a DAG, and wait for the run that the scheduler makes by the schedule."""
        assert self.rest.is_due(dag_id), f"the scheduler has run {dag_id} already: an earlier test unpaused it"
        before = {run["dag_run_id"] for run in self.rest.runs(dag_id)}
        self.rest.unpause(dag_id)

        def new() -> list[dict[str, Any]]:
            return [run for run in self.rest.runs(dag_id) if run["dag_run_id"] not in before]

        self._wait(lambda: bool(new()) and all(run["state"] in ENDED for run in new()), dag_id)
        (run,) = new()
        assert run["run_type"] == "scheduled"
        return run

    def run_now(self, dag_id: str, logical_date: dt.datetime | None = None, **conf: Any) -> dict[str, Any]:
        """Trigger a DAG by hand, and wait for the end of its run."""
        self.rest.unpause(dag_id)
        run_id = self.rest.trigger(dag_id, logical_date and logical_date.isoformat(), **conf)
        return self.ended(dag_id, run_id)

    def leave_alone(self, dag_id: str) -> None:
        """Let the runs of a DAG end, and have no more of them until it is unpaused."""
        self._wait(lambda: all(run["state"] in ENDED for run in self.rest.runs(dag_id)), dag_id)
        self.rest.pause(dag_id)

    def triggered_by(self, dag_id: str, run_another: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Let another DAG run, and wait for the end of the run of this one that its asset triggers."""
        before = {run["dag_run_id"] for run in self.rest.runs(dag_id)}
        assert run_another()["state"] == "success"

        def new() -> list[dict[str, Any]]:
            return [run for run in self.rest.runs(dag_id) if run["dag_run_id"] not in before]

        self._wait(lambda: bool(new()) and all(run["state"] in ENDED for run in new()), dag_id)
        (run,) = new()
        assert run["run_type"] == "asset_triggered"
        return run

    def waits_for_its_date(self, dag_id: str, logical_date: dt.datetime) -> bool:
        """Trigger a run of the future, see whether the scheduler starts none of its tasks, and end it.

        The scheduler leaves such a run active until its date comes; until then it counts among the active runs.
        """
        run_id = self.rest.trigger(dag_id, logical_date.isoformat())
        self._wait(lambda: self.rest.run(dag_id, run_id)["state"] == "running", dag_id)
        time.sleep(3)
        states = {task["state"] for task in self.rest.tasks(dag_id, run_id)}
        self.rest.call("PATCH", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"state": "failed"})
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
        self.rest.unpause(dag_id)
        dates = [entry["logical_date"] for entry in self.rest.call("POST", "backfills/dry_run", body)["backfills"]]
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
        self.rest.call("POST", f"dags/{run['dag_id']}/clearTaskInstances", body)
        return self.ended(run["dag_id"], run["dag_run_id"])

    def returned(self, run: dict[str, Any], task_id: str) -> list[Any]:
        """What a task returned: one value, or one of each mapped instance."""
        path = f"dags/{run['dag_id']}/dagRuns/{quote(run['dag_run_id'], safe='')}/taskInstances/{task_id}/xcomEntries"
        query = "return_value?stringify=false&map_index="
        return [
            self.rest.call("GET", f"{path}/{query}{task['map_index']}")["value"] for task in self.tasks(run, task_id)
        ]

    def requests(self) -> list[str]:
        """The paths that were asked of the API since the last time this was called."""
        asked = [entry["path"] for entry in self.simulation.admin("GET", "requests")]
        self.simulation.admin("DELETE", "requests")
        return asked

    def start_and_leave(self, dag_id: str) -> None:
        """Trigger a DAG, wait until each of its tasks was tried, and end the run where it would try again."""
        self.rest.unpause(dag_id)
        run_id = self.rest.trigger(dag_id)

        def tried() -> bool:
            tasks = self.rest.tasks(dag_id, run_id)
            return self.rest.run(dag_id, run_id)["state"] in ENDED or (
                any(task["state"] == "up_for_retry" for task in tasks)
                and not any(task["state"] in {"running", "queued", "scheduled"} for task in tasks)
            )

        self._wait(tried, dag_id)
        if self.rest.run(dag_id, run_id)["state"] not in ENDED:
            self.rest.call("PATCH", f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}", {"state": "failed"})

    def tasks(self, run: dict[str, Any], task_id: str | None = None) -> list[dict[str, Any]]:
        """The task instances of a run, or those of one task."""
        tasks = self.rest.tasks(run["dag_id"], run["dag_run_id"])
        return [task for task in tasks if task_id in (None, task["task_id"])]

    def errors(self, run: dict[str, Any], task_id: str) -> str:
        """What went wrong in a task, as its log says it."""
        return "\n".join(error for task in self.tasks(run, task_id) for error in self.rest.errors(task))

    def query(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query to the warehouse."""
        return postgres.query(self.stack.warehouse_dsn, text, parameters)

    def stock(self, where: str, *parameters: object) -> State:
        """What a mart says of each product's stock."""
        columns = "office_id, product_id, measurement, quantity, package_count"
        rows = self.query(f"SELECT {columns} FROM {where}", *parameters)
        state = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
        assert len(state) == len(rows), "a product came twice"
        return state

    def truth(self, at: dt.datetime) -> State:
        """What the offices really held at an instant."""
        instant = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            (line["office_id"], line["product_id"]): (
                line["measurement"],
                Decimal(line["quantity"]),
                len(line["packages"]),
            )
            for office in self.offices
            for line in self.simulation.admin("GET", f"truth/offices/{office}?at={instant}")
        }

    def true_package(self, package_id: int, at: dt.datetime) -> dict[str, Any]:
        """Everything about a package at an instant."""
        instant = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found: dict[str, Any] = self.simulation.admin("GET", f"truth/packages/{package_id}?at={instant}")
        return found

    def _wait(self, ready: Any, dag_id: str) -> None:
        self.stack.processes.wait_until(ready, f"a run of {dag_id}", 180, pause=0.5)

    def _named(self) -> dict[str, str]:
        name = self._connection.rsplit("/", 1)[1]
        return {"connection_id": name, "conn_type": "indicaonline"}
