"""A client of Airflow's REST API, for the demo and the tests."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import httpx

from servers.console import Stop

# Without proxies from the environment, because the servers are local, and without keep-alive, because they restart.
CLIENT = httpx.Client(trust_env=False, timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
ENDED = {"success", "failed"}
TROUBLE = {"failed", "up_for_retry"}


class RestError(Stop):
    """The API answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Airflow's API answered {status}: {message}")
        self.status = status


class Rest:
    """A session of a user who logs in with a password."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token = ""

    def is_up(self) -> bool:
        """Return True if the API server answers and its database is healthy."""
        try:
            health = self._send("GET", "/api/v2/monitor/health", None, "")
        except (httpx.HTTPError, ValueError, RestError):
            return False
        return bool(health["metadatabase"]["status"] == "healthy")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request below ``/api/v2`` and return the JSON of the answer, None if it has no body."""
        return self._logged_in(method, f"/api/v2/{path}", body)

    def read_page(self, path: str) -> Any:
        """Read a route of the page *Inventory*, and return the JSON of the answer."""
        return self._logged_in("GET", f"/indicaonline/{path}", None)

    def _logged_in(self, method: str, path: str, body: Any) -> Any:
        try:
            return self._send(method, path, body, self._token or self._log_in())
        except RestError as error:
            if error.status != 401:
                raise
        return self._send(method, path, body, self._log_in())  # the token had expired

    def put(self, collection: str, name_field: str, values: dict[str, Any]) -> None:
        """Create an entry (a pool, a connection), or update the one of that name."""
        try:
            self.call("POST", collection, values)
        except RestError as error:
            if error.status != 409:
                raise
            name = quote(values[name_field], safe="")
            self.call("PATCH", f"{collection}/{name}", values)

    def dag_ids(self) -> set[str]:
        """Return the DAGs that are not stale."""
        return {dag["dag_id"] for dag in self.call("GET", "dags?limit=100&exclude_stale=true")["dags"]}

    def unpause(self, dag_id: str) -> None:
        """Unpause a DAG."""
        self.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Pause a DAG."""
        self.call("PATCH", f"dags/{dag_id}?update_mask=is_paused", {"is_paused": True})

    def is_due(self, dag_id: str) -> bool:
        """Return True if a run of the schedule starts as soon as the DAG is not paused."""
        after = self.call("GET", f"dags/{dag_id}")["next_dagrun_run_after"]
        return after is not None and dt.datetime.fromisoformat(after) <= dt.datetime.now(dt.UTC)

    def trigger(self, dag_id: str, logical_date: str | None = None, **conf: Any) -> str:
        """Trigger a run; returns its id."""
        return str(
            self.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": logical_date, "conf": conf})["dag_run_id"]
        )

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Return the DAG's runs, the latest first."""
        return list(self.call("GET", f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=100")["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return one run."""
        return dict(self.call("GET", _run_path(dag_id, run_id)))

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run, including the mapped ones."""
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
        """Return the errors in the log of the latest try of a task instance, and its exceptions."""
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
