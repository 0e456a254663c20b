"""The queue of packages due for refresh: filled from the change log, planned in portions, the oldest first."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one, read_sql


class PlannedFetch(msgspec.Struct, frozen=True):
    """What to ask next, numbered as a pull: a product's list or, with a package, that package by its id."""

    pull_id: int
    product_id: int
    package_id: int | None


class QueueStatus(msgspec.Struct, frozen=True):
    """How many packages and lists are still due, and how many of them wait because an answer could not be used."""

    left_over: int
    waiting: int


def wait_for_turn(connection: Connection) -> None:
    """Wait until no other session refreshes packages; the turn ends when the connection is closed."""
    connection.execute("SELECT ops.lock('packages', for_session => true)")
    connection.commit()


def enqueue_due(connection: Connection, sweep_age: dt.timedelta) -> None:
    """Bring the queue up to the change log, and add packages whose detail is older than an age; commits."""
    connection.execute(read_sql("packages/reset_plans"))
    connection.execute(read_sql("packages/enqueue_changes"))
    connection.execute(read_sql("packages/enqueue_old"), {"sweep_age": sweep_age})
    connection.commit()


def plan_fetches(connection: Connection, fetches: int) -> list[PlannedFetch]:
    """The next fetches, at most so many; commits. No entry of the queue is planned twice by one run."""
    planned = fetch_all(connection, PlannedFetch, "packages/plan_fetches", {"fetches": fetches})
    connection.commit()
    return planned


def queue_status(connection: Connection) -> QueueStatus:
    """Count what is still due; commits."""
    left = fetch_one(connection, QueueStatus, "packages/count_queue")
    connection.commit()
    return left


def account_has_packages(connection: Connection) -> bool:
    """Whether this account has ever returned a package: only then is a 404 treated as deleted."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
