"""The watermark of changes, and the coverage of hours."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one


class HourState(msgspec.Struct, frozen=True):
    """The coverage of an hour, and the watermark (UTC; None before the first pull)."""

    is_covered: bool
    reached_at: dt.datetime | None


class Touched(msgspec.Struct, frozen=True):
    """The number of products that a pull changed in an office, and the ids of the first 500 of them."""

    # 500, because they go into XCom and asset events, and megabytes there block a task's heartbeats.

    office_id: int
    products: int
    product_ids: list[int]


def hour_state(connection: Connection, start: dt.datetime | None, end: dt.datetime | None) -> HourState:
    """Return the coverage of an interval (None for no interval), and the watermark; commits."""
    state = fetch_one(connection, HourState, "updates/plan_hour", {"start_at": start, "end_at": end})
    connection.commit()
    return state


def touched_by(connection: Connection, pull_id: int) -> list[Touched]:
    """Return the products that a pull changed, by office."""
    return fetch_all(connection, Touched, "updates/count_touched", {"pull_id": pull_id})
