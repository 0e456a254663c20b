"""Backfills, clears and triggers in a real Airflow, over a past that was seen in part: none of them invents any of it.

The world: pulled at two midnights five and four days ago, then by nobody until Airflow starts. With carrying bounded at
two days there are observed, carried and missing days, and hours that no pull covers.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from indicaonline.settings import Settings
from local.history import Moment, Observer, project_clock
from local.settings import zone_just_after_midnight
from local.stack import Stack
from system_browser import logged_in
from system_rig import SNAPSHOT, UPDATES, State, SystemRig
from system_stack import thrown_away

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
OVERLAP = dt.timedelta(minutes=10)
STARTED = dt.datetime.now(dt.UTC)
ZONE = zone_just_after_midnight(STARTED)
MIDNIGHT = STARTED.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
WORLD = {"offices": "2", "products": "20", "life": "8", "clock": "standing", "start": (MIDNIGHT - 8 * DAY).isoformat()}
MOMENTS = [
    Moment(midnight + dt.timedelta(seconds=30), midnight - HOUR, (midnight - DAY,))
    for midnight in (MIDNIGHT - 5 * DAY, MIDNIGHT - 4 * DAY)
]
STATUS = {6: "observed", 5: "observed", 4: "carried_forward", 3: "carried_forward", 2: "missing", 1: "observed"}
"""By how many days ago a business day began."""

Row = tuple[Any, ...]


def day(ago: int) -> dt.date:
    """The business day that began so many days before the last midnight."""
    return (MIDNIGHT - ago * DAY).astimezone(ZoneInfo(ZONE)).date()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """An Airflow of its own, beside a warehouse with that past."""
    own = {"INDICAONLINE_CARRY_FORWARD_MAX_DAYS": "2", "INDICAONLINE_OFFICES_PER_TASK": "2"}
    with thrown_away({"INDICAONLINE_BUSINESS_TIME_ZONE": ZONE, **own}, WORLD, live_the_past, "backfills") as running:
        yield running


def live_the_past(stack: Stack) -> None:
    """Pull at the moments, by the same functions as the tasks; then stand at the present."""
    settings = Settings(business_time_zone=ZONE, carry_forward_max_days=2)
    observer = Observer(stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, settings)
    with project_clock():
        observer.see(MOMENTS[0].at)
        asyncio.run(observer.pull_names())
        asyncio.run(observer.live_through(MOMENTS))
    stack.simulation.stand_at(dt.datetime.now(dt.UTC))


@pytest.fixture
def rig(rig: SystemRig) -> Iterator[SystemRig]:
    """The rig, at the real present, with an empty journal, and a warehouse that claims nothing it should not."""
    rig.simulation.stand_at(max(rig.now, dt.datetime.now(dt.UTC)))
    rig.requests()
    yield rig
    seen = {moment.at for moment in MOMENTS}
    times = {instant for (instant,) in rig.query("SELECT DISTINCT observed_at FROM mart.inventory_change")}
    assert all(instant in seen or instant >= STARTED - HOUR for instant in times), "a time at which nobody looked"
    assert not rig.query("SELECT 1 FROM mart.inventory_daily WHERE snapshot_date > %s", day(1))
    assert not rig.query("SELECT 1 FROM mart.inventory_daily WHERE snapshot_date IN (%s, %s)", day(2), day(7))
    for (instant,) in rig.query(
        "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date < %s", day(1)
    ):
        assert instant in seen


def daily(rig: SystemRig) -> list[Row]:
    """Every row of the daily snapshots that a backfill could change."""
    return rig.query("SELECT d FROM mart.inventory_daily AS d ORDER BY snapshot_date, office_id, product_id")


def basis(rig: SystemRig) -> dict[int, set[str]]:
    """By how many days ago, the basis of the published rows."""
    found: dict[int, set[str]] = {}
    for date, name in rig.query("SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily"):
        found.setdefault((day(0) - date).days, set()).add(name)
    return found


def coverage(rig: SystemRig) -> dict[int, set[str]]:
    """By how many days ago, what mart.coverage says of all offices."""
    found: dict[int, set[str]] = {}
    for date, status in rig.query("SELECT business_date, status FROM mart.coverage"):
        found.setdefault((day(0) - date).days, set()).add(status)
    return found


def notes(rig: SystemRig, run: dict[str, Any]) -> set[str | None]:
    """What a run that asked nothing of the API said of its offices."""
    return {office["note"] for value in rig.returned(run, "publish_offices") for office in value["offices"]}


def in_stock(state: State) -> State:
    """Without what is at zero: the warehouse keeps what an office no longer lists, the truth does not."""
    return {key: value for key, value in state.items() if value[1] != 0}


def start(run: dict[str, Any]) -> dt.datetime:
    """The start of a run's data interval."""
    return dt.datetime.fromisoformat(run["data_interval_start"])


