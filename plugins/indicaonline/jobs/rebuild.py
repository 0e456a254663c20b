"""Everything that is derived, made again from raw responses."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import msgspec
import psycopg

from indicaonline.errors import SettingError
from indicaonline.jobs.accept import decoded
from indicaonline.jobs.rebuild_packages import rebuild_packages
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.movements import roll_up_since
from indicaonline.warehouse.publish import publish_again
from indicaonline.warehouse.pulls import StoredPull, pulls_since, stored_pages
from indicaonline.warehouse.sql import read_sql
from indicaonline.warehouse.staging import create_staging

log = logging.getLogger(__name__)


class RebuildResult(msgspec.Struct, frozen=True):
    """From when on (UTC) everything was derived again, from how many pulls, and how many days were published again."""

    start_at: dt.datetime | None
    pulls: int
    days: int


def rebuild(connect: Connect, settings: Settings, from_day: dt.date) -> RebuildResult:
    """Derive observations, current stock, movements and snapshots since a business day again, from raw responses alone.

    One transaction: readers see the old state until it commits, loads wait. Memory holds a few pages at a time. Raises
    :class:`~indicaonline.errors.SettingError` where raw no longer has all the responses that are needed, and for a day
    that has not begun.
    """
    instant = dt.datetime.combine(from_day, dt.time(), settings.zone())
    if instant > now():
        raise SettingError(f"{from_day} has not begun in {settings.business_time_zone}: rebuild from an earlier day.")
    with warehouse(connect, settings) as connection, connection.transaction():
        connection.execute(read_sql("rebuild/lock"))
        row = connection.execute(read_sql("rebuild/find_start"), {"instant": instant}).fetchone()
        assert row is not None
        start = {"start_at": row[0]}
        pulls = pulls_since(connection, row[0])
        _check_raw(pulls)
        create_staging(connection)
        for name in ("hide_pulls", "delete_derived", "mark_stock"):
            connection.execute(read_sql(f"rebuild/{name}"), start)
        connection.execute(read_sql("load/restore_late_arriving_stock"))
        connection.execute(read_sql("load/clear_staging"))
        for number, pull in enumerate(pulls, start=1):
            _apply_again(connection, pull)
            if number % 100 == 0:
                log.info("%s of %s pulls are applied again.", number, len(pulls))
        looks = rebuild_packages(connection, row[0], settings.zone())
        days = connection.execute(read_sql("rebuild/select_days"), start).fetchall()
        for office_id, day in days:
            publish_again(connection, office_id, day)
        if row[0] is not None:
            roll_up_since(connection, row[0])
    return RebuildResult(row[0], len(pulls) + looks, len(days))


def _check_raw(pulls: list[StoredPull]) -> None:
    gone = [pull for pull in pulls if not pull.is_in_raw]
    if gone:
        last = max(pull.first_page_at for pull in gone)
        raise SettingError(
            f"Raw no longer has {len(gone)} of the pulls that are needed, the last of {last:%Y-%m-%d}:"
            " rebuild from a later day."
        )


def _apply_again(connection: psycopg.Connection[Any], pull: StoredPull) -> None:
    load = Load(connection, pull.request, pull.pull_id)
    for page in decoded(pull, stored_pages(connection, pull)):
        load.add([page])
    load.apply_again(pull.outcome(complete=pull.status == "complete"))
