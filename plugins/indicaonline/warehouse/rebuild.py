"""Statements of a rebuild, inside the caller's transaction: locks, deletion of derived rows, the days to publish."""

from __future__ import annotations

import datetime as dt

from indicaonline.warehouse.sql import Connection, read_sql
from indicaonline.warehouse.staging import create_staging


def lock_warehouse(connection: Connection) -> None:
    """Make refreshes of packages, roll-ups, loads and publications wait for the end of this transaction."""
    connection.execute(read_sql("rebuild/lock"))


def find_start(connection: Connection, instant: dt.datetime) -> dt.datetime:
    """Return the latest start of a rebuild, at or before an instant, that splits no pull."""
    row = connection.execute(read_sql("rebuild/find_start"), {"instant": instant}).fetchone()
    assert row is not None, "find_start.sql always returns one row"
    start_at: dt.datetime = row[0]
    return start_at


def forget_stock_since(connection: Connection, start_at: dt.datetime) -> None:
    """Reset change logs and current stock to an instant, and create staging for the pulls since then."""
    create_staging(connection)
    for name in ("hide_pulls", "delete_derived", "mark_stock"):
        connection.execute(read_sql(f"rebuild/{name}"), {"start_at": start_at})
    # As after a late-arriving pull: current stock of the marked products becomes the last row of the change log.
    connection.execute(read_sql("load/restore_late_arriving_stock"))
    connection.execute(read_sql("load/clear_staging"))


def forget_packages_since(connection: Connection, start_at: dt.datetime) -> None:
    """Reset versions of packages and lab results to an instant."""
    connection.execute(read_sql("rebuild/reopen_packages"), {"start_at": start_at})


def days_to_publish(connection: Connection, start_at: dt.datetime) -> list[tuple[int, dt.date]]:
    """Return office and day of every publication that depends on observations since an instant."""
    return connection.execute(read_sql("rebuild/select_days"), {"start_at": start_at}).fetchall()


def record_rebuild(
    connection: Connection, from_day: dt.date, start_at: dt.datetime, *, pulls: int, days: int, requested_by: str
) -> None:
    """Write the row of a rebuild in ``ops.rebuild``."""
    parameters = {
        "from_day": from_day,
        "start_at": start_at,
        "pulls": pulls,
        "days": days,
        "requested_by": requested_by,
    }
    connection.execute(read_sql("rebuild/insert_rebuild"), parameters)
