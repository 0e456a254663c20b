"""Prepares the databases for Airflow's processes: both schemas, the first user, the pool and the connections.

The service ``migrate`` of ``docker-compose.yaml`` runs it at every start, inside the image. It is idempotent: a later
run applies changes of the environment. Airflow's commands run in this one process, because each process would take
seconds to start.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from indicaonline.api.config import DEFAULT_HOST
from indicaonline.cli import main as indicaonline
from indicaonline.settings import DSN, Settings

USER = "admin"
API_CONNECTION, WAREHOUSE_CONNECTION = Settings().api_conn_id, Settings().warehouse_conn_id
API_POOL = Settings().api_pool
SLOTS = "8"


def prepare(environment: Mapping[str, str]) -> None:
    """Migrate both databases, and create missing objects in Airflow; raises SystemExit with the reason."""
    _say("Airflow's database")
    airflow("db", "migrate")
    _say("the warehouse")
    # In the environment, because a list of processes shows arguments.
    os.environ[DSN] = f"postgresql://indicaonline:{environment['WAREHOUSE_PASSWORD']}@postgres:5432/indicaonline"
    if indicaonline(["migrate"]):
        raise SystemExit("migrate: the warehouse could not be migrated; the reason is in the line above.")
    _say("the settings in the warehouse")
    if indicaonline(["settings", "--apply"]):
        raise SystemExit(
            "migrate: the settings could not be changed in the warehouse; the reason is in the line above. Take them"
            " back, or run `docker compose run --rm migrate indicaonline settings --apply --move-days`."
        )
    _say("the user, the pool, the connections")
    # An existing user is not changed, because its password may have been changed in the UI.
    airflow(
        *("users", "create", "--username", USER, "--password", environment["AIRFLOW_ADMIN_PASSWORD"]),
        *("--role", "Admin", "--firstname", "Airflow", "--lastname", "Admin", "--email", "admin@example.com"),
    )
    if not _has_pool():
        airflow("pools", "set", API_POOL, SLOTS, "How many tasks may use the API at once.")
    _write_connections(environment)


def airflow(*arguments: str) -> None:
    """Run a command of Airflow in this process."""
    from airflow.cli.cli_parser import get_parser

    options = get_parser().parse_args(arguments)
    try:
        options.func(options)
    except SystemExit as end:
        if end.code:
            raise SystemExit(f"migrate: `airflow {' '.join(arguments[:2])}` failed: {end.code}") from None
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        raise SystemExit(f"migrate: Airflow's database cannot be used: {reason}") from None


def connections(there: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the two connections, given the existing ones.

    The connection of the warehouse is always replaced. In that of the API, a host and a key in the environment replace
    the existing ones; its other fields are set only when it is created, and can be edited in the UI.
    """
    api = there.get(API_CONNECTION) or {
        "conn_type": "indicaonline",
        "host": DEFAULT_HOST,
        "extra": environment.get("INDICAONLINE_API_EXTRA") or "",
        "description": "The IndicaOnline Open API.",
    }
    given = {"host": environment.get("INDICAONLINE_HOST"), "password": environment.get("INDICAONLINE_API_KEY")}
    api = {**api, **{name: value.strip() for name, value in given.items() if value and value.strip()}}
    warehouse = {
        "conn_type": "postgres",
        "host": "postgres",
        "port": 5432,
        "schema": "indicaonline",
        "login": "indicaonline",
        "password": environment["WAREHOUSE_PASSWORD"],
        "description": "The inventory warehouse of this stack.",
    }
    return {API_CONNECTION: api, WAREHOUSE_CONNECTION: warehouse}


def _write_connections(environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:  # only its owner can read it (mode 0700)
        exported, wanted = Path(name) / "exported.json", Path(name) / "wanted.json"
        with contextlib.redirect_stdout(io.StringIO()):
            airflow("connections", "export", str(exported), "--file-format", "json")
        there = json.loads(exported.read_text())
        wanted.write_text(json.dumps(connections(there, environment)))
        airflow("connections", "import", str(wanted), "--overwrite")


def _has_pool() -> bool:
    """Return True if the pool exists; its slots may have been changed in the UI."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            airflow("pools", "get", API_POOL)
    except SystemExit:
        return False
    return True


def _say(what: str) -> None:
    """Print the next step without buffering, also to a pipe."""
    print(f"migrate: {what}", flush=True)


if __name__ == "__main__":
    prepare(os.environ)
