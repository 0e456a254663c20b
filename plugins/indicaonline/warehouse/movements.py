"""Movements per office, product and business day, rolled up from the change log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec

from indicaonline.warehouse.session import roll_back
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql


class RolledUp(msgspec.Struct, frozen=True):
    """The result of a roll-up: pulls rolled up, products whose days were derived (each office counts), rows written."""

    pulls: int
    products: int
    rows: int


def roll_up(connection: Connection) -> RolledUp:
    """Bring ``inventory.daily_movement`` up to the change log, in one transaction; commits.

    The days depend on the change log alone, whatever the order of loads and roll-ups. Two at once take turns.
    """
    try:
        connection.execute(read_sql("movements/create_staging"))
        connection.execute("SELECT ops.lock('movements')")
        connection.execute(read_sql("movements/find_pulls"))
        connection.execute(read_sql("movements/find_due"))
        products, rows = _derive(connection)
        pulls = connection.execute(read_sql("movements/mark_done")).rowcount
    except BaseException:
        roll_back(connection)
        raise
    connection.commit()
    return RolledUp(pulls, products, rows)


def roll_up_since(connection: Connection, start_at: dt.datetime) -> int:
    """Derive all days from that of an instant on again, inside the caller's transaction; returns how many rows."""
    connection.execute(read_sql("movements/create_staging"))
    connection.execute(read_sql("movements/find_due_since"), {"start_at": start_at})
    _, rows = _derive(connection)
    return rows


def _derive(connection: Connection) -> tuple[int, int]:
    """Derive the days of what is due again; returns how many products that concerned, and how many rows it wrote."""
    span = fetch_one(connection, dict[str, Any], "movements/find_span")
    if span["products"] == 0:
        return 0, 0
    connection.execute("SELECT ops.ensure_partitions(%(first_day)s, %(last_day)s)", span)
    connection.execute(read_sql("movements/delete_days"))
    rows = 0
    for first_day, end_day in _months(span["first_day"], span["last_day"]):
        bounds = {"first_day": first_day, "end_day": end_day}
        rows += connection.execute(read_sql("movements/insert_days"), bounds).rowcount
    return span["products"], rows


def _months(first_day: dt.date, last_day: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """The days between two, both included, month by month: what one statement sorts is bounded, whatever is due."""
    while first_day <= last_day:
        next_month = (first_day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        yield first_day, next_month
        first_day = next_month
