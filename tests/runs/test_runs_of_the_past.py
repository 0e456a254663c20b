"""Backfills, clears and triggers over a past that was seen in part: none of them invents any of it.

The world: pulled at two midnights five and four days ago, then by nobody until last midnight's run. With carrying
bounded at two days there are observed, carried and missing days, and hours that no pull covers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dag_rig import DagRig, Run
from system_rig import OFFICE_TASK, PUBLISH_TASK, SNAPSHOT, UPDATES, UPDATES_TASK
from world_rig import in_stock, office_notes

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
OVERLAP = dt.timedelta(minutes=10)
MIDNIGHT = dt.datetime(2025, 3, 20, 7, tzinfo=dt.UTC)
"""In Los Angeles."""
NOW = MIDNIGHT + dt.timedelta(minutes=70)
SEEN = [MIDNIGHT - ago * DAY + dt.timedelta(seconds=30) for ago in (5, 4)]
STATUS = {6: "observed", 5: "observed", 4: "carried_forward", 3: "carried_forward", 2: "missing", 1: "observed"}
"""By how many days ago a business day began."""
UNSEEN = "nobody saw the office near that day: it is missing, not zero"


def midnight(ago: int) -> dt.datetime:
    """The start of the business day that began so many days before the last midnight."""
    return MIDNIGHT - ago * DAY


def day(ago: int) -> dt.date:
    """That business day."""
    return dt.date(2025, 3, 20) - ago * DAY


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> Iterator[DagRig]:
    """That past, at the present, with an empty journal; afterwards the warehouse claims nothing that it should not."""
    rig = make_dag_rig(
        {"carry_forward_max_days": "2", "offices_per_task": "2"},
        seed=9,
        offices=2,
        products=20,
        life=8.0,
        start=midnight(8).isoformat(),
    )
    rig.go_to(SEEN[0])
    rig.rig.reference()
    for ago, moment in zip((5, 4), SEEN, strict=True):
        rig.go_to(moment)
        rig.rig.updates(midnight(ago) - HOUR)
        rig.rig.snapshot(midnight(ago) - DAY)
    rig.go_to(NOW)
    rig.requests()
    yield rig
    times = {instant for (instant,) in rig.query("SELECT DISTINCT observed_at FROM mart.inventory_change")}
    assert all(instant in {*SEEN, NOW} for instant in times), "a time without an observation"
    assert not rig.query("SELECT 1 FROM mart.inventory_daily WHERE snapshot_date > %s", day(1))
    assert not rig.query("SELECT 1 FROM mart.inventory_daily WHERE snapshot_date IN (%s, %s)", day(2), day(7))
    old = "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date < %s"
    assert {instant for (instant,) in rig.query(old, day(1))} <= set(SEEN)


@pytest.fixture
def published(rig: DagRig) -> DagRig:
    """The rig, after the run of the day that has just ended and a backfill of those before."""
    assert rig.run(SNAPSHOT, midnight(1), run_type="scheduled").state == "success"
    assert [run.state for run in rig.backfill(SNAPSHOT, days(4, 3, 2))] == ["success"] * 3
    rig.requests()
    return rig


def days(*ago: int) -> list[dt.datetime]:
    """The starts of business days."""
    return [midnight(each) for each in ago]


def daily(rig: DagRig) -> list[Any]:
    """Every row of the daily snapshots that a backfill could change."""
    return rig.query("SELECT d FROM mart.inventory_daily AS d ORDER BY snapshot_date, office_id, product_id")


def by_day(rig: DagRig, query: str) -> dict[int, set[str]]:
    """By how many days ago, the second column of a query's rows."""
    found: dict[int, set[str]] = {}
    for date, value in rig.query(query):
        found.setdefault((day(0) - date).days, set()).add(value)
    return found


def basis(rig: DagRig) -> dict[int, set[str]]:
    """By how many days ago, the basis of the published rows."""
    return by_day(rig, "SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily")


def coverage(rig: DagRig) -> dict[int, set[str]]:
    """By how many days ago, what mart.coverage says of all offices."""
    return by_day(rig, "SELECT business_date, status FROM mart.coverage")


def notes(run: Run) -> set[str | None]:
    """Return the results of the tasks of a run about their offices."""
    return office_notes([*run.returned(OFFICE_TASK), *run.returned(PUBLISH_TASK)])


def pages_of_updates(rig: DagRig) -> set[dt.datetime]:
    """Since when changes were asked for, from the journal; nothing else was."""
    asked = rig.requests()
    assert all(path.startswith("inventory/updated/") for path in asked)
    return {dt.datetime.fromtimestamp(int(path.rsplit("/", 1)[1]), dt.UTC) for path in asked}


def note_of_hour(run: Run) -> str | None:
    """Return the result of the task of an hour."""
    (value,) = run.returned(UPDATES_TASK)
    note: str | None = value["note"]
    return note


