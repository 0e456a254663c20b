"""Connections to the warehouse, and what goes wrong with them in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import Settings, fixed_now
from indicaonline.warehouse.schema import check_schema
from indicaonline.warehouse.sql import read_sql

Connect = Callable[[], "psycopg.Connection[Any]"]
"""Opens a new connection, for example :meth:`PostgresHook.get_conn`."""

OLDEST_SERVER = 150000


@contextmanager
def warehouse(connect: Connect, settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a migrated warehouse whose settings are those of this process; closed at the end.

    Raises :class:`~indicaonline.errors.WarehouseError` where it is too old, not migrated or refuses, and
    :class:`~indicaonline.errors.RetriableError` where it cannot be reached.
    """
    connection = open_connection(connect)
    try:
        check_schema(connection)
        tell_settings(connection, settings)
        yield connection
    finally:
        connection.close()


def open_connection(connect: Connect) -> psycopg.Connection[Any]:
    """A new connection to a server that is new enough, its session in UTC and on this project's clock."""
    try:
        connection = connect()
    except psycopg.OperationalError as error:
        raise RetriableError(
            f"The warehouse cannot be reached: {in_words(error)} Check its connection, or the DSN."
        ) from None
    try:
        prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Set what every session needs; raises :class:`WarehouseError` if the server is older than PostgreSQL 15."""
    if connection.info.server_version < OLDEST_SERVER:
        raise WarehouseError(
            f"The warehouse runs PostgreSQL {connection.info.server_version // 10000}; version 15 or newer is needed."
        )
    fixed = fixed_now()
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET jit = off")  # compiling costs more than these statements take
        cursor.execute("SELECT set_config('indicaonline.now', %s, false)", [fixed.isoformat() if fixed else ""])
    connection.commit()


def tell_settings(connection: psycopg.Connection[Any], settings: Settings) -> None:
    """Copy to ``ops.setting`` and ``inventory.office`` what SQL needs to know; commits."""
    values = {
        "business_time_zone": settings.business_time_zone,
        "snapshot_tolerance": f"{settings.snapshot_tolerance.total_seconds():f} seconds",
        "carry_forward_max_days": str(settings.carry_forward_max_days),
        "zero_rows_days": str(settings.zero_rows_days),
        "transfer_window": f"{settings.transfer_window.total_seconds():f} seconds",
        "supply_window_days": str(settings.supply_window_days),
        "expiring_within_days": str(settings.expiring_within_days),
    }
    for rule, threshold in settings.thresholds().items():
        values[f"discrepancy.{rule}"] = "off" if threshold is None else f"{threshold:f}"
    zones = settings.office_time_zones
    with connection.cursor() as cursor:
        cursor.execute(read_sql("settings/upsert_settings"), {"names": list(values), "values": list(values.values())})
        cursor.execute(
            read_sql("settings/set_office_time_zones"), {"offices": list(zones), "zones": list(zones.values())}
        )
    connection.commit()


def in_words(error: BaseException) -> str:
    """The first line of a database error: the server's own words, without statement or values."""
    diagnostic = getattr(error, "diag", None)
    message = getattr(diagnostic, "message_primary", None) or str(error)
    return message.strip().splitlines()[0].removeprefix("FATAL: ").strip().rstrip(".") + "."
