"""Manage the warehouse and check the API from a shell, with the same functions that the tasks call.

Commands use the settings that the warehouse keeps, because a shell seldom has the environment of Airflow. Only
``migrate``, for settings that the warehouse does not keep yet, and ``settings --apply`` write them. With several
accounts, ``migrate`` and ``settings`` work on each of them; the other commands on one.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psycopg

from indicaonline.environment import load_accounts, load_settings
from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.settings import DSN, Settings
from indicaonline.warehouse.connection import Connect, migrated_warehouse
from indicaonline.warehouse.database_errors import describe
from indicaonline.warehouse.dsn import check_dsn
from indicaonline.warehouse.kept_settings import apply_settings, kept_values, read_kept, stored_settings, variable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 1 after an error, which is printed in one line."""
    parser = _parser()
    options, left_over = parser.parse_known_args(arguments)
    if left_over:
        # argparse would print them, and they may be the end of a DSN with blanks, which holds the password.
        parser.error(f"{len(left_over)} arguments too many, or with a wrong name; put a DSN with blanks in quotes")
    try:
        accounts = _accounts(options)
    except SettingError as error:
        return _failed(str(error))
    # All of them, also after one that failed.
    return max([_run(options, settings) for settings in accounts])


def _accounts(options: argparse.Namespace) -> list[Settings]:
    """Return the settings of the accounts that a command works on."""
    if options.account or options.command not in (_migrate, _settings):
        return [load_settings(options.account)]
    accounts = load_accounts()
    if len(accounts) > 1 and (options.dsn or "").strip():
        raise SettingError(f"--dsn, or {DSN}, is the warehouse of one account: name the account with --account.")
    return accounts


def _run(options: argparse.Namespace, settings: Settings) -> int:
    """Run the command for an account and return the exit code."""
    command: Callable[[argparse.Namespace, Settings], int | None] = options.command
    try:
        return command(options, settings) or 0
    except IndicaOnlineError as error:
        return _failed(str(error), settings.account)
    except psycopg.Error as error:
        return _failed(f"The warehouse failed: {describe(error)}", settings.account)


def _failed(reason: str, account: str = "") -> int:
    print(f"indicaonline: {account and f'{account}: '}{reason}", file=sys.stderr)
    return 1


