"""Movements per office, product and business day, rolled up from the change log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec

from indicaonline.warehouse.session import committing
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql


class RolledUp(msgspec.Struct, frozen=True):
    """The numbers of pulls rolled up, of products whose days were derived (in each office), and of rows written."""

    pulls: int
    products: int
    rows: int


def roll_up(connection: Connection) -> RolledUp:
    """Update ``inventory.daily_movement`` from the change log; commits.

    Idempotent: the days depend on the change log alone, whatever the order of loads and roll-ups.
    """
    with committing(connection):
        connection.execute(read_sql("movements/create_staging"))
        # Two roll-ups take turns. Loads do not wait: pulls that commit after find_pulls are due in the next roll-up.
        connection.execute("SELECT ops.lock('movements')")
        connection.execute(read_sql("movements/find_pulls"))
        connection.execute(read_sql("movements/find_due"))
        products, rows = _derive(connection)
        pulls = connection.execute(read_sql("movements/mark_done")).rowcount
    return RolledUp(pulls, products, rows)


def roll_up_since(connection: Connection, start_at: dt.datetime) -> int:
    """Derive all days since an instant again, inside the caller's transaction; returns the number of rows."""
    connection.execute(read_sql("movements/create_staging"))
    connection.execute(read_sql("movements/find_due_since"), {"start_at": start_at})
    _, rows = _derive(connection)
    return rows


def _derive(connection: Connection) -> tuple[int, int]:
    """Derive the due days again; returns the numbers of products and of rows."""
    span = fetch_one(connection, dict[str, Any], "movements/find_span")
    if span["products"] == 0:
        return 0, 0
    connection.execute("SELECT ops.ensure_partitions(%(first_day)s, %(last_day)s)", span)
    connection.execute(read_sql("movements/delete_days"))
    rows = 0
    # A month at a time bounds what one statement sorts, even when a time zone changes and years are due.
    for first_day, end_day in _months(span["first_day"], span["last_day"]):
        bounds = {"first_day": first_day, "end_day": end_day}
        rows += connection.execute(read_sql("movements/insert_days"), bounds).rowcount
    return span["products"], rows


def _months(first_day: dt.date, last_day: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """Split the days between two, both included, into months; the end of each is exclusive."""
    while first_day <= last_day:
        # Day 1 plus 32 days always lies in the next month.
        next_month = (first_day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        yield first_day, next_month
        first_day = next_month
