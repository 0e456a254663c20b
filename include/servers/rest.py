"""Airflow's REST API, as much of it as the demo and the tests need."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import httpx

from servers.console import Stop

# No proxy from the environment between this process and its own servers, and no connection kept: servers are restarted.
CLIENT = httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
ENDED = {"success", "failed"}
TROUBLE = {"failed", "up_for_retry"}


class RestError(Stop):
    """The API answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Airflow's API answered {status}: {message}")
        self.status = status


class Rest:
    """A person who is logged in and uses the API."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token = ""

    def is_up(self) -> bool:
        """Return whether the API server answers and can reach its database."""
        try:
            health = self._send("GET", "/api/v2/monitor/health", None, "")
        except (httpx.HTTPError, ValueError, RestError):
            return False
        return bool(health["metadatabase"]["status"] == "healthy")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request below ``/api/v2`` and return the answer's JSON (None where it has no body)."""
        try:
            return self._send(method, f"/api/v2/{path}", body, self._token or self._log_in())
        except RestError as error:
            if error.status != 401:
                raise
        return self._send(method, f"/api/v2/{path}", body, self._log_in())  # the token had expired

    def put(self, collection: str, name_field: str, values: dict[str, Any]) -> None:
        """Create an entry (a pool, a connection), or bring the one of that name to these values."""
        try:
            self.call("POST", collection, values)
        except RestError as error:
            if error.status != 409:
                raise
            name = quote(values[name_field], safe="")
            self.call("PATCH", f"{collection}/{name}", values)

    def dag_ids(self) -> set[str]:
        """The DAGs that the scheduler knows."""
        return {dag["dag_id"] for dag in self.call("GET", "dags?limit=100&exclude_stale=true")["dags"]}

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run a DAG."""
        self.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Let the scheduler start no more runs of a DAG."""
        self.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": True})

    def is_due(self, dag_id: str) -> bool:
        """Return whether the scheduler will run a DAG at once, by its schedule, when it is not paused."""
        after = self.call("GET", f"dags/{dag_id}")["next_dagrun_run_after"]
        return after is not None and dt.datetime.fromisoformat(after) <= dt.datetime.now(dt.UTC)

    def trigger(self, dag_id: str, logical_date: str | None = None, **conf: Any) -> str:
        """Ask for a run now; returns its id. The scheduler runs it."""
        return str(
            self.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": logical_date, "conf": conf})["dag_run_id"]
        )

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, the latest first."""
        runs: list[dict[str, Any]] = self.call("GET", f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=100")[
            "dag_runs"
        ]
        return runs

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run."""
        found: dict[str, Any] = self.call("GET", f"{_run_path(dag_id, run_id)}")
        return found

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run, every mapped one by itself."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances?limit=100&offset="
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", f"{path}{len(found)}")
            found += page["task_instances"]
            if not page["task_instances"] or len(found) >= page["total_entries"]:
                return found

    def log(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the log of the latest try of a task instance, entry by entry."""
        path = f"{_run_path(task['dag_id'], task['dag_run_id'])}/taskInstances/{task['task_id']}/logs"
        query = f"map_index={task['map_index']}&full_content=true"
        return list(self.call("GET", f"{path}/{max(task['try_number'], 1)}?{query}")["content"])

    def errors(self, task: dict[str, Any]) -> list[str]:
        """Return the errors of the latest try of a task instance: its lines of that level, and its exceptions."""
        entries = self.log(task)
        lines = [str(entry["event"]) for entry in entries if entry.get("level") == "error"]
        details = [detail for entry in entries for detail in entry.get("error_detail") or ()]
        return [*lines, *(f"{detail['exc_type']}: {detail['exc_value']}" for detail in details)]

    def _log_in(self) -> str:
        self._token = self._send("POST", "/auth/token", self._login, "")["access_token"]
        return self._token

    def _send(self, method: str, path: str, body: Any, token: str) -> Any:
        answer = CLIENT.request(
            method, self.url + path, json=body, headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        if answer.is_error:
            raise RestError(answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None


def _run_path(dag_id: str, run_id: str) -> str:
    return f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