def _print(settings: Settings, *lines: str) -> None:
    """Print lines, each with the account where there are several."""
    account = settings.account and f"{settings.account}: "
    print("\n".join(account + line for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="indicaonline", description=__doc__)
    parser.add_argument("--account", help="the id of an account, where there are several; else INDICAONLINE_ACCOUNT")
    commands = parser.add_subparsers(required=True, metavar="command")
    migrate = commands.add_parser("migrate", help="migrate the warehouse to the schema of this release")
    migrate.add_argument("--check", action="store_true", help="list pending changes only; exit code 1 if there are any")
    migrate.set_defaults(command=_migrate)
    accept = commands.add_parser("accept", help="apply a pull that was held back")
    accept.add_argument("pull_id", type=int, help="its number, from the message of the failed task")
    accept.add_argument("--note", help="a remark that the ledger keeps with the decision")
    accept.set_defaults(command=_accept)
    dismiss = commands.add_parser("dismiss", help="end a pull that was held back without applying it")
    dismiss.add_argument("pull_id", type=int, help="its number, from the message of the failed task")
    dismiss.add_argument("--note", help="a remark that the ledger keeps with the decision")
    dismiss.set_defaults(command=_dismiss)
    rebuild = commands.add_parser("rebuild", help="rebuild derived tables since a day from raw responses")
    rebuild.add_argument("from_day", type=_day, help="the business day, such as 2026-03-08")
    rebuild.set_defaults(command=_rebuild)
    response = commands.add_parser("response", help="print the body of a response as received")
    response.add_argument("response_id", type=int, help="its id, from raw.response")
    response.set_defaults(command=_response)
    settings = commands.add_parser(
        "settings", help="compare the settings of this environment with those that the warehouse keeps"
    )
    settings.add_argument("--apply", action="store_true", help="write those of this environment to the warehouse")
    settings.add_argument(
        "--move-days", action="store_true", help="with --apply: even if that moves the end of published days"
    )
    settings.set_defaults(command=_settings)
    check = commands.add_parser("contract-check", help="request each endpoint of the API once, and report deviations")
    check.set_defaults(command=_contract_check)
    stock = commands.add_parser("stock", help="request one product in all offices now, store it, and print it")
    stock.add_argument("product", help="its id, or a part of its name that no other product has")
    stock.set_defaults(command=_stock)
    sheet = commands.add_parser("count-sheet", help="print the products in stock in an office as CSV, to be counted")
    sheet.add_argument("office", type=int, help="the id of the office")
    sheet.add_argument("--packages", action="store_true", help="a line for each package")
    sheet.set_defaults(command=_count_sheet)
    count = commands.add_parser("compare-count", help="compare a counted sheet with the stock at that time, as CSV")
    count.add_argument("file", type=Path, help="the sheet, a CSV with the columns product_id and counted")
    count.add_argument("--office", type=int, required=True, help="the id of the office")
    count.add_argument("--at", type=_instant, required=True, help="when it was counted: ISO with an offset")
    count.add_argument("--all", action="store_true", help="also print what matches")
    count.set_defaults(command=_compare_count)
    for command in (migrate, accept, dismiss, rebuild, response, settings, stock, sheet, count):
        command.add_argument(
            "--dsn", default=os.environ.get(DSN), help=f"the warehouse; else {DSN}, else the Airflow connection"
        )
    return parser


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2026-03-08") from None


def _instant(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not an instant such as 2026-03-08T09:30:00-08:00")
    return moment


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    # Each command imports what it runs: importing Airflow takes seconds, and a command with --dsn runs without it.
    from indicaonline.warehouse.migrate import migrate, pending_changes

    if options.check:
        changes = pending_changes(_connect(options.dsn, settings))
        _print(settings, *(changes or ["Nothing would change."]))
        return 1 if changes else 0
    # One line for each account. Airflow, once imported, prints the log of Alembic among them.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _print(settings, f"The warehouse is at revision {migrate(_connect(options.dsn, settings), settings)}.")
    return 0


def _accept(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.held_pulls import accept_pull

    connect = _connect(options.dsn, settings)
    result = accept_pull(connect, _stored(connect, settings), options.pull_id, note=options.note)
    print(
        f"Pull {result.pull_id} is applied: {result.changes} changes, {len(result.republished)} days published again."
    )


def _dismiss(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.held_pulls import dismiss_pull

    connect = _connect(options.dsn, settings)
    dismiss_pull(connect, _stored(connect, settings), options.pull_id, note=options.note)
    print(f"Pull {options.pull_id} is dismissed: it will not be applied.")


def _rebuild(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.rebuild import rebuild

    connect = _connect(options.dsn, settings)
    result = rebuild(connect, _stored(connect, settings), options.from_day)
    print(f"{result.pulls} pulls are applied again; days published again: {result.days}.")


def _response(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.warehouse.responses import stored_body

    with migrated_warehouse(_connect(options.dsn, settings)) as connection:
        body = stored_body(connection, options.response_id)
    # Bytes: a body need not be text.
    sys.stdout.buffer.write(body)


def _settings(options: argparse.Namespace, settings: Settings) -> None:
    with migrated_warehouse(_connect(options.dsn, settings)) as connection:
        if options.apply:
            changed = apply_settings(connection, settings, may_move_days=options.move_days)
            for one in changed:
                _print(settings, f"{variable(one.name)}: {one.warehouse or 'none'} -> {one.environment or 'none'}")
            _print(settings, f"Settings changed in the warehouse: {len(changed)}.")
            return
        kept, values = read_kept(connection), kept_values(settings)
    differing = 0
    for name in sorted({*kept, *values}):
        here, there = values.get(name, "none"), kept.get(name, "none")
        differing += here != there
        but = f", but {here} in this environment" if here != there else ""
        _print(settings, f"{variable(name)}: {there}{but}")
    advice = " Those of the warehouse are used; --apply writes those of this environment." if differing else ""
    _print(settings, f"Settings that differ in this environment: {differing}.{advice}")


def _contract_check(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.contract_check.check import contract_check
    from indicaonline.contract_check.report import failure, format_findings, format_report
    from indicaonline.contract_check.set_up import check_set_up
    from indicaonline.hooks.indicaonline import IndicaOnlineHook
    from indicaonline.hooks.warehouse import connect_warehouse

    async def check() -> Exception | None:
        async with hook.client(settings) as client:
            findings = await contract_check(client)
        print(format_report(findings))
        return failure(findings)

    _read_stored_connections()
    connect = partial(connect_warehouse, settings.warehouse_conn_id)
    print(format_findings(check_set_up(connect, settings)) + "\n")
    hook = IndicaOnlineHook(settings.api_conn_id)
    # Read before the event loop starts, because Airflow reads connections with blocking calls.
    hook.config()
    error = asyncio.run(check())
    if error is not None:
        raise error


def _stock(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.hooks.indicaonline import IndicaOnlineHook
    from indicaonline.jobs.given import id_of
    from indicaonline.jobs.product_stock import find_product, pull_product, stock_lines

    connect = _connect(options.dsn, settings)
    settings = _stored(connect, settings)
    _read_stored_connections()
    hook = IndicaOnlineHook(settings.api_conn_id)
    # Read before the event loop starts, because Airflow reads connections with blocking calls.
    hook.config()
    is_id = options.product.strip().isdecimal()
    product_id = id_of(options.product, "product") if is_id else find_product(connect, settings, options.product)
    stock = asyncio.run(pull_product(lambda: hook.client(settings), connect, settings, product_id))
    print("\n".join(stock_lines(stock)))


def _count_sheet(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.count_sheet import count_sheet

    connect = _connect(options.dsn, settings)
    print(count_sheet(connect, _stored(connect, settings), options.office, by_package=options.packages), end="")


def _compare_count(options: argparse.Namespace, settings: Settings) -> None:
    from indicaonline.jobs.count_sheet import compare_count, comparison_csv

    connect = _connect(options.dsn, settings)
    settings = _stored(connect, settings)
    try:
        # newline="": a cell of the sheet may have line breaks (csv module).
        with options.file.open(encoding="utf-8-sig", newline="") as lines:
            rows = compare_count(connect, settings, lines, options.office, options.at)
    except OSError as error:
        raise SettingError(f"The sheet cannot be read: {error.strerror or type(error).__name__}.") from None
    print(comparison_csv(rows, with_matches=options.all), end="")


def _stored(connect: Connect, settings: Settings) -> Settings:
    """Return the settings that the tasks of this warehouse use."""
    with migrated_warehouse(connect) as connection:
        return stored_settings(connection, settings)


def _connect(dsn: str | None, settings: Settings) -> Connect:
    """Return what opens the warehouse of a DSN or, without one, of the Airflow connection."""
    if dsn is None or not dsn.strip():
        _read_stored_connections()
        from indicaonline.hooks.warehouse import warehouse_connect

        try:
            return warehouse_connect(settings.warehouse_conn_id)
        except SettingError as error:
            raise SettingError(f"{error} Or set {DSN} to the DSN of the warehouse.") from None
    check_dsn(dsn)
    return lambda: psycopg.connect(dsn)


def _read_stored_connections() -> None:
    """Let Airflow read connections from its database, too."""
    # Airflow's own commands set this. Without it, only AIRFLOW_CONN_ variables and secrets backends are read.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")


if __name__ == "__main__":
    sys.exit(main())
