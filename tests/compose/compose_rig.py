"""The actions of a test on a deployed stack, through the ports and passwords of a user."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from deployment import Deployment, docker, wait_until

from servers import postgres
from servers.airflow import API_CONNECTION
from servers.rest import ENDED
from system_rig import UPDATES, SystemRig

RUN_SECONDS = 240


class Killed(NamedTuple):
    """The task of a worker that was killed, its run, and the simulated time."""

    task: dict[str, Any]
    run_id: str
    moment: dt.datetime


class ComposeRig(SystemRig):
    """A running deployment, and shorthands for it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.rest = deployment.rest
        self.simulation = deployment.simulation
        self._connection = f"connections/{API_CONNECTION}"
        self.killed: Killed | None = None

    def advance_to_now(self) -> dt.datetime:
        """Let the world live up to now, and stand there; returns that instant."""
        self.simulation.freeze_at(dt.datetime.now(dt.UTC).replace(microsecond=0))
        return self.now

    def land_changes(self) -> None:
        """Advance the world to now and pull its changes: the stock is then the truth.

        A pull of changes does not infer absence, so a product that an office no longer lists stays as it was.
        """
        known = self.stock("mart.inventory_current")
        truth = self.truth(self.advance_to_now())
        assert known | truth != known, "nothing happened in the meantime"
        self.start(UPDATES)
        self.all_ended(UPDATES)
        assert self.stock("mart.inventory_current") == known | truth

    def set_fields(self, **fields: Any) -> None:
        """Change fields of the API's connection, as a person would in its form."""
        body = {"connection_id": API_CONNECTION, "conn_type": "indicaonline", "extra": json.dumps(fields)}
        self.rest.call("PATCH", f"{self._connection}?update_mask=extra", body)

    def hold(self, path: str) -> None:
        """Let no answer go that matches, until :meth:`release`."""
        self.fault("hold", path=path, seconds=300)

    def held(self) -> int:
        """Return the number of waiting answers."""
        return sum(rule["hits"] for rule in self.simulation.admin("GET", "faults"))

    def release(self) -> None:
        """Let held answers go, and hold no more."""
        self.simulation.admin("DELETE", "faults")
        self.simulation.admin("POST", "faults/release")

    def start(self, dag_id: str) -> list[str]:
        """Trigger a DAG; returns the runs that are to be seen now: that one, and those of the schedule that are due."""
        due = self.rest.is_due(dag_id) and self.rest.call("GET", f"dags/{dag_id}")["is_paused"]
        known = {run["dag_run_id"] for run in self.rest.runs(dag_id)}
        self.rest.unpause(dag_id)
        self.rest.trigger(dag_id)

        def new() -> list[str]:
            return [run["dag_run_id"] for run in self.rest.runs(dag_id) if run["dag_run_id"] not in known]

        return wait_until(lambda: len(new()) > due and new(), f"the runs of {dag_id}", 60)

    def all_ended(self, dag_id: str) -> list[dict[str, Any]]:
        """Every run of a DAG, once all have ended; fails where one did not succeed."""
        self._wait(lambda: all(run["state"] in ENDED for run in self.rest.runs(dag_id)), dag_id)
        runs = self.rest.runs(dag_id)
        for run in runs:
            if run["state"] != "success":
                failed = [task for task in self.rest.tasks(dag_id, run["dag_run_id"]) if task["state"] == "failed"]
                raise AssertionError(f"{dag_id}: {[(task['task_id'], self.rest.errors(task)) for task in failed]}")
        return runs

    def running(self, dag_id: str) -> list[dict[str, Any]]:
        """The task instances that run."""
        return [
            task
            for run in self.rest.runs(dag_id)
            if run["state"] == "running"
            for task in self.rest.tasks(dag_id, run["dag_run_id"])
            if task["state"] == "running"
        ]

    def workers(self) -> set[str]:
        """The host names of the workers that run: the numbers of their containers."""
        named = f"label=com.docker.compose.project={self.deployment.project}"
        ids = docker(
            "ps", "--filter", named, "--filter", "label=com.docker.compose.service=worker", "--format", "{{.ID}}"
        )
        return set(ids.split())

    def query(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query to the warehouse, asked by the analyst."""
        return postgres.query(self.deployment.dsn("analyst", "ANALYST_PASSWORD"), text, parameters)

    def query_ledger(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query that only the pipeline's user may ask."""
        return postgres.query(self.deployment.dsn("indicaonline", "WAREHOUSE_PASSWORD"), text, parameters)

    def people(self, method: str = "GET", person: dict[str, Any] | None = None) -> Any:
        """The users of Airflow; or, with POST, one more."""
        self.rest.call("GET", "version")  # logs in
        return self.rest._send(method, "/auth/fab/v1/users", person, self.rest._token)

    def pause_all(self) -> None:
        """Let nothing run from now on."""
        self.rest.call("PATCH", "dags?dag_id_pattern=%25&update_mask=is_paused", {"is_paused": True})

    def marts(self) -> dict[str, tuple[int, str]]:
        """The number of rows of each mart, and a hash of them; how long ago something was is no part of it."""
        views = self.query("SELECT viewname FROM pg_views WHERE schemaname = 'mart' ORDER BY viewname")
        return {name: self._hash(name) for (name,) in views}

    def _hash(self, mart: str) -> tuple[int, str]:
        row = "to_jsonb(m) - 'lag'"
        query = f"SELECT count(*), md5(string_agg(({row})::text, ';' ORDER BY ({row})::text)) FROM mart.{mart} AS m"
        return self.query(query)[0]

    def _wait(self, ready: Any, dag_id: str) -> None:
        wait_until(ready, f"a run of {dag_id}", RUN_SECONDS)
