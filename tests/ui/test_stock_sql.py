"""The datasets of the view Stock, by hand: what is not known is never a number, and what is left out is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from indicaonline.ui.datasets import query
from indicaonline.warehouse.analyst import AnalystPool
from mart_history import NOON, History, at

Read = Callable[..., list[tuple[Any, ...]]]
TODAY = dt.date(2025, 3, 10)


@pytest.fixture
def connection(warehouse_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(warehouse_dsn) as connection:
        yield connection


@pytest.fixture
def past(connection: psycopg.Connection[Any]) -> History:
    """Two offices: products 1 to 5 in office 101, and product 1 in office 102, too."""
    past = History(connection)
    past.stock(101, 1, at(-10), {11: "40.50"})
    past.stock(101, 3, at(-10), None, 8, measurement="unit")
    past.stock(101, 4, at(-10), {14: 7})
    past.stock(101, 5, at(-10), {15: 3})
    past.stock(102, 1, at(-10), {12: 100})
    past.pull(101, at(-9))
    past.stock(101, 2, at(-3), {13: 5})
    past.stock(101, 1, at(-2), {11: 10, 16: 2})
    past.stock(101, 3, at(-1), None, 4, measurement="weight")
    past.stock(101, 5, at(-1), {15: 0})
    past.pull(101, at(0))
    connection.commit()
    return past


@pytest.fixture
def read(past: History, warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Reads columns of a dataset as the page does, at noon of the last day of the past."""
    monkeypatch.setenv("INDICAONLINE_NOW", NOON.isoformat())
    pool = AnalystPool(lambda: psycopg.connect(warehouse_dsn))

    def rows(name: str, columns: str, **parameters: object) -> list[tuple[Any, ...]]:
        found = query(name, {key: str(value) for key, value in parameters.items()}).read(pool)
        places = [found.columns.index(column) for column in columns.split()]
        return [tuple(row[place] for place in places) for row in found.rows]

    yield rows
    pool.close()


DIFFERENCE = "product_id quantity_since measurement_since quantity_at measurement_at difference"


def test_a_difference_is_of_one_measurement_and_of_known_quantities(read: Read) -> None:
    times = {"since": at(-5), "at": at(0)}
    assert sorted(read("stock_difference", DIFFERENCE, office=101, **times)) == [
        (1, Decimal("40.50"), "weight", 12, "weight", Decimal("-28.50")),
        (2, None, None, 5, "weight", None),
        (3, 8, "unit", 4, "weight", None),
        (4, 7, "weight", 7, "weight", 0),
        (5, 3, "weight", 0, "weight", -3),
    ]
    changed = read("stock_difference", "product_id", office=101, kind="changed", **times)
    assert {product for (product,) in changed} == {1, 2, 3, 5}, "the unknown ones are among them"


def test_a_difference_is_within_what_was_chosen(read: Read) -> None:
    times = {"since": at(-5), "at": at(0)}
    assert sorted(read("stock_difference", "office_id product_id difference", product=1, **times)) == [
        (101, 1, Decimal("-28.50")),
        (102, 1, 0),
    ]
    assert read("stock_difference", "office_id difference", product=1, office=102, **times) == [(102, 0)]
    assert read("stock_difference", "office_id", **times) == [], "nothing is chosen: not the whole warehouse"
    # Without an earlier instant, nothing is known of it.
    assert read("stock_difference", DIFFERENCE, product=2, at=at(0)) == [(2, None, None, 5, "weight", None)]


def test_when_a_value_was_seen_is_at_or_before_its_instant(read: Read) -> None:
    ((seen_since, seen_at),) = read(
        "stock_difference", "seen_since seen_at", office=101, product=4, since=at(-5), at=at(-1)
    )
    assert (seen_since, seen_at) == (at(-9), at(-9))


def test_a_product_seen_later_has_no_row_at_an_instant(read: Read) -> None:
    columns = "product_id quantity measurement"
    assert sorted(read("stock_as_of", columns, office=101, at=at(-5))) == [
        (1, Decimal("40.50"), "weight"),
        (3, 8, "unit"),
        (4, 7, "weight"),
        (5, 3, "weight"),
    ]
    assert read("stock_as_of", columns, office=101, at=at(0), search="5") == [(5, 0, "weight")]
    assert read("stock_as_of", columns, office=101, at=at(0), search="5", kind="in_stock") == []
    assert read("stock_as_of", columns, office=101, at=at(-20)) == []
    assert read("stock_as_of", columns, at=at(0)) == []


def test_a_count_sheet_lists_what_is_there_and_how_much_on_request(read: Read) -> None:
    columns = "office_id product_id expected counted"
    assert sorted(read("count_sheet", columns, office=101, kind="with_expected")) == [
        (101, 1, 12, None),
        (101, 2, 5, None),
        (101, 3, 4, None),
        (101, 4, 7, None),
    ]
    blind = read("count_sheet", "product_id measurement expected", office=101)
    assert sorted(blind) == [(1, "weight", None), (2, "weight", None), (3, "weight", None), (4, "weight", None)]


def test_what_came_back_did_not_run_out(connection: psycopg.Connection[Any], read: Read) -> None:
    def moved(product: int, days_ago: int, *quantities: int, office: int = 101) -> None:
        values = (office, product, TODAY - dt.timedelta(days=days_ago), "unit", *quantities)
        connection.execute(
            "INSERT INTO inventory.daily_movement (office_id, product_id, business_date, measurement,"
            " opening, increase, depletion, closing) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            values,
        )

    moved(1, 3, 10, 0, 10, 0)
    moved(2, 3, 10, 0, 10, 0)
    moved(2, 1, 0, 6, 0, 6)  # came back
    moved(3, 9, 10, 0, 10, 0)  # long ago
    moved(4, 2, 10, 0, 4, 6)
    moved(1, 1, 5, 5, 10, 0, office=102)  # came and went on one day
    connection.commit()
    columns = "business_date office_id product_id opening"
    assert read("ran_out", columns) == [
        (TODAY - dt.timedelta(days=1), 102, 1, 5),
        (TODAY - dt.timedelta(days=3), 101, 1, 10),
    ]
    assert read("ran_out", columns, office=101) == [(TODAY - dt.timedelta(days=3), 101, 1, 10)]


def test_packages_of_a_product_are_those_in_stock_in_fifo_order(
    past: History, connection: psycopg.Connection[Any], read: Read
) -> None:
    past.versions(11, (at(-10), {"check_in_date": dt.date(2025, 3, 1), "uid": "1A4-old"}), (at(-1), {"uid": "1A4-new"}))
    past.versions(12, (at(-10), {"check_in_date": dt.date(2025, 2, 1)}))
    connection.commit()
    columns = "package_id office_id quantity uid check_in_date"
    in_order = read("product_packages", columns, product=1)
    assert in_order == [
        (12, 102, 100, None, dt.date(2025, 2, 1)),
        (11, 101, 10, "1A4-new", None),
        (16, 101, 2, None, None),
    ]
    assert read("product_packages", columns, product=1, office=101) == in_order[1:]
    assert read("product_packages", columns, product=5) == [], "its package is empty"
