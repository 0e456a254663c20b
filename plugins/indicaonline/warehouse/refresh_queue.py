"""The queue of packages due for refresh: filled from the change log, planned in portions, the oldest first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from indicaonline.warehouse.sql import read_sql


class PlannedFetch(msgspec.Struct, frozen=True):
    """What to ask next, numbered as a pull: a product's list or, with a package, that package by its id."""

    pull_id: int
    product_id: int
    package_id: int | None


class QueueStatus(msgspec.Struct, frozen=True):
    """How many packages and lists are still to be looked at, and how many of them wait because an answer was no use."""

    left_over: int
    waiting: int


def wait_for_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait until no other session looks at packages; the turn ends when the connection is closed."""
    connection.execute("SELECT ops.lock('packages', for_session => true)")
    connection.commit()


def enqueue_due(connection: psycopg.Connection[Any], sweep_age: dt.timedelta) -> None:
    """Bring the needs up to the change log, and add packages whose detail is older than an age; commits."""
    connection.execute(read_sql("packages/reset_plans"))
    connection.execute(read_sql("packages/enqueue_changes"))
    connection.execute(read_sql("packages/enqueue_old"), {"sweep_age": sweep_age})
    connection.commit()


def plan_fetches(connection: psycopg.Connection[Any], fetches: int) -> list[PlannedFetch]:
    """The next fetches, at most so many; commits. None of their needs is planned again by this run."""
    with connection.cursor(row_factory=class_row(PlannedFetch)) as cursor:
        planned = cursor.execute(read_sql("packages/plan_fetches"), {"fetches": fetches}).fetchall()
    connection.commit()
    return planned


def queue_status(connection: psycopg.Connection[Any]) -> QueueStatus:
    """What is still to be looked at."""
    with connection.cursor(row_factory=class_row(QueueStatus)) as cursor:
        left = cursor.execute(read_sql("packages/count_queue")).fetchone()
    connection.commit()
    assert left is not None, "count_queue.sql always returns one row"
    return left


def account_has_packages(connection: psycopg.Connection[Any]) -> bool:
    """Whether this account has ever told of a package: only then is a 404 believed."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