def test_past_days_are_published_from_observations_and_nothing_is_asked(rig: DagRig) -> None:
    assert rig.run(SNAPSHOT, midnight(1), run_type="scheduled").state == "success"  # the API can still be asked
    assert set(rig.requests()) == {f"inventory/office/{office}" for office in rig.offices}
    assert basis(rig) == {ago: {"observed"} for ago in (6, 5, 1)}
    expected = {ago: {status} for ago, status in STATUS.items()}
    assert coverage(rig) == expected, "the ledger knows, published or not"

    runs = rig.backfill(SNAPSHOT, days(4, 3, 2))
    assert [run.state for run in runs] == ["success"] * 3
    assert [run.interval_start for run in runs] == days(4, 3, 2)
    assert rig.requests() == []
    assert basis(rig) == {ago: {status} for ago, status in STATUS.items() if status != "missing"}
    assert coverage(rig) == expected
    assert notes(runs[0]) == {None}
    assert notes(runs[2]) == {UNSEEN}
    carried = "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date IN (%s, %s)"
    assert {at for (at,) in rig.query(carried, day(4), day(3))} <= set(SEEN)


def test_every_way_to_repeat_days_gives_the_same_rows(published: DagRig) -> None:
    before = daily(published)
    for reprocess in ("none", "failed"):
        # Every one of these days has a run that succeeded: Airflow itself finds nothing to do.
        assert published.backfill(SNAPSHOT, days(4, 3, 2), reprocess) == []
    runs = published.backfill(SNAPSHOT, days(4, 3), "completed", backwards=True)
    assert [run.interval_start for run in runs] == days(3, 4)
    assert {run.state for run in runs} == {"success"}
    assert daily(published) == before
    older = published.backfill(SNAPSHOT, days(7, 6), backwards=True)
    assert [run.interval_start for run in older] == days(6, 7)
    assert {run.state for run in older} == {"success"}
    assert notes(older[1]) == {UNSEEN}
    assert published.requests() == []
    assert daily(published) == before


def test_a_trigger_by_hand_invents_no_day(published: DagRig) -> None:
    before = daily(published)
    past = published.run(SNAPSHOT, logical_date=midnight(3) + 5 * HOUR)
    assert past.interval_start == midnight(4)
    assert past.state == "success"
    assert past.clear().state == "success"
    assert published.requests() == []
    assert daily(published) == before
    without = published.run(SNAPSHOT)
    assert without.interval_start is None
    assert without.state == "success"
    assert set(published.requests()) == {f"inventory/office/{office}" for office in published.offices}
    assert daily(published) == before, "what a published day depends on has not changed"
    assert in_stock(published.stock("mart.inventory_current")) == in_stock(published.truth(published.now))


def test_hours_that_no_pull_covers_are_closed_and_the_others_say_so(published: DagRig) -> None:
    rig, before = published, daily(published)
    assert rig.run(UPDATES, MIDNIGHT, run_type="scheduled").state == "success"
    assert pages_of_updates(rig) == {SEEN[1] - OVERLAP}
    first = midnight(5) - 8 * HOUR
    hours = [first, first + HOUR, first + 2 * HOUR]
    runs = rig.backfill(UPDATES, hours)
    assert [run.interval_start for run in runs] == hours
    pulled, *covered = (run.returned(UPDATES_TASK)[0] for run in runs)
    assert dt.datetime.fromisoformat(pulled["since"]) == first - OVERLAP
    assert pulled["note"] is None
    for value in covered:
        assert value["pull"] is None
        assert "is covered by a complete pull: no request is sent to the API" in value["note"]
    assert pages_of_updates(rig) == {first - OVERLAP}

    # Backwards, each hour is earlier than what is covered.
    earlier = [first - HOUR, first - 2 * HOUR]
    assert [run.interval_start for run in rig.backfill(UPDATES, earlier, backwards=True)] == earlier
    assert pages_of_updates(rig) == {first - span * HOUR - OVERLAP for span in (1, 2)}

    again = rig.backfill(UPDATES, [*earlier, first], "completed", backwards=True)
    assert len(again) == 3
    assert all("is covered" in str(note_of_hour(run)) for run in again)
    assert rig.requests() == []
    assert daily(rig) == before
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(rig.now))
    covered_hours = "SELECT DISTINCT hours_covered FROM mart.coverage WHERE business_date BETWEEN %s AND %s"
    assert rig.query(covered_hours, day(5), day(1)) == [(24,)]


def test_failed_hours_alone_are_reprocessed(published: DagRig) -> None:
    rig, hour = published, midnight(5) - 12 * HOUR
    rig.set_key("not-the-key-of-this-account")
    (failed,) = rig.backfill(UPDATES, [hour])
    assert failed.state == "failed"
    rig.behave()
    rig.requests()
    (run,) = rig.backfill(UPDATES, [hour], "failed")
    assert run.run_id == failed.run_id
    assert run.state == "success"
    assert pages_of_updates(rig) == {hour - OVERLAP}


def test_a_trigger_of_hours_by_hand_asks_for_now_or_says_why_not(published: DagRig) -> None:
    rig = published
    assert rig.run(UPDATES, MIDNIGHT, run_type="scheduled").state == "success"
    rig.requests()
    past = rig.run(UPDATES, logical_date=midnight(3))
    assert "is covered" in str(note_of_hour(past))
    assert "is covered" in str(note_of_hour(past.clear()))
    assert rig.requests() == []
    without = rig.run(UPDATES)
    assert without.state == "success"
    assert note_of_hour(without) is None
    assert len(pages_of_updates(rig)) == 1