def test_past_days_are_published_from_observations_and_nothing_is_asked(rig: SystemRig) -> None:
    assert rig.run_due(SNAPSHOT)["state"] == "success"  # the day that has just ended: the API can still be asked
    assert set(rig.requests()) == {f"inventory/office/{office}" for office in rig.offices}
    assert basis(rig) == {ago: {"observed"} for ago in (6, 5, 1)}
    expected = {ago: {status} for ago, status in STATUS.items()}
    assert coverage(rig) == expected, "the ledger knows, published or not"

    runs = rig.backfill(SNAPSHOT, MIDNIGHT - 4 * DAY, MIDNIGHT - 2 * DAY)
    assert [run["state"] for run in runs] == ["success"] * 3
    assert [start(run) for run in runs] == [MIDNIGHT - ago * DAY for ago in (4, 3, 2)]
    assert rig.requests() == []
    assert basis(rig) == {ago: {status} for ago, status in STATUS.items() if status != "missing"}
    assert coverage(rig) == expected
    assert notes(rig, runs[0]) == {None}
    assert notes(rig, runs[2]) == {"nobody saw the office near that day: it is missing, not zero"}
    carried = "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date IN (%s, %s)"
    assert {at for (at,) in rig.query(carried, day(4), day(3))} <= {moment.at for moment in MOMENTS}


def test_every_way_to_repeat_days_gives_the_same_rows(rig: SystemRig) -> None:
    before = daily(rig)
    first, last = MIDNIGHT - 4 * DAY, MIDNIGHT - 2 * DAY
    ran = {run["dag_run_id"]: run["end_date"] for run in rig.rest.runs(SNAPSHOT)}
    body = {"dag_id": SNAPSHOT, "from_date": first.isoformat(), "to_date": last.isoformat()}
    for reprocess in ("none", "failed"):
        # Every one of these days has a run that succeeded: Airflow itself finds nothing to do.
        number = rig.rest.call("POST", "backfills", {**body, "reprocess_behavior": reprocess})["id"]
        rig.backfilled(SNAPSHOT, number, [])
    assert {run["dag_run_id"]: run["end_date"] for run in rig.rest.runs(SNAPSHOT)} == ran
    runs = rig.backfill(SNAPSHOT, first, MIDNIGHT - 3 * DAY, "completed", backwards=True)
    assert [start(run) for run in runs] == [MIDNIGHT - 3 * DAY, first]
    assert {run["state"] for run in runs} == {"success"}
    assert daily(rig) == before
    assert rig.requests() == []


def test_a_trigger_by_hand_invents_no_day(rig: SystemRig) -> None:
    before = daily(rig)
    past = rig.run_now(SNAPSHOT, MIDNIGHT - 3 * DAY + 5 * HOUR)
    assert start(past) == MIDNIGHT - 4 * DAY
    assert past["state"] == "success"
    assert rig.clear(past)["state"] == "success"
    assert rig.waits_for_its_date(SNAPSHOT, MIDNIGHT + 3 * DAY)
    assert rig.requests() == []
    assert daily(rig) == before
    without = rig.run_now(SNAPSHOT)
    assert without["logical_date"] is None
    assert without["state"] == "success"
    assert set(rig.requests()) == {f"inventory/office/{office}" for office in rig.offices}
    assert daily(rig) == before, "what a published day rests on has not changed"
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(rig.now))


def test_hours_that_no_pull_covers_are_closed_and_the_others_say_so(rig: SystemRig) -> None:
    before = daily(rig)
    assert rig.run_due(UPDATES)["state"] == "success"
    assert pages_of_updates(rig) == {MOMENTS[1].at - OVERLAP}
    first = MIDNIGHT - 5 * DAY - 8 * HOUR
    runs = rig.backfill(UPDATES, first, first + 2 * HOUR)
    assert [start(run) for run in runs] == [first, first + HOUR, first + 2 * HOUR]
    pulled, *covered = (value for run in runs for value in rig.returned(run, "pull_updates"))
    assert dt.datetime.fromisoformat(pulled["since"]) == first - OVERLAP
    assert pulled["note"] is None
    for value in covered:
        assert value["pull"] is None
        assert "is covered by a complete pull: nothing is asked of the API" in value["note"]
    assert pages_of_updates(rig) == {first - OVERLAP}

    # Backwards, each hour is earlier than what is covered.
    earlier = rig.backfill(UPDATES, first - 2 * HOUR, first - HOUR, backwards=True)
    assert [start(run) for run in earlier] == [first - HOUR, first - 2 * HOUR]
    assert pages_of_updates(rig) == {first - span * HOUR - OVERLAP for span in (1, 2)}

    again = rig.backfill(UPDATES, first - 2 * HOUR, first, "completed", backwards=True)
    assert len(again) == 3
    assert all("is covered" in value["note"] for run in again for value in rig.returned(run, "pull_updates"))
    assert rig.requests() == []
    assert daily(rig) == before
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(rig.now))
    hours = "SELECT DISTINCT hours_covered FROM mart.coverage WHERE business_date BETWEEN %s AND %s"
    assert rig.query(hours, day(5), day(1)) == [(24,)]


