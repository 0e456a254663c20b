"""Rebuilds all derived tables from raw responses."""

from __future__ import annotations

import datetime as dt
import logging

import msgspec

from indicaonline.errors import SettingError
from indicaonline.jobs.held_pulls import decoded, process_user
from indicaonline.jobs.rebuild_packages import rebuild_packages
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.movements import roll_up_since
from indicaonline.warehouse.publish import publish_again
from indicaonline.warehouse.pulls import StoredPull, pulls_since, stored_pages
from indicaonline.warehouse.rebuild import (
    days_to_publish,
    find_start,
    forget_stock_since,
    lock_warehouse,
    record_rebuild,
)
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)


class RebuildResult(msgspec.Struct, frozen=True):
    """The start of the rebuild (UTC), and the numbers of pulls applied and of days published."""

    start_at: dt.datetime
    pulls: int
    days: int


def rebuild(connect: Connect, settings: Settings, from_day: dt.date) -> RebuildResult:
    """Rebuild observations, current stock, movements, packages and snapshots since a business day, from raw responses.

    Raises :class:`~indicaonline.errors.SettingError` where raw no longer has all the responses that are needed, and for
    a day that has not begun.
    """
    instant = dt.datetime.combine(from_day, dt.time(), settings.zone())
    if instant > now():
        raise SettingError(f"{from_day} has not begun in {settings.business_time_zone}: rebuild from an earlier day.")
    # One transaction: readers see the old state until it commits, and loads wait for it.
    with warehouse(connect, settings) as connection, connection.transaction():
        lock_warehouse(connection)
        start_at = find_start(connection, instant)
        pulls = pulls_since(connection, start_at)
        # Before anything is deleted, although a later error would roll back as well: a rebuild can take hours.
        _check_raw(pulls)
        forget_stock_since(connection, start_at)
        for number, pull in enumerate(pulls, start=1):
            _apply_again(connection, pull)
            if number % 100 == 0:
                log.info("%s of %s pulls are applied again.", number, len(pulls))
        fetches = rebuild_packages(connection, start_at, settings.zone())
        # Snapshots and movements last, because both are derived from the complete change log.
        days = days_to_publish(connection, start_at)
        for office_id, day in days:
            publish_again(connection, office_id, day)
        roll_up_since(connection, start_at)
        result = RebuildResult(start_at, len(pulls) + fetches, len(days))
        record_rebuild(
            connection, from_day, start_at, pulls=result.pulls, days=result.days, requested_by=process_user()
        )
    return result


def _check_raw(pulls: list[StoredPull]) -> None:
    # The last one, because a rebuild from any earlier day would need it as well.
    gone = [pull for pull in pulls if not pull.is_in_raw]
    if gone:
        last = max(pull.first_page_at for pull in gone)
        raise SettingError(
            f"Raw no longer has {len(gone)} of the pulls that are needed, the last of {last:%Y-%m-%d}:"
            " rebuild from a later day."
        )


def _apply_again(connection: Connection, pull: StoredPull) -> None:
    # Without ``with``: entering a Load commits, and leaving it rolls back; both would end the rebuild's transaction.
    load = Load(connection, pull.request, pull.pull_id)
    for page in decoded(pull, stored_pages(connection, pull)):
        load.add([page])
    load.apply_again(pull.outcome(complete=pull.status == "complete"))
