"""Questions to the pull ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from indicaonline.warehouse.sql import read_sql


class HeldPull(msgspec.Struct, frozen=True):
    """A pull that was held back and waits for a person."""

    office_id: int
    started_at: dt.datetime
    reads: int
    counted_read: int
    total: int | None
    first_page_at: dt.datetime
    last_page_at: dt.datetime


class StoredPage(msgspec.Struct, frozen=True):
    """A page as raw keeps it."""

    page: int
    observed_at: dt.datetime
    body: bytes


def speaking_pull(connection: psycopg.Connection[Any], office_id: int, day: dt.date) -> int | None:
    """The number of the complete pull that speaks for a business day of an office; None if there is none."""
    row = connection.execute("SELECT inventory.speaking_pull(%s, %s)", [office_id, day]).fetchone()
    return row[0] if row else None


def landed_since(connection: psycopg.Connection[Any], office_id: int, instant: dt.datetime) -> bool:
    """Whether a complete pull of an office has landed at or after an instant."""
    parameters = {"office_id": office_id, "instant": instant}
    row = connection.execute(read_sql("pulls/landed_since"), parameters).fetchone()
    return row is not None and row[0] > 0


def held_pull(connection: psycopg.Connection[Any], pull_id: int) -> HeldPull | None:
    """A pull that waits to be accepted; None if it does not wait."""
    with connection.cursor(row_factory=class_row(HeldPull)) as cursor:
        return cursor.execute(read_sql("accept/select_held_pull"), {"pull_id": pull_id}).fetchone()


def stored_pages(connection: psycopg.Connection[Any], pull_id: int, pull: HeldPull) -> list[StoredPage]:
    """The pages of the read of a pull that counts, in their order, from raw."""
    parameters = {
        "pull_id": pull_id,
        "read": pull.counted_read,
        "first_page_at": pull.first_page_at,
        "last_page_at": pull.last_page_at,
    }
    with connection.cursor(row_factory=class_row(StoredPage)) as cursor:
        return cursor.execute(read_sql("accept/select_responses"), parameters).fetchall()
