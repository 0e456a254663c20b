"""Connections to the warehouse, and what goes wrong with them in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from indicaonline.errors import RetriableError
from indicaonline.settings import Settings
from indicaonline.warehouse.any_text import accept_any_text
from indicaonline.warehouse.database_errors import describe, failure
from indicaonline.warehouse.schema import check_schema
from indicaonline.warehouse.session import Connect, open_session
from indicaonline.warehouse.sql import read_sql

__all__ = ["Connect", "open_connection", "tell_settings", "warehouse"]


@contextmanager
def warehouse(connect: Connect, settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a migrated warehouse whose settings are those of this process; closed at the end.

    Raises :class:`~indicaonline.errors.WarehouseError` where it is too old, not migrated or refuses, and
    :class:`~indicaonline.errors.RetriableError` where it cannot be reached or fails, also inside the block.
    """
    connection = open_connection(connect)
    accept_any_text(connection)
    try:
        check_schema(connection)
        tell_settings(connection, settings)
        yield connection
    except psycopg.Error as error:
        told = failure(error)
        if told is None:
            raise
        raise told from None
    finally:
        connection.close()


def open_connection(connect: Connect) -> psycopg.Connection[Any]:
    """A new connection to a server that is new enough, its session set up by :mod:`indicaonline.warehouse.session`."""
    try:
        return open_session(connect)
    except psycopg.OperationalError as error:
        raise RetriableError(
            f"The warehouse cannot be reached: {describe(error)} Check its connection, or the DSN."
        ) from None


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
