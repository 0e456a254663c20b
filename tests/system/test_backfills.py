"""Backfills, clears and triggers in a real Airflow, over a past that was seen in part: none of them invents any of it.

What each of them comes to, hours too, is tested in tests/runs; here it is that Airflow makes those runs of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from system_life import DAY, HOUR, Past
from system_rig import PUBLISH_TASK, SNAPSHOT, SystemRig
from world_rig import office_notes

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

STATUS = {6: "observed", 5: "observed", 4: "carried_forward", 3: "carried_forward", 2: "missing", 1: "observed"}
"""By how many days ago a business day began."""
UNSEEN = "nobody saw the office near that day: it is missing, not zero"

Row = tuple[Any, ...]


@pytest.fixture
def rig(rig: SystemRig, past: Past) -> Iterator[SystemRig]:
    """The rig; afterwards the warehouse claims nothing that it should not."""
    yield rig
    seen = {moment.at for moment in past.moments}
    times = {instant for (instant,) in rig.query("SELECT DISTINCT observed_at FROM mart.inventory_change")}
    assert all(instant in seen or instant >= past.present for instant in times), "a time without an observation"
    published = "SELECT 1 FROM mart.inventory_daily WHERE snapshot_date"
    assert not rig.query(f"{published} > %s", past.day(1))
    assert not rig.query(f"{published} IN (%s, %s)", past.day(2), past.day(7))
    old = "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date < %s"
    assert {instant for (instant,) in rig.query(old, past.day(1))} <= seen


@pytest.fixture
def backfilled(rig: SystemRig, past: Past) -> list[dict[str, Any]]:
    """The runs of a backfill of three past days, made by the first test that needs them; the latest one's day last."""
    if not (runs := _runs_of_days(rig, past, 4, 3, 2)):
        rig.backfill(SNAPSHOT, past.midnight(4), past.midnight(2))
        runs = _runs_of_days(rig, past, 4, 3, 2)
    return runs


def _runs_of_days(rig: SystemRig, past: Past, *ago: int) -> list[dict[str, Any]]:
    """The runs of these days."""
    wanted = [past.midnight(each) for each in ago]
    runs = [run for run in rig.rest.runs(SNAPSHOT) if run["run_type"] == "backfill" and start(run) in wanted]
    return sorted(runs, key=start)


def daily(rig: SystemRig) -> list[Row]:
    """Every row of the daily snapshots that a backfill could change."""
    return rig.query("SELECT d FROM mart.inventory_daily AS d ORDER BY snapshot_date, office_id, product_id")


def by_day(rig: SystemRig, past: Past, query: str) -> dict[int, set[str]]:
    """By how many days ago, the second column of a query's rows."""
    found: dict[int, set[str]] = {}
    for date, value in rig.query(query):
        found.setdefault((past.day(0) - date).days, set()).add(value)
    return found


def notes(rig: SystemRig, run: dict[str, Any]) -> set[str | None]:
    """Return the results of a run without API requests about its offices."""
    return office_notes(rig.returned(run, PUBLISH_TASK))


def start(run: dict[str, Any]) -> dt.datetime | None:
    """The start of a run's data interval."""
    instant = run["data_interval_start"]
    return instant and dt.datetime.fromisoformat(instant)


def test_past_days_are_published_from_observations(
    rig: SystemRig, backfilled: list[dict[str, Any]], past: Past
) -> None:
    assert [run["state"] for run in backfilled] == ["success"] * 3
    assert [start(run) for run in backfilled] == [past.midnight(ago) for ago in (4, 3, 2)]
    assert [run["start_date"] for run in backfilled] == sorted(run["start_date"] for run in backfilled)
    assert rig.requests() == []
    basis = by_day(rig, past, "SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily")
    assert basis == {ago: {status} for ago, status in STATUS.items() if status != "missing"}
    coverage = by_day(rig, past, "SELECT business_date, status FROM mart.coverage")
    assert coverage == {ago: {status} for ago, status in STATUS.items()}
    assert notes(rig, backfilled[0]) == {None}
    assert notes(rig, backfilled[2]) == {UNSEEN}


def test_every_way_to_repeat_days_gives_the_same_rows(
    rig: SystemRig, backfilled: list[dict[str, Any]], past: Past
) -> None:
    before = daily(rig)
    ran = {run["dag_run_id"]: run["end_date"] for run in rig.rest.runs(SNAPSHOT)}
    dates = {"from_date": past.midnight(4).isoformat(), "to_date": past.midnight(2).isoformat()}
    for reprocess in ("none", "failed"):
        # Every one of these days has a run that succeeded: Airflow itself finds nothing to do.
        body = {"dag_id": SNAPSHOT, **dates, "reprocess_behavior": reprocess}
        rig.backfilled(SNAPSHOT, rig.rest.call("POST", "backfills", body)["id"], [])
    assert {run["dag_run_id"]: run["end_date"] for run in rig.rest.runs(SNAPSHOT)} == ran
    runs = rig.backfill(SNAPSHOT, past.midnight(4), past.midnight(3), "completed", backwards=True)
    assert [start(run) for run in runs] == [past.midnight(3), past.midnight(4)]
    assert {run["state"] for run in runs} == {"success"}
    assert daily(rig) == before
    assert rig.requests() == []


def test_a_trigger_with_a_date_invents_no_day(rig: SystemRig, backfilled: list[dict[str, Any]], past: Past) -> None:
    before = daily(rig)
    run = rig.run_now(SNAPSHOT, past.midnight(3) + 5 * HOUR)
    assert start(run) == past.midnight(4)
    assert run["state"] == "success"
    assert rig.clear(run)["state"] == "success"
    assert rig.waits_for_its_date(SNAPSHOT, past.midnight(0) + 3 * DAY)
    assert rig.requests() == []
    assert daily(rig) == before


@pytest.mark.browser
def test_a_backfill_from_the_ui(rig: SystemRig, past: Past, page: Page, artefacts: Path) -> None:
    before, known = daily(rig), rig.run_ids(SNAPSHOT)
    with rig.unpaused(SNAPSHOT):
        page.goto(f"/dags/{SNAPSHOT}")
        page.get_by_role("button", name="Trigger").first.click()
        form = page.get_by_role("dialog")
        form.get_by_text("Backfill", exact=True).first.click()
        for field, ago in enumerate((7, 6)):
            instant = past.midnight(ago)
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
        dates = [past.midnight(ago).isoformat() for ago in (7, 6)]
        runs = rig.backfilled(SNAPSHOT, number, dates)
        page.goto(f"/dags/{SNAPSHOT}/backfills")
        page.screenshot(path=artefacts / "backfills.png")
    assert not known & {run["dag_run_id"] for run in runs}
    assert [start(run) for run in runs] == [past.midnight(6), past.midnight(7)]
    assert {run["state"] for run in runs} == {"success"}
    assert notes(rig, runs[1]) == {UNSEEN}
    assert rig.requests() == []
    assert daily(rig) == before
