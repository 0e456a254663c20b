"""Offices in many time zones: each is pulled right after its own midnight, whatever the business time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import apply_settings
from office_runs import Run, scheduled_runs, snapshot_dags
from oracle import assert_true_to_life
from rig import Rig

DAY = dt.timedelta(days=1)
ZONES = ["Pacific/Honolulu", "America/Los_Angeles", "America/New_York", "Asia/Kolkata"]
CLOCK_CHANGES = [dt.date(2025, 3, 9), dt.date(2025, 11, 2)]
OFFICES = [101, 108, 115, 122]
"""The ids that the simulator gives to four offices."""

DAILY = "inventory_snapshot_daily"

MakeRig = Callable[..., Rig]


def in_zones(business_zone: str, zones: list[str]) -> Settings:
    """Settings with an office in each zone; those of the business time zone need no entry."""
    own = {office: zone for office, zone in zip(OFFICES, zones, strict=True) if zone != business_zone}
    return Settings(business_time_zone=business_zone, office_time_zones=own)


def starts(make_rig: MakeRig, settings: Settings, at: dt.datetime) -> Rig:
    """A rig whose four offices are known, at an instant. Nothing happens between a midnight and the run at it."""
    rig = make_rig(settings, seed=71, offices=4, products=8, life=6.0, start=at.isoformat())
    assert rig.offices == OFFICES
    rig.reference("offices")
    return rig


def live_through(rig: Rig, runs: list[Run]) -> None:
    """Let each run start at its own instant, and ask what its check asks."""
    for run in runs:
        rig.step(seconds=(run.end - rig.tick()).total_seconds())
        todo, results = run.work(rig)
        published = {result.office_id for result in results if result.publication}
        assert set(todo.due) <= published, run
        check = "SELECT * FROM ops.publication_check WHERE snapshot_date = %s AND office_id = ANY(%s)"
        for row in rig.query(check, [todo.business_day, todo.due]):
            assert row["is_published"], run
            assert row["rows_found"] == row["row_count"], run


def ended_days(rig: Rig, office: int, first: dt.datetime) -> list[dt.date]:
    """The business days of an office whose end lies between an instant and now."""
    zone = rig.settings.zone(office)
    day, today = first.astimezone(zone).date(), rig.tick().astimezone(zone).date()
    if first == midnight(day, zone):
        day -= DAY
    return [day + number * DAY for number in range((today - day).days)]


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The instant at which a day begins."""
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def assert_every_day_is_observed(rig: Rig, first: dt.datetime) -> None:
    """Every day of every office since an instant is what the office held at its own midnight."""
    for office in rig.offices:
        days = ended_days(rig, office, first)
        assert len(days) >= 2
        coverage = rig.query("SELECT business_date, status FROM mart.coverage WHERE office_id = %s", [office])
        found = {row["business_date"]: row["status"] for row in coverage}
        assert {day: found.get(day) for day in days} == dict.fromkeys(days, "observed"), office
        for day in days:
            rows = rig.query(
                "SELECT product_id, quantity FROM mart.inventory_daily WHERE office_id = %s AND snapshot_date = %s",
                [office, day],
            )
            assert {row["product_id"]: row["quantity"] for row in rows if row["quantity"]} == {
                line.product_id: line.quantity
                for line in rig.simulator.world.truth.office(office, midnight(day + DAY, rig.settings.zone(office)))
                if line.quantity
            }


@pytest.mark.parametrize("clock_change", CLOCK_CHANGES, ids=str)
@pytest.mark.parametrize("business_zone", ZONES)
def test_every_office_is_observed_at_its_own_midnight(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, business_zone: str, clock_change: dt.date
) -> None:
    settings = in_zones(business_zone, ZONES)
    first = dt.datetime.combine(clock_change - DAY, dt.time(3), dt.UTC)
    rig = starts(make_rig, settings, first)
    dags = snapshot_dags(settings, monkeypatch)
    assert len(dags) == len(ZONES)
    live_through(rig, scheduled_runs(dags, first, first + 3 * DAY))
    assert_every_day_is_observed(rig, first)
    assert_true_to_life(rig)


def test_a_time_zone_that_is_added_later(make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Settings(business_time_zone="America/New_York")
    first = dt.datetime(2025, 3, 7, 3, tzinfo=dt.UTC)
    rig = starts(make_rig, before, first)
    dags = snapshot_dags(before, monkeypatch)
    assert list(dags) == [DAILY]
    live_through(rig, scheduled_runs(dags, first, first + 2 * DAY))
    assert_every_day_is_observed(rig, first)

    rig.settings = in_zones(
        "America/New_York", ["America/New_York", "Pacific/Honolulu", "Asia/Kathmandu", "Asia/Tokyo"]
    )
    with rig.connect() as connection:
        apply_settings(connection, rig.settings, may_move_days=True)
    added = rig.tick()
    dags = snapshot_dags(rig.settings, monkeypatch)
    assert len(dags) == 4
    live_through(rig, scheduled_runs(dags, added + dt.timedelta(seconds=1), added + 3 * DAY))
    assert_every_day_is_observed(rig, added + dt.timedelta(seconds=1))
    assert_true_to_life(rig)


def test_a_backfill_of_the_one_dag_publishes_the_day_of_every_office_and_asks_nothing(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = in_zones("America/New_York", ZONES)
    first = dt.datetime(2025, 3, 8, 3, tzinfo=dt.UTC)
    rig = starts(make_rig, settings, first)
    runs = scheduled_runs(snapshot_dags(settings, monkeypatch), first, first + 3 * DAY)
    live_through(rig, runs)
    everything = "SELECT * FROM mart.inventory_daily ORDER BY snapshot_date, office_id, product_id"
    before = rig.query(everything)
    rig.step(days=3)
    rig.simulator.requests.reset()
    backfilled: dict[dt.date, list[int]] = {}
    for run in runs:
        if run.dag_id == DAILY:
            todo, _ = run.work(rig)
            assert (todo.pulled, todo.waiting) == ([], [])
            backfilled[todo.business_day] = todo.due
    assert len(backfilled) == 3
    assert all(due == rig.offices for due in backfilled.values())
    assert len(rig.simulator.requests) == 0
    days = [row for row in rig.query(everything) if (row["snapshot_date"], row["office_id"]) in _keys(before)]
    assert days == before


def test_a_run_leaves_an_office_alone_whose_day_has_not_ended(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = in_zones("America/New_York", ZONES)
    first = dt.datetime(2025, 3, 8, 4, tzinfo=dt.UTC)
    rig = starts(make_rig, settings, first)
    (run,) = scheduled_runs({DAILY: snapshot_dags(settings, monkeypatch)[DAILY]}, first, first + DAY)
    rig.step(seconds=(run.end - rig.tick()).total_seconds())
    todo, results = run.work(rig)
    assert [waiting.office.office_id for waiting in todo.waiting] == OFFICES[:2]
    assert [waiting.ends_at.hour for waiting in todo.waiting] == [10, 8]
    assert [result.office_id for result in results] == todo.due == OFFICES[2:]
    # Kolkata's day ended more than the tolerance before: it is published from what was seen, here nothing.
    assert [office.office_id for office in todo.pulled] == [OFFICES[2]]


def _keys(rows: list[dict[str, Any]]) -> set[tuple[dt.date, int]]:
    return {(row["snapshot_date"], row["office_id"]) for row in rows}
