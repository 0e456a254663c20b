"""The datasets of the view Coverage: gaps that a backfill closes, and what a comparison of two days may say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pendulum
import psycopg
import pytest
from dataset_rows import read
from psycopg.rows import dict_row

from rig import Rig

HOUR = dt.timedelta(hours=1)
# 23 hours in Los Angeles: from 08:00 to 07:00 in UTC.
SHORT_DAY = dt.date(2025, 3, 9)
DAY_BEFORE = SHORT_DAY - dt.timedelta(days=1)
OFFICE = 101


def rows_of(rig: Rig, name: str, **given: object) -> list[dict[str, Any]]:
    with rig.connect() as connection:
        return read(connection, name, **given)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """The short day, pulled every hour but for two gaps: from 10:00 to 13:00 and from 20:00 to 21:00 in UTC."""
    world = {"seed": 62, "offices": 2, "products": 12, "life": 12.0, "start": "2025-03-09T08:00:00+00:00"}
    return make_rig(past=pulled_but_for_gaps, **world)


def pulled_but_for_gaps(rig: Rig) -> None:
    rig.step(minutes=1)
    rig.snapshot(rig.day_start(DAY_BEFORE))
    for ended in range(9, 32):
        rig.step(hours=1)
        # A run would close the gap before it, because it starts at the watermark: pulls since the hour alone do not.
        if ended not in (11, 12, 13, 21):
            with rig.connect() as connection:
                connection.execute("UPDATE ops.watermark SET reached_at = %s", [rig.hour()])
            rig.updates(rig.hour())
    rig.step(minutes=1)
    rig.snapshot(rig.day_start(SHORT_DAY))


def test_the_gaps_of_a_day_are_closed_by_the_runs_that_they_name(rig: Rig) -> None:
    day = {"office": OFFICE, "first_day": SHORT_DAY, "last_day": SHORT_DAY}
    (coverage,) = rows_of(rig, "coverage_day", office=OFFICE, day=SHORT_DAY)
    gaps = rows_of(rig, "uncovered_hours", **day)
    assert [(gap["gap_start"].hour, gap["gap_end"].hour, gap["hours"]) for gap in gaps] == [(10, 13, 3), (20, 21, 1)]
    assert coverage["hours"] == 23
    assert sum(gap["hours"] for gap in gaps) == coverage["hours"] - coverage["hours_covered"]
    assert [(gap["first_run"], gap["last_run"]) for gap in gaps] == [
        (gap["gap_start"], gap["gap_end"] - HOUR) for gap in gaps
    ]
    # The runs of the last gap, then those of the first one: each closes its own, and all gaps after it.
    for gap in reversed(gaps):
        hours = range(gap["hours"])
        runs = [rig.updates(pendulum.from_timestamp((gap["first_run"] + HOUR * n).timestamp())) for n in hours]
        assert [run.pull is not None for run in runs] == [True] + [False] * (len(runs) - 1)
        assert gap not in rows_of(rig, "uncovered_hours", **day)
    assert rows_of(rig, "uncovered_hours", **day) == []
    (coverage,) = rows_of(rig, "coverage_day", office=OFFICE, day=SHORT_DAY)
    assert coverage["hours_covered"] == 23


def test_hours_of_a_day_between_those_of_utc_have_their_runs(rig: Rig) -> None:
    """In Newfoundland a day begins at 02:30 in UTC: both runs that meet its hours are named."""
    with rig.connect() as connection:
        connection.execute("UPDATE ops.setting SET value = 'America/St_Johns' WHERE name = 'business_time_zone'")
    gap = rows_of(rig, "uncovered_hours", office=OFFICE, first_day=SHORT_DAY, last_day=SHORT_DAY)[0]
    assert (gap["gap_start"].minute, gap["first_run"].minute, gap["last_run"].minute) == (30, 0, 0)
    assert gap["first_run"] <= gap["gap_start"]
    assert gap["last_run"] < gap["gap_end"] <= gap["last_run"] + HOUR


def test_the_pulls_of_a_day_begin_with_the_one_that_closed_it(rig: Rig) -> None:
    (coverage,) = rows_of(rig, "coverage_day", office=OFFICE, day=SHORT_DAY)
    pulls = rows_of(rig, "day_pulls", office=OFFICE, day=SHORT_DAY)
    assert (pulls[0]["pull_id"], pulls[0]["role"]) == (coverage["closing_pull_id"], "closing pull")
    assert {pull["role"] for pull in pulls[1:]} == {"during the day", "changes of all offices"}
    # The other office has its own pulls.
    assert sum(pull["kind"] == "office" for pull in pulls) == 2
    assert coverage["last_pull_id"] == next(pull["pull_id"] for pull in pulls if pull["role"] == "during the day")
    assert coverage["can_be_pulled"] is True
    rig.step(hours=6)
    (coverage,) = rows_of(rig, "coverage_day", office=OFFICE, day=SHORT_DAY)
    assert coverage["can_be_pulled"] is False


def test_a_period_counts_the_days_of_each_office(rig: Rig) -> None:
    # Two days later, the days since have no pull but those before: carried forward, without covered hours.
    rig.step(days=2)
    found = rows_of(rig, "coverage_offices", first_day=SHORT_DAY, last_day=SHORT_DAY + dt.timedelta(days=2))
    assert [(row["office_id"], row["observed"], row["carried_forward"], row["missing"]) for row in found] == [
        (office, 1, 2, 0) for office in rig.offices
    ]
    assert {(row["hours_covered"], row["hours"]) for row in found} == {(19, 23 + 48)}
    assert {row["last_unobserved_day"] for row in found} == {dt.date(2025, 3, 11)}


# ---- the comparison of two days

Stock = dict[int, tuple[str, str]]


@pytest.fixture
def compare(warehouse_dsn: str) -> Callable[[Stock | None, Stock | None], dict[int, dict[str, Any]]]:
    """Publishes two days by hand, each as {product: (quantity, measurement)} or None, and compares them."""

    def changes(before: Stock | None, after: Stock | None) -> dict[int, dict[str, Any]]:
        with psycopg.connect(warehouse_dsn, row_factory=dict_row) as connection:
            for day, stock in ((DAY_BEFORE, before), (SHORT_DAY, after)):
                if stock is not None:
                    publish(connection, day, stock)
            found = read(connection, "day_changes", office=OFFICE, day=SHORT_DAY)
            connection.rollback()
        return {row["product_id"]: row for row in found}

    return changes


def publish(connection: psycopg.Connection[Any], day: dt.date, stock: Stock) -> None:
    connection.execute("SELECT ops.ensure_partitions(%s, %s)", (day, day))
    connection.execute(
        "INSERT INTO ops.publication (snapshot_date, office_id, basis, day_end, depends_until, row_count)"
        " VALUES (%(day)s, %(office)s, 'carried_forward', %(end)s, %(end)s, %(rows)s)",
        {"day": day, "office": OFFICE, "end": f"{day + dt.timedelta(days=1)}T08:00Z", "rows": len(stock)},
    )
    for product, (quantity, measurement) in stock.items():
        connection.execute(
            "INSERT INTO inventory.daily_stock"
            " (snapshot_date, office_id, product_id, measurement, quantity, basis, observed_at)"
            " VALUES (%s, %s, %s, %s, %s, 'carried_forward', %s)",
            (day, OFFICE, product, measurement, quantity, f"{day}T12:00Z"),
        )


def test_changes_say_what_became_of_each_product(compare: Callable[..., dict[int, dict[str, Any]]]) -> None:
    found = compare(
        {1: ("5", "unit"), 2: ("5", "unit"), 3: ("5", "unit"), 4: ("0", "unit"), 5: ("5", "unit"), 6: ("5", "unit"),
         7: ("0", "unit"), 8: ("5", "unit"), 9: ("0", "unit")},
        {1: ("5", "unit"), 2: ("7.50", "unit"), 3: ("4", "unit"), 4: ("6", "unit"), 5: ("0", "unit"),
         6: ("5", "weight"), 9: ("0", "weight"), 10: ("3", "unit")},
    )  # fmt: skip
    assert {product: (row["change"], row["difference"]) for product, row in found.items()} == {
        2: ("increased", Decimal("2.50")),
        3: ("decreased", Decimal(-1)),
        4: ("appeared", Decimal(6)),
        5: ("gone", Decimal(-5)),
        # Weight and unit quantities are never subtracted.
        6: ("other measurement", None),
        # Without a row on one of the days, the quantity of that day is not known: it is not 0.
        8: ("gone", None),
        10: ("appeared", None),
    }


@pytest.mark.parametrize(("before", "after"), [(None, {1: ("5", "unit")}), ({1: ("5", "unit")}, None)])
def test_nothing_appears_or_goes_where_a_day_is_missing(
    compare: Callable[..., dict[int, dict[str, Any]]], before: Stock | None, after: Stock | None
) -> None:
    assert compare(before, after) == {}
