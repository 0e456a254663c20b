"""Prepares the databases for Airflow's processes: all schemas, the first user, the pools and the connections.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from indicaonline.api.config import DEFAULT_HOST
from indicaonline.cli import main as indicaonline
from indicaonline.environment import load_accounts
from indicaonline.errors import SettingError
from indicaonline.settings import DSN, Settings

USER = "admin"
SLOTS = "8"
CREATE = "docs/accounts.md has the command that creates it."


def prepare(environment: Mapping[str, str]) -> None:
    """Migrate all databases, and create missing objects in Airflow; raises SystemExit with the reason."""
    _say("Airflow's database")
    airflow("db", "migrate")
    try:
        accounts = load_accounts(environment)
    except SettingError as error:
        raise SystemExit(f"migrate: {error}") from None
    # Each account is tried, so that one start shows what all of them lack.
    reasons = [reason for settings in accounts if (reason := _prepare_warehouse(settings, environment))]
    if reasons:
        raise SystemExit("\n".join(reasons))
    _say("the user, the pools, the connections")
    # An existing user is not changed, because its password may have been changed in the UI.
    airflow(
        *("users", "create", "--username", USER, "--password", environment["AIRFLOW_ADMIN_PASSWORD"]),
        *("--role", "Admin", "--firstname", "Airflow", "--lastname", "Admin", "--email", "admin@example.com"),
    )
    for settings in accounts:
        if not _has_pool(settings.api_pool):
            airflow("pools", "set", settings.api_pool, SLOTS, "How many tasks may use the API at once.")
    _write_connections(environment, accounts)


def _prepare_warehouse(settings: Settings, environment: Mapping[str, str]) -> str | None:
    """Migrate the warehouse of an account and apply its settings; return what to do if that fails."""
    named = f" of account {settings.account}" if settings.account else ""
    only = ["--account", settings.account] if settings.account else []
    _say(f"the warehouse{named}")
    # In the environment, because a list of processes shows arguments.
    password = environment["WAREHOUSE_PASSWORD"]
    os.environ[DSN] = f"postgresql://indicaonline:{password}@postgres:5432/{database(settings)}"
    if indicaonline([*only, "migrate"]):
        return f"migrate: the warehouse{named} could not be migrated; the reason is in a line above." + (
            f" Is there no such database yet? {CREATE}" if settings.account else ""
        )
    _say(f"the settings in the warehouse{named}")
    if indicaonline([*only, "settings", "--apply"]):
        again = " ".join(["indicaonline", *only, "settings --apply --move-days"])
        return (
            f"migrate: the settings could not be changed in the warehouse{named}; the reason is in a line above. Take"
            f" them back, or run `docker compose run --rm migrate {again}`."
        )
    return None


def database(settings: Settings) -> str:
    """Return the name of the database of an account."""
    # The first account may keep the connections, and so the database, that were there before there were several.
    is_first = settings.warehouse_conn_id == Settings().warehouse_conn_id
    return "indicaonline" if is_first else f"indicaonline_{settings.account}"


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


def connections(
    there: Mapping[str, Any], environment: Mapping[str, str], accounts: Sequence[Settings] = (Settings(),)
) -> dict[str, Any]:
    """Return the two connections of each account, given the existing ones.

    The connection of a warehouse is always replaced. In that of an API, a host and a key in the environment replace
    the existing ones, unless the account has a connection of its own; its other fields are set only when it is created,
    and can be edited in the UI.
    """
    wanted = {}
    for settings in accounts:
        named = f" of account {settings.account}" if settings.account else ""
        api = there.get(settings.api_conn_id) or {
            "conn_type": "indicaonline",
            "host": DEFAULT_HOST,
            "extra": environment.get("INDICAONLINE_API_EXTRA") or "",
            "description": f"The IndicaOnline Open API{named}.",
        }
        given = {"host": environment.get("INDICAONLINE_HOST"), "password": environment.get("INDICAONLINE_API_KEY")}
        # The key in .env is that of one account. Those of others are entered in the UI.
        if settings.api_conn_id == Settings().api_conn_id:
            api = {**api, **{name: value.strip() for name, value in given.items() if value and value.strip()}}
        wanted[settings.api_conn_id] = api
        wanted[settings.warehouse_conn_id] = {
            "conn_type": "postgres",
            "host": "postgres",
            "port": 5432,
            "schema": database(settings),
            "login": "indicaonline",
            "password": environment["WAREHOUSE_PASSWORD"],
            "description": f"The inventory warehouse{named} in this stack.",
        }
    return wanted


def _write_connections(environment: Mapping[str, str], accounts: Sequence[Settings]) -> None:
    with tempfile.TemporaryDirectory() as name:  # only its owner can read it (mode 0700)
        exported, wanted = Path(name) / "exported.json", Path(name) / "wanted.json"
        with contextlib.redirect_stdout(io.StringIO()):
            airflow("connections", "export", str(exported), "--file-format", "json")
        there = json.loads(exported.read_text())
        wanted.write_text(json.dumps(connections(there, environment, accounts)))
        airflow("connections", "import", str(wanted), "--overwrite")


def _has_pool(name: str) -> bool:
    """Return True if a pool exists; its slots may have been changed in the UI."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            airflow("pools", "get", name)
    except SystemExit:
        return False
    return True


def _say(what: str) -> None:
    """Print the next step without buffering, also to a pipe."""
    print(f"migrate: {what}", flush=True)


if __name__ == "__main__":
    prepare(os.environ)
