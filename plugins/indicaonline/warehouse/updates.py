"""The watermark of changes, and which hours have been covered."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one


class HourState(msgspec.Struct, frozen=True):
    """Whether an hour is covered, and how far the changes have been pulled (UTC; None before the first pull)."""

    is_covered: bool
    reached_at: dt.datetime | None


class Touched(msgspec.Struct, frozen=True):
    """What a pull changed in an office: how many products, and the ids of the first 500 of them."""

    office_id: int
    products: int
    product_ids: list[int]


def wait_for_turn(connection: Connection) -> None:
    """Wait until no other session pulls changes; the turn ends when the connection is closed."""
    connection.execute("SELECT ops.lock('updates', for_session => true)")
    connection.commit()


def hour_state(connection: Connection, start: dt.datetime | None, end: dt.datetime | None) -> HourState:
    """What the ledger knows of an interval (None: of none), and the watermark."""
    state = fetch_one(connection, HourState, "updates/plan_hour", {"start_at": start, "end_at": end})
    connection.commit()
    return state


def touched_by(connection: Connection, pull_id: int) -> list[Touched]:
    """What a pull changed, office by office."""
    return fetch_all(connection, Touched, "updates/count_touched", {"pull_id": pull_id})
