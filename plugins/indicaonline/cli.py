"""The command ``indicaonline``: what a person does from a shell, with the same functions that the tasks call."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence

import psycopg

from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.settings import Settings, load_settings
from indicaonline.warehouse.connection import Connect

DSN = "INDICAONLINE_WAREHOUSE_DSN"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 1 after saying in one line what is wrong."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Settings], int | None] = options.command
    try:
        return command(options, load_settings()) or 0
    except IndicaOnlineError as error:
        print(f"indicaonline: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="indicaonline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    migrate = commands.add_parser("migrate", help="bring the warehouse to the schema of this release")
    migrate.add_argument("--check", action="store_true", help="say what would change, change nothing; 1 if anything")
    migrate.set_defaults(command=_migrate)
    accept = commands.add_parser("accept", help="apply a pull that was held back")
    accept.add_argument("pull_id", type=int, help="its number, as the failed task named it")
    accept.set_defaults(command=_accept)
    rebuild = commands.add_parser("rebuild", help="derive everything since a day again, from raw")
    rebuild.add_argument("from_day", type=dt.date.fromisoformat, help="the business day, such as 2026-03-08")
    rebuild.set_defaults(command=_rebuild)
    check = commands.add_parser("contract-check", help="ask each endpoint of the API once, and compare")
    check.set_defaults(command=_contract_check)
    for command in (migrate, accept, rebuild):
        command.add_argument(
            "--dsn", default=os.environ.get(DSN), help=f"the warehouse; else {DSN}, else the Airflow connection"
        )
    return parser


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    from indicaonline.warehouse.migrate import migrate, pending_changes

    if options.check:
        changes = pending_changes(_connect(options.dsn, settings))
        print("\n".join(changes) or "Nothing would change.")
        return 1 if changes else 0
    print(f"The warehouse is at revision {migrate(_connect(options.dsn, settings), settings)}.")
    return 0


def _accept(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.accept import accept_pull

    result = accept_pull(_connect(options.dsn, settings), settings, options.pull_id)
    assert result is not None
    print(
        f"Pull {result.pull_id} is applied: {result.changes} changes, {len(result.republished)} days published again."
    )


def _rebuild(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.rebuild import rebuild

    result = rebuild(_connect(options.dsn, settings), settings, options.from_day)
    print(f"{result.pulls} pulls are applied again; days published again: {result.days}.")


def _contract_check(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.contract_check import contract_check, failure, format_report
    from indicaonline.hooks.indicaonline import IndicaOnlineHook

    async def check() -> Exception | None:
        async with hook.client(settings) as client:
            findings = await contract_check(client)
        print(format_report(findings))
        return failure(findings)

    _read_stored_connections()
    hook = IndicaOnlineHook(settings.api_conn_id)
    hook.config()
    error = asyncio.run(check())
    if error is not None:
        raise error


def _connect(dsn: str | None, settings: Settings) -> Connect:
    """The warehouse of a DSN; without one, of the Airflow connection."""
    if dsn is None:
        _read_stored_connections()
        from indicaonline.operators.connections import warehouse_connect

        return warehouse_connect(settings.warehouse_conn_id)
    try:
        psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise SettingError("The DSN cannot be read; it looks like postgresql://user@host:5432/database.") from None
    return lambda: psycopg.connect(dsn)


def _read_stored_connections() -> None:
    """Let Airflow look connections up in its database too, as its own commands do; else only variables are read."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


if __name__ == "__main__":
    sys.exit(main())
