"""The business day of a run of ``inventory_snapshot_daily``, and its end in each office."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from indicaonline.errors import SettingError
from indicaonline.settings import Settings, now, to_utc


class DayPlan(msgspec.Struct, frozen=True):
    """The plan of one run: its business day, and whether it pulls the present."""

    business_day: dt.date | None
    pulls_present: bool


def day_from(text: str) -> dt.date:
    """Return a business day from its ISO text. Raises SettingError, one line, for anything else."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise SettingError(f"'{text[:40]}' is not a business day such as 2026-03-08.") from None


def plan_day(
    interval_start: dt.datetime | None,
    logical_date: dt.datetime | None,
    settings: Settings,
    time_zone: str | None = None,
    interval_end: dt.datetime | None = None,
) -> DayPlan:
    """Return the plan of a run. ``time_zone`` is that of the run's DAG, if not the business time zone.

    A manual run pulls the present. Every other run concerns the business day in which its data interval starts; if the
    interval has no length, the one that ended last before it, and a run of today pulls the present.
    """
    # From interval and logical date alone, not from the type of the run: clearing a run in a backfill changes its type
    # to backfill, so a type would give the same run two meanings. Runs by trigger may have no interval at all.
    if interval_start is None:
        return DayPlan(None, pulls_present=True)
    zone = ZoneInfo(time_zone) if time_zone else settings.zone()
    day, today = _date(interval_start, zone), _date(now(), zone)
    # A bare cron string as schedule gives such intervals. The day in which they lie has not ended.
    if interval_start == interval_end:
        day -= dt.timedelta(days=1)
    # A manual run has a logical date of now, after the interval that Airflow infers for it.
    by_hand = logical_date is not None and _date(logical_date, zone) == today != day
    return DayPlan(day, pulls_present=by_hand)


def day_of(plan: DayPlan, settings: Settings, office_id: int) -> dt.date:
    """Return the business day of a plan for an office: that of the run, or the one that ended last in the office."""
    return plan.business_day or yesterday(settings, office_id)


def day_end(settings: Settings, office_id: int, day: dt.date) -> dt.datetime:
    """Return the instant (UTC) at which a business day of an office ends."""
    # The next local midnight, not 24 hours after this one: a day has 23 or 25 hours where the clock changes.
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), settings.zone(office_id))
    return midnight.astimezone(dt.UTC)


def yesterday(settings: Settings, office_id: int | None = None, time_zone: str | None = None) -> dt.date:
    """Return the business day that ended last, in an office or a time zone, by default the business time zone."""
    zone = ZoneInfo(time_zone) if time_zone else settings.zone(office_id)
    return _date(now(), zone) - dt.timedelta(days=1)


def is_in_tolerance(settings: Settings, office_id: int, day: dt.date) -> bool:
    """Return True if a pull that starts now can be the closing pull of a business day of an office."""
    end = day_end(settings, office_id, day)
    return end <= now() <= end + settings.snapshot_tolerance


def _date(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return to_utc(instant).astimezone(zone).date()
