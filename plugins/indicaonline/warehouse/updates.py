"""The watermark of changes, and which hours have been covered."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from indicaonline.warehouse.sql import read_sql


class HourState(msgspec.Struct, frozen=True):
    """Whether an hour is covered, and how far the changes have been pulled (UTC; None before the first pull)."""

    is_covered: bool
    reached_at: dt.datetime | None


class Touched(msgspec.Struct, frozen=True):
    """What a pull changed in an office: how many products, and the ids of the first 500 of them."""

    office_id: int
    products: int
    product_ids: list[int]


def wait_for_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait until no other session pulls changes; the turn ends when the connection is closed."""
    connection.execute("SELECT ops.lock('updates', for_session => true)")
    connection.commit()


def hour_state(connection: psycopg.Connection[Any], start: dt.datetime | None, end: dt.datetime | None) -> HourState:
    """What the ledger knows of an interval (None: of none), and the watermark."""
    with connection.cursor(row_factory=class_row(HourState)) as cursor:
        state = cursor.execute(read_sql("updates/plan_hour"), {"start_at": start, "end_at": end}).fetchone()
    connection.commit()
    assert state is not None, "plan_hour.sql always returns one row"
    return state


def touched_by(connection: psycopg.Connection[Any], pull_id: int) -> list[Touched]:
    """What a pull changed, office by office."""
    with connection.cursor(row_factory=class_row(Touched)) as cursor:
        return cursor.execute(read_sql("updates/count_touched"), {"pull_id": pull_id}).fetchall()
