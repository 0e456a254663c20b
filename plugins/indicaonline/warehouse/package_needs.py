"""Which packages need a look: worked out from the change log, planned in portions, the oldest need first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from indicaonline.warehouse.sql import read_sql


class Lookup(msgspec.Struct, frozen=True):
    """What to ask next, numbered as a pull: a product's list or, with a package, that package by its id."""

    pull_id: int
    product_id: int
    package_id: int | None


class NeedsLeft(msgspec.Struct, frozen=True):
    """How many packages and lists are still to be looked at, and how many of them wait because an answer was no use."""

    left_over: int
    waiting: int


def wait_for_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait until no other session looks at packages; the turn ends when the connection is closed."""
    connection.execute("SELECT pg_advisory_lock(hashtextextended('indicaonline.packages', 0))")
    connection.commit()


def note_needs(connection: psycopg.Connection[Any], sweep_age: dt.timedelta) -> None:
    """Bring the needs up to the change log, and add packages whose detail is older than an age; commits."""
    connection.execute(read_sql("packages/forget_plans"))
    connection.execute(read_sql("packages/note_changes"))
    connection.execute(read_sql("packages/note_old"), {"sweep_age": sweep_age})
    connection.commit()


def plan_lookups(connection: psycopg.Connection[Any], lookups: int) -> list[Lookup]:
    """The next lookups, at most so many; commits. None of their needs is planned again by this run."""
    with connection.cursor(row_factory=class_row(Lookup)) as cursor:
        planned = cursor.execute(read_sql("packages/plan_lookups"), {"lookups": lookups}).fetchall()
    connection.commit()
    return planned


def needs_left(connection: psycopg.Connection[Any]) -> NeedsLeft:
    """What is still to be looked at."""
    with connection.cursor(row_factory=class_row(NeedsLeft)) as cursor:
        left = cursor.execute(read_sql("packages/count_needs")).fetchone()
    connection.commit()
    assert left is not None, "count_needs.sql always returns one row"
    return left


def is_proven(connection: psycopg.Connection[Any]) -> bool:
    """Whether this account has ever told of a package: only then is a 404 believed."""
    row = connection.execute("SELECT EXISTS (SELECT FROM inventory.package_version)").fetchone()
    connection.commit()
    return row is not None and bool(row[0])