def test_failed_hours_alone_are_reprocessed(rig: SystemRig) -> None:
    hour = MIDNIGHT - 5 * DAY - 12 * HOUR
    rig.set_key("not-the-key-of-this-account")
    (failed,) = rig.backfill(UPDATES, hour, hour)
    assert failed["state"] == "failed"
    rig.behave()
    rig.requests()
    (run,) = rig.backfill(UPDATES, hour, hour, "failed")
    assert run["dag_run_id"] == failed["dag_run_id"]
    assert run["state"] == "success"
    assert pages_of_updates(rig) == {hour - OVERLAP}


def test_a_trigger_of_hours_by_hand_asks_for_now_or_says_why_not(rig: SystemRig) -> None:
    past = rig.run_now(UPDATES, MIDNIGHT - 3 * DAY)
    assert "is covered" in rig.returned(past, "pull_updates")[0]["note"]
    assert "is covered" in rig.returned(rig.clear(past), "pull_updates")[0]["note"]
    assert rig.waits_for_its_date(UPDATES, MIDNIGHT + 3 * DAY)
    assert rig.requests() == []
    without = rig.run_now(UPDATES)
    assert without["state"] == "success"
    assert rig.returned(without, "pull_updates")[0]["note"] is None
    assert len(pages_of_updates(rig)) == 1


def pages_of_updates(rig: SystemRig) -> set[dt.datetime]:
    """Since when changes were asked for, from the journal; nothing else was."""
    asked = rig.requests()
    assert all(path.startswith("inventory/updated/") for path in asked)
    return {dt.datetime.fromtimestamp(int(path.rsplit("/", 1)[1]), dt.UTC) for path in asked}


@pytest.mark.browser
def test_a_backfill_from_the_ui(rig: SystemRig, chromium: str, artefacts: Path) -> None:
    before = daily(rig)
    known = {run["dag_run_id"] for run in rig.rest.runs(SNAPSHOT)}
    with logged_in(chromium, rig.stack.airflow) as page:
        page.goto(f"/dags/{SNAPSHOT}")
        page.get_by_role("button", name="Trigger").first.click()
        form = page.get_by_role("dialog")
        form.get_by_text("Backfill", exact=True).first.click()
        for field, ago in enumerate((7, 6)):
            instant = MIDNIGHT - ago * DAY
            form.get_by_test_id("datetime-input").nth(field).click()
            page.get_by_placeholder("YYYY/MM/DD").fill(f"{instant:%Y/%m/%d}")
            page.get_by_placeholder("HH:mm").fill(f"{instant:%H:%M}")
            form.get_by_text("Date Range", exact=True).click()
            expect(page.get_by_placeholder("HH:mm")).to_have_count(0)
        form.get_by_text("All Runs", exact=True).click()
        form.get_by_text("Run Backwards", exact=True).click()
        expect(form.get_by_text("2 runs will be triggered.")).to_be_visible()
        page.screenshot(path=artefacts / "backfill-form.png")
        with page.expect_response(lambda answer: answer.url.endswith("/api/v2/backfills")) as answer:
            form.get_by_role("button", name="Run Backfill").click()
        number = answer.value.json()["id"]
        dates = [(MIDNIGHT - ago * DAY).isoformat() for ago in (7, 6)]
        runs = rig.backfilled(SNAPSHOT, number, dates)
        page.goto(f"/dags/{SNAPSHOT}/backfills")
        page.wait_for_timeout(1000)
        page.screenshot(path=artefacts / "backfills.png")
    assert not known & {run["dag_run_id"] for run in runs}
    assert [start(run) for run in runs] == [MIDNIGHT - 6 * DAY, MIDNIGHT - 7 * DAY]
    assert {run["state"] for run in runs} == {"success"}
    assert notes(rig, runs[1]) == {"nobody saw the office near that day: it is missing, not zero"}
    assert rig.requests() == []
    assert daily(rig) == before
