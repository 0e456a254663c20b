"""Days out of stock and days of supply, by hand: what is not known is never a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
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


def supply(past: History, columns: str = "product_id, quantity, depletion_per_day, days_of_supply") -> list[Any]:
    return past.values("days_of_supply", columns)


def test_supply_is_stock_over_the_rate_of_known_days(past: History) -> None:
    past.publish(101, *days_ago(1, 2, 3))
    past.publish(101, *days_ago(4), basis="missing")
    past.stock(101, 1, at(-60), {7: 40})
    past.stock(101, 1, at(-2), {7: 10})
    (row,) = past.rows("days_of_supply")
    assert row == {
        "office_id": 101,
        "product_id": 1,
        "measurement": "weight",
        "quantity": 10,
        "depletion_per_day": 10,
        "days_of_supply": 1,
        "window_days": 28,
        "known_days": 3,
        "depletion": 30,
        "days_in_stock": 3,
        "in_stock_depletion_per_day": 10,
        "in_stock_days_of_supply": 1,
        "office_name": None,
        "product_name": None,
    }


def test_days_out_of_stock_do_not_lower_the_rate_in_stock(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    past.stock(101, 1, at(-60), {7: 10})
    past.stock(101, 1, at(-28, -1), {7: 0})  # out of stock at the start of the window
    past.stock(101, 1, at(-18), {7: 40})
    past.stock(101, 1, at(-16), {7: 0})  # on its third day in stock
    past.stock(101, 1, at(-6), {7: 60})
    past.stock(101, 1, at(-2), {7: 20})
    past.stock(101, 2, at(-60), {8: 5})
    past.stock(101, 2, at(-40), {8: 0})
    columns = (
        "product_id, known_days, days_in_stock, depletion, in_stock_depletion_per_day,"
        " round(in_stock_days_of_supply, 6)"
    )
    # In stock from the 18th to the 16th day before today, and from the 6th on, and on the 28th in part.
    assert supply(past, columns) == [
        (1, 28, 10, 90, 9, Decimal("2.222222")),
        (2, 28, 0, 0, None, None),
    ]


def test_a_new_series_counts_its_own_days_in_stock(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    past.stock(101, 1, at(-60), {7: 1000})
    past.stock(101, 1, at(-20), {7: 0})
    past.stock(101, 1, at(-6), {7: 8}, measurement="unit")
    past.stock(101, 1, at(-4), {7: 0}, measurement="unit")
    past.stock(101, 1, at(-2), {7: 3}, measurement="unit")
    assert supply(past, "known_days, days_in_stock, depletion") == [(6, 5, 8)]


def test_what_is_not_known_and_what_does_not_end_is_null(past: History) -> None:
    past.stock(101, 1, at(-60), {7: 40})
    past.stock(101, 1, at(-2), {7: 10})
    assert supply(past) == [(1, 10, None, None)], "no day is known"
    past.publish(101, *days_ago(*range(1, 29)))
    past.stock(101, 2, at(-60), {8: 5})
    past.stock(101, 3, at(-60), {9: 5})
    past.stock(101, 3, at(-40), {9: 0})
    past.stock(101, 4, at(0), {6: 5})
    assert supply(past)[1:] == [(2, 5, 0, None), (3, 0, 0, None), (4, 5, None, None)]


def test_nothing_left_lasts_no_day_and_less_than_nothing_neither(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    for product, left in ((1, 0), (2, -3)):
        past.stock(101, product, at(-60), None, quantity=28)
        past.stock(101, product, at(-2), None, quantity=left)
    assert supply(past, "product_id, quantity, days_of_supply") == [(1, 0, 0), (2, -3, 0)]


def test_another_measurement_is_never_mixed_in(past: History) -> None:
    past.publish(101, *days_ago(*range(1, 29)))
    past.stock(101, 1, at(-60), {7: 1000})
    past.stock(101, 1, at(-10), {7: 300})
    past.stock(101, 1, at(-5), {7: 20}, measurement="unit")
    past.stock(101, 1, at(-4), {7: 10}, measurement="unit")
    assert supply(past, "measurement, depletion, known_days, days_of_supply") == [("unit", 10, 5, 5)]


@given(quantities=st.lists(st.decimals(-50, 500, places=2), min_size=1, max_size=8), known=st.sets(st.integers(1, 28)))
def test_supply_is_that_of_a_plain_model(past: History, quantities: list[Decimal], known: set[int]) -> None:
    past.forget()
    past.publish(101, *days_ago(*known))
    held = Decimal(100)
    past.stock(101, 1, at(-60), None, quantity=str(held))
    went = Decimal(0)
    # Seen at noon: so the day on which something came or went has some stock, and the days until the next are empty.
    in_stock = set(known)
    for number, quantity in enumerate(quantities):
        past.stock(101, 1, at(number - 20), None, quantity=str(quantity))
        went += max(held - quantity, Decimal(0))
        if held <= 0 and quantity <= 0:
            in_stock.discard(20 - number)
        held = quantity
    if held <= 0:
        in_stock -= set(range(1, 21 - len(quantities)))
    ((found, days),) = supply(past, "days_of_supply, days_in_stock")
    assert days == len(in_stock)
    if not known or not went:
        assert found is None
    else:
        assert abs(found - max(held, Decimal(0)) * len(known) / went) < Decimal("1e-9")
