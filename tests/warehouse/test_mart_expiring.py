"""Rates of depletion, and what expires before it is used: against a plain day-by-day model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mart_history import History, at

TODAY = dt.date(2025, 3, 10)


@pytest.fixture
def past(warehouse_dsn: str) -> Iterator[History]:
    with psycopg.connect(warehouse_dsn) as connection:
        yield History(connection)


def days_ago(*numbers: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=number) for number in numbers]


def rates(past: History) -> list[tuple[Any, ...]]:
    columns = "product_id, measurement, depletion, known_days, depletion_per_day, window_days"
    return past.query(f"SELECT {columns} FROM inventory.depletion_rate ORDER BY office_id, product_id")


def expiring(
    past: History, columns: str = "package_id, days_left, quantity, at_risk_quantity"
) -> list[tuple[Any, ...]]:
    return past.values("expiring_stock", columns)


def best_by(past: History, **days: int | None) -> None:
    """Packages p7, p8... by how many days from today their best-by day is."""
    for name, left in days.items():
        date = None if left is None else TODAY + dt.timedelta(days=left)
        past.versions(int(name[1:]), (at(-50), {"best_by": date}))


# -- rates


def test_the_rate_is_what_went_down_over_the_days_that_are_known(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 40)))
    past.publish(102, *days_ago(1, 2))
    past.stock(101, 1, at(-60), {7: 100})
    past.stock(101, 1, at(-29), {7: 90})  # before the window
    past.stock(101, 1, at(-28), {7: 80})
    past.stock(101, 1, at(-20), {7: 85})  # a rise is no negative depletion
    past.stock(101, 1, at(-1), {7: 67})
    past.stock(101, 1, at(0), {7: 50})  # today is not over
    past.stock(101, 2, at(-60), {8: 1})
    assert rates(past) == [(1, "weight", 28, 28, 1, 28), (2, "weight", 0, 28, 0, 28)]


def test_missing_days_are_not_known_and_carried_ones_are(past: History) -> None:
    past.stock(101, 1, at(-60), {7: 100})
    assert rates(past) == [(1, "weight", 0, 0, None, 28)]
    past.publish(101, *days_ago(3, 4, 5))
    past.publish(101, *days_ago(2), basis="carried_forward")
    past.publish(101, *days_ago(1), basis="missing")
    past.stock(101, 1, at(-2), {7: 90})
    assert rates(past) == [(1, "weight", 10, 4, Decimal("2.5"), 28)]
    past.sync(supply_window_days=2)
    assert rates(past) == [(1, "weight", 10, 1, 10, 2)]


def test_a_product_counts_from_first_seen_and_again_from_a_new_unit(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    past.stock(101, 1, at(-5), {7: 100})
    past.stock(101, 1, at(-4), {7: 90})
    past.stock(101, 2, at(-60), {8: 100})
    past.stock(101, 2, at(-9), {8: 50})
    past.stock(101, 2, at(-3), {8: 4}, measurement="unit")
    past.stock(101, 2, at(-2), {8: 1}, measurement="unit")
    past.stock(101, 3, at(0), {9: 1})
    assert rates(past) == [(1, "weight", 10, 5, 2, 28), (2, "unit", 3, 3, 1, 28), (3, "weight", 0, 0, None, 28)]


def test_the_window_begins_with_a_business_day_of_the_office(past: History) -> None:
    past.sync(office_time_zones={101: "America/New_York"})
    past.publish(101, *days_ago(1))
    past.stock(101, 1, at(-60), {7: 100})
    past.sync(office_time_zones={101: "America/New_York"}, supply_window_days=1)
    past.stock(101, 1, dt.datetime(2025, 3, 9, 4, 59, 59, tzinfo=dt.UTC), {7: 90})  # before midnight, winter time
    past.stock(101, 1, dt.datetime(2025, 3, 9, 5, tzinfo=dt.UTC), {7: 85})
    past.stock(101, 1, dt.datetime(2025, 3, 10, 3, 59, 59, tzinfo=dt.UTC), {7: 84})
    past.stock(101, 1, dt.datetime(2025, 3, 10, 4, tzinfo=dt.UTC), {7: 70})  # after midnight, summer time
    assert rates(past) == [(1, "weight", 6, 1, 6, 1)]


# -- what expires


def test_first_expiring_is_used_first_and_what_has_expired_is_not_used(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    best_by(past, p6=-3, p7=5, p8=10, p9=None)
    past.stock(101, 1, at(-60), {6: 4, 7: 8, 8: 8, 9: 8, 10: 28})
    past.stock(101, 1, at(-2), {6: 4, 7: 8, 8: 8, 9: 8})  # 28 in 28 days
    # Of 7 five are used, and three are lost with its day; then five of 8.
    assert expiring(past) == [(6, -3, 4, 4), (7, 5, 8, 3), (8, 10, 8, 3)]
    (row,) = past.rows("expiring_stock", where="package_id = 8")
    assert row == {
        "office_id": 101,
        "product_id": 1,
        "package_id": 8,
        "best_by": TODAY + dt.timedelta(days=10),
        "days_left": 10,
        "quantity": 8,
        "at_risk_quantity": 3,
        "measurement": "weight",
        "depletion_per_day": 1,
        "packages_known": True,
        "office_name": None,
        "product_name": None,
    }


def test_without_a_known_day_only_what_is_over_is_lost_for_sure(past: History) -> None:
    best_by(past, p6=-1, p7=0, p8=1)
    past.stock(101, 1, at(-1), {6: 4, 7: 5, 8: 6})
    assert expiring(past) == [(6, -1, 4, 4), (7, 0, 5, 5), (8, 1, 6, None)]


def test_what_does_not_go_down_is_lost_whole(past: History) -> None:
    past.publish(101, *days_ago(1, 2))
    best_by(past, p7=5)
    past.stock(101, 1, at(-60), {7: "8.50"})
    assert expiring(past) == [(7, 5, Decimal("8.5"), Decimal("8.5"))]


def test_a_rate_that_is_no_round_number_leaves_no_crumbs(past: History) -> None:
    past.publish(101, *days_ago(1, 2, 3))
    best_by(past, p7=3)
    past.stock(101, 1, at(-60), {7: 10, 8: 10})
    past.stock(101, 1, at(-1), {7: 10})
    assert expiring(past) == [(7, 3, 10, 0)]


def test_the_horizon_and_what_is_not_in_stock(past: History) -> None:
    best_by(past, p5=-1, p6=-1, p7=90, p8=91)
    past.stock(101, 1, at(-2), {5: 1, 6: -1, 7: 1, 8: 1})
    past.stock(101, 1, at(-1), {5: 0, 6: -1, 7: 1, 8: 1})
    assert expiring(past, "package_id, days_left") == [(7, 90)]
    past.sync(expiring_within_days=91)
    assert expiring(past, "package_id, days_left") == [(7, 90), (8, 91)]


def test_days_left_are_those_of_the_office_and_each_office_has_its_row(past: History) -> None:
    past.pull(101, at(-9))
    past.sync(office_time_zones={101: "Asia/Tokyo"})
    best_by(past, p7=5)
    for office in (101, 102):
        past.stock(office, 1, at(-1), {7: 1})
    assert expiring(past, "office_id, days_left") == [(101, 4), (102, 5)]


def test_packages_that_are_no_longer_known_are_shown_as_such(past: History) -> None:
    best_by(past, p7=5)
    past.stock(101, 1, at(-2), {7: 5})
    past.stock(101, 1, at(-1), None, quantity=4)
    assert expiring(past, "package_id, quantity, packages_known") == [(7, 5, False)]
    past.stock(101, 1, at(0), None, quantity=0)
    assert expiring(past) == []


def test_the_last_state_of_a_deleted_package_counts(past: History) -> None:
    past.versions(7, (at(-9), {"best_by": TODAY}), (at(-8), {"best_by": TODAY + dt.timedelta(days=2)}), (at(-7), None))
    past.stock(101, 1, at(-1), {7: 5})
    assert expiring(past, "package_id, days_left") == [(7, 2)]


def lost_day_by_day(packages: list[tuple[int, int]], depletion: int, known_days: int) -> list[Fraction]:
    """Return the projected rest of each package at its best-by day, by days left and quantity."""
    left = [Fraction(quantity) for _, quantity in packages]
    lost = [Fraction(0)] * len(packages)
    for day in range(max((days for days, _ in packages), default=0) + 1):
        for number, (days, _) in enumerate(packages):
            if max(days, 0) == day:
                lost[number], left[number] = left[number], Fraction(0)
        budget = Fraction(depletion, known_days)
        for number in sorted(range(len(packages)), key=lambda each: (packages[each][0], each)):
            used = min(budget, left[number])
            left[number] -= used
            budget -= used
    return lost


@given(
    packages=st.lists(st.tuples(st.integers(-3, 30), st.integers(1, 30)), max_size=6),
    depletion=st.integers(0, 40),
    known_days=st.integers(1, 28),
)
def test_the_loss_is_that_of_a_day_by_day_model(
    past: History, packages: list[tuple[int, int]], depletion: int, known_days: int
) -> None:
    past.forget()
    past.publish(101, *days_ago(*range(1, known_days + 1)))
    held = {number: quantity for number, (_, quantity) in enumerate(packages, 1)}
    past.stock(101, 1, at(-60), held | {99: 50})
    past.stock(101, 1, at(-1, -1), held | {99: 50 - depletion})
    for number, (days, _) in enumerate(packages, 1):
        best_by(past, **{f"p{number}": days})
    lost = lost_day_by_day(packages, depletion, known_days)
    found = dict(expiring(past, "package_id, at_risk_quantity"))
    assert set(found) == set(held)
    for number, loss in enumerate(lost, 1):
        assert abs(Fraction(found[number]) - loss) < Fraction(1, 10**9), (number, found, lost)
