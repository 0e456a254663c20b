"""The queue of packages due for refresh: filled from the change log, planned in portions, oldest first."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one, read_sql


class PlannedFetch(msgspec.Struct, frozen=True):
    """A planned fetch, numbered as a pull: the list of a product or, with ``package_id``, one package."""

    pull_id: int
    product_id: int
    package_id: int | None


class QueueStatus(msgspec.Struct, frozen=True):
    """The number of packages and lists that are due, and of those that wait after an answer that could not be used."""

    left_over: int
    waiting: int


def enqueue_due(connection: Connection, sweep_age: dt.timedelta) -> None:
    """Enqueue the packages that changed, and those whose detail is older than an age; commits."""
    # First, because a run that was killed leaves its plans behind, and rows with a plan are not planned again.
    connection.execute(read_sql("packages/reset_plans"))
    connection.execute(read_sql("packages/enqueue_changes"))
    connection.execute(read_sql("packages/enqueue_old"), {"sweep_age": sweep_age})
    connection.commit()


def plan_fetches(connection: Connection, fetches: int) -> list[PlannedFetch]:
    """Plan at most so many fetches and return them; commits. No row of the queue is planned twice by one run."""
    planned = fetch_all(connection, PlannedFetch, "packages/plan_fetches", {"fetches": fetches})
    connection.commit()
    return planned


def queue_status(connection: Connection) -> QueueStatus:
    """Count what is still due; commits."""
    left = fetch_one(connection, QueueStatus, "packages/count_queue")
    connection.commit()
    return left


def account_has_packages(connection: Connection) -> bool:
    """Return True if this account has ever returned a package: only then is a 404 treated as deleted."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
