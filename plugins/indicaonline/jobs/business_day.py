"""Which business day a run of ``inventory_snapshot_daily`` is about, and when that day ends in each office."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from indicaonline.settings import Settings, now, to_utc


class DayPlan(msgspec.Struct, frozen=True):
    """The plan of one run: which business day it is about, and whether it also pulls the present."""

    business_day: dt.date | None
    pulls_present: bool


def plan_day(
    interval_start: dt.datetime | None,
    logical_date: dt.datetime | None,
    settings: Settings,
    time_zone: str | None = None,
) -> DayPlan:
    """The plan of a run, from its data interval and logical date alone: the same for a schedule, a backfill, a clear,
    a catch-up and a trigger by hand. ``time_zone`` is that of the run's DAG, if not the business time zone.

    A run without an interval, or with a logical date after its interval and in the business day that is now (a trigger
    by hand), pulls the present. Every other run is about the business day its interval starts in.
    """
    if interval_start is None:
        return DayPlan(None, pulls_present=True)
    zone = ZoneInfo(time_zone) if time_zone else settings.zone()
    day, today = _date(interval_start, zone), _date(now(), zone)
    by_hand = logical_date is not None and _date(logical_date, zone) == today != day
    return DayPlan(day, pulls_present=by_hand)


def day_of(plan: DayPlan, settings: Settings, office_id: int) -> dt.date:
    """The business day that a plan means for an office: the run's own, or the one that ended last there."""
    return plan.business_day or yesterday(settings, office_id)


def day_end(settings: Settings, office_id: int, day: dt.date) -> dt.datetime:
    """The instant (UTC) at which a business day of an office ends."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), settings.zone(office_id))
    return midnight.astimezone(dt.UTC)


def yesterday(settings: Settings, office_id: int | None = None, time_zone: str | None = None) -> dt.date:
    """The business day that ended last, of an office or in a time zone; in the business time zone if not given."""
    zone = ZoneInfo(time_zone) if time_zone else settings.zone(office_id)
    return _date(now(), zone) - dt.timedelta(days=1)


def is_in_tolerance(settings: Settings, office_id: int, day: dt.date) -> bool:
    """Whether a pull that starts now can still be the one that closes a business day of an office."""
    end = day_end(settings, office_id, day)
    return end <= now() <= end + settings.snapshot_tolerance


def _date(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return to_utc(instant).astimezone(zone).date()
