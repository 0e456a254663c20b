"""Transfers and the order of use, from hand-made histories."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from mart_history import History, at


@pytest.fixture
def past(warehouse_dsn: str) -> Iterator[History]:
    """Offices 101, 102 and 103, each of which a complete pull saw ten days ago."""
    with psycopg.connect(warehouse_dsn) as connection:
        history = History(connection)
        for office in (101, 102, 103):
            history.pull(office, at(-10))
        yield history


def transfers(past: History, columns: str = "package_id, from_office_id, to_office_id, observed_at, quantity") -> Any:
    return past.values("transfer_inferred", columns)


def breaches(past: History) -> Any:
    columns = "older_package_id, newer_package_id, older_quantity, newer_depletion"
    return past.values("fifo_breach", columns)


# -- transfers


def test_less_here_and_more_there_is_a_transfer(past: History) -> None:
    past.stock(101, 1, at(-3), {7: 10})
    past.stock(101, 1, at(-2), {7: 4})
    past.stock(102, 1, at(-2, 3), {7: 5})
    assert past.rows("transfer_inferred") == [
        {
            "package_id": 7,
            "from_office_id": 101,
            "to_office_id": 102,
            "observed_at": at(-2, 3),
            "quantity": 5,
            "measurement": "weight",
            "product_id": 1,
            "from_product_id": 1,
            "left_at": at(-2),
            "arrived_at": at(-2, 3),
            "departed": 6,
            "arrived": 5,
            "from_office_name": None,
            "to_office_name": None,
            "product_name": None,
        }
    ]


@pytest.mark.parametrize(("hours", "found"), [(-25, False), (-24, True), (24, True), (25, False)])
def test_the_window_reaches_both_ways_and_its_ends_belong_to_it(past: History, hours: int, found: bool) -> None:
    past.stock(101, 1, at(-5), {7: 10})
    past.stock(101, 1, at(-2), {7: 4})
    past.stock(102, 1, at(-2, hours), {7: 6})
    assert bool(transfers(past)) is found
    past.sync(transfer_window_hours=25)
    assert transfers(past) == [(7, 101, 102, max(at(-2), at(-2, hours)), 6)]


def test_the_nearest_departure_counts_then_the_lowest_office(past: History) -> None:
    for office in (101, 103):
        past.stock(office, 1, at(-5), {7: 10, 8: 10})
    past.stock(101, 1, at(-2), {7: 9, 8: 9})
    past.stock(103, 1, at(-2), {7: 8, 8: 10})
    past.stock(103, 1, at(-2, 1), {7: 8, 8: 8})
    past.stock(102, 1, at(-2, 2), {7: 5, 8: 5})
    assert transfers(past) == [(7, 101, 102, at(-2, 2), 1), (8, 103, 102, at(-2, 2), 2)]


def test_what_was_there_when_an_office_was_first_seen_whole_is_no_arrival(past: History) -> None:
    past.stock(101, 1, at(-5), {7: 10, 8: 10, 9: 10})
    past.stock(101, 1, at(-3), {7: 4, 8: 4, 9: 10})
    past.stock(104, 1, at(-3, -1), {7: 6})  # an hourly pull saw it before a complete one did
    past.pull(104, at(-3), complete=False)
    past.stock(104, 1, at(-3, 1), {7: 6, 8: 6})
    past.pull(104, at(-3, 1))
    assert transfers(past) == []
    past.stock(101, 1, at(-3, 1), {7: 4, 8: 4, 9: 9})
    past.stock(104, 1, at(-3, 2), {7: 6, 8: 6, 9: 1})
    assert transfers(past) == [(9, 101, 104, at(-3, 2), 1)]


def test_packages_that_a_product_begins_to_list_are_no_arrivals(past: History) -> None:
    past.stock(101, 1, at(-5), {7: 10})
    past.stock(102, 1, at(-4), None, quantity=6)
    past.stock(101, 1, at(-3), {7: 4})
    past.stock(102, 1, at(-3), {7: 6})
    assert transfers(past) == []


def test_what_left_once_does_not_arrive_twice(past: History) -> None:
    past.stock(101, 1, at(-5), {7: 10})
    past.stock(101, 1, at(-3), {7: 4})
    past.stock(103, 1, at(-3, 1), {7: 4})
    past.stock(102, 1, at(-3, 2), {7: 4})
    assert transfers(past) == [(7, 101, 102, at(-3, 2), 2), (7, 101, 103, at(-3, 1), 4)]
    past.stock(103, 1, at(-3, 1.5), {7: 6})
    assert transfers(past) == [(7, 101, 103, at(-3, 1), 4), (7, 101, 103, at(-3, 1.5), 2)]


def test_a_transfer_within_an_office_or_of_another_package_is_none(past: History) -> None:
    past.stock(101, 1, at(-5), {7: 10, 8: 3})
    past.stock(101, 1, at(-3), {7: 4, 8: 9})
    past.stock(102, 1, at(-3), {9: 6})
    assert transfers(past) == []


# -- order of use


def dated(past: History, **days: int | None) -> None:
    """Packages p7, p8... by their day of check-in in March, first seen five days ago."""
    for name, day in days.items():
        date = day and dt.date(2025, 3, day)
        past.versions(int(name[1:]), (at(-5), {"check_in_date": date}))


def test_newer_stock_used_before_older(past: History) -> None:
    dated(past, p7=1, p8=2)
    past.stock(101, 1, at(-3), {7: 10, 8: 10})
    past.stock(101, 1, at(-2), {7: 10, 8: 7})
    past.stock(101, 1, at(-2, 1), {7: 9, 8: 5})
    past.stock(101, 1, at(-1), {7: 3, 8: 5})  # in order
    assert past.rows("fifo_breach") == [
        {
            "business_date": dt.date(2025, 3, 8),
            "office_id": 101,
            "product_id": 1,
            "older_package_id": 7,
            "newer_package_id": 8,
            "older_quantity": 9,
            "newer_depletion": 5,
            "measurement": "weight",
            "older_check_in_date": dt.date(2025, 3, 1),
            "newer_check_in_date": dt.date(2025, 3, 2),
            "observed_at": at(-2, 1),
            "office_name": None,
            "product_name": None,
        }
    ]


def test_the_day_is_that_of_the_office(past: History) -> None:
    past.sync(office_time_zones={101: "Asia/Tokyo"})
    dated(past, p7=1, p8=2)
    past.stock(101, 1, at(-3), {7: 10, 8: 10})
    past.stock(101, 1, at(-2, -5), {7: 10, 8: 9})  # 23:00 of the 8th in Tokyo
    past.stock(101, 1, at(-2), {7: 10, 8: 8})  # 04:00 of the 9th there, and noon of the 8th in Los Angeles
    days = past.values("fifo_breach", "business_date, newer_depletion")
    assert [day for day, _ in days] == [dt.date(2025, 3, 8), dt.date(2025, 3, 9)]


def test_what_is_used_up_or_arrives_in_the_same_pull_could_not_be_used(past: History) -> None:
    dated(past, p6=1, p7=1, p8=2)
    past.stock(101, 1, at(-3), {6: 1, 8: 10})
    past.stock(101, 1, at(-2), {7: 5, 8: 7})
    assert breaches(past) == []
    past.stock(101, 1, at(-1), {7: 5, 8: 6})
    assert breaches(past) == [(7, 8, 5, 1)]


def test_packages_without_a_day_or_of_one_day_take_no_part(past: History) -> None:
    dated(past, p7=1, p8=1, p9=None)
    past.stock(101, 1, at(-3), {7: 10, 8: 10, 9: 10, 10: 10})
    past.stock(101, 1, at(-2), {7: 9, 8: 9, 9: 9, 10: 9})
    assert breaches(past) == []


def test_the_day_of_check_in_is_that_of_its_time(past: History) -> None:
    dated(past, p7=2)
    first, second = dt.date(2025, 3, 3), dt.date(2025, 3, 1)
    past.versions(
        8, (at(-4), {"check_in_date": first}), (at(-3), {"check_in_date": first, "vendor": "V"}),
        (at(-1), {"check_in_date": second}), (at(-0.5), None),
    )  # fmt: skip
    past.stock(101, 1, at(-8), {7: 10, 8: 10})
    past.stock(101, 1, at(-7), {7: 10, 8: 9})  # before it was fetched: the first one fetched
    past.stock(101, 1, at(-2), {7: 10, 8: 7})
    past.stock(101, 1, at(0), {7: 9, 8: 7})  # the day of the last answer, though the API no longer has it
    assert breaches(past) == [(7, 8, 10, 1), (7, 8, 10, 2), (8, 7, 7, 1)]


def test_what_a_transfer_explains_does_not_count(past: History) -> None:
    dated(past, p7=1, p8=2)
    past.stock(101, 1, at(-3), {7: 10, 8: 10})
    past.stock(101, 1, at(-2), {7: 10, 8: 4})
    past.stock(102, 1, at(-2, 1), {8: 6})
    assert breaches(past) == []
    past.stock(102, 1, at(-1), {8: 6})
    past.stock(101, 1, at(-1), {7: 10, 8: 3})
    assert breaches(past) == [(7, 8, 10, 1)]


def test_part_of_a_decrease_may_be_a_transfer(past: History) -> None:
    dated(past, p7=1, p8=2)
    past.stock(101, 1, at(-3), {7: 10, 8: 10})
    past.stock(101, 1, at(-2), {7: 10, 8: 4})
    past.stock(102, 1, at(-2, 1), {8: 4})
    assert breaches(past) == [(7, 8, 10, 2)]


def test_other_offices_and_products_are_no_reason(past: History) -> None:
    dated(past, p7=1, p8=2, p9=1)
    past.stock(101, 1, at(-3), {8: 10})
    past.stock(102, 1, at(-3), {7: 10})
    past.stock(101, 2, at(-3), {9: 10})
    past.stock(101, 1, at(-2), {8: 9})
    assert breaches(past) == []
