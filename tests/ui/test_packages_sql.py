"""The datasets of the view Packages, on histories made for each question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from dataset_rows import read

from mart_history import NOON, History, at

Read = Callable[..., list[dict[str, Any]]]
JUNE, JULY = dt.date(2025, 6, 1), dt.date(2025, 7, 1)


@pytest.fixture
def connection(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    monkeypatch.setenv("INDICAONLINE_NOW", NOON.isoformat())
    with psycopg.connect(warehouse_dsn) as connection:
        yield connection


@pytest.fixture
def past(connection: psycopg.Connection[Any]) -> History:
    return History(connection)


@pytest.fixture
def rows(connection: psycopg.Connection[Any]) -> Read:
    return lambda name, **given: read(connection, name, **given)


def in_stock(quantity: int, **more: Any) -> dict[str, Any]:
    return {"available_quantity": quantity, "available_unit": "unit"} | more


# -- the life of a package


def test_a_life_is_in_the_order_of_time(past: History, rows: Read) -> None:
    """It is checked in, sold, moved, tested again, and used up."""
    past.pull(101, at(-9))
    past.pull(102, at(-9))
    past.stock(101, 1, at(-8), {7: 10}, measurement="unit")
    for hours, left in ((1, 9), (2, 7), (3, 4)):
        past.stock(101, 1, at(-8, hours), {7: left}, measurement="unit")
    past.stock(101, 1, at(-5), {7: 1}, measurement="unit")
    past.stock(102, 1, at(-5, 1), {7: 3}, measurement="unit")
    past.stock(101, 1, at(-2), {}, measurement="unit")
    past.versions(
        7,
        (at(-8), in_stock(10, batch_id="B")),
        (at(-3), in_stock(1, batch_id="C")),
        (at(-1), in_stock(0, batch_id="C")),
        check_in_date=dt.date(2025, 3, 1),
        checked_in_to=101,
        checked_in_quantity=10,
        checked_in_unit="unit",
        best_by=JUNE,
    )
    past.analytes(THC=1)
    test = {"tested_date": dt.date(2025, 2, 20)}
    past.lab(7, 1, (at(-8), {"potency": 20} | test), (at(-4), {"potency": 21} | test))
    found = [
        (
            row["event"],
            row["day"],
            row["at"],
            row["until"],
            row["quantity_before"],
            row["quantity_after"],
            row["changes"],
        )
        for row in rows("package_events", package=7)
    ]
    assert found == [
        ("checked_in", dt.date(2025, 3, 1), None, None, None, 10, None),
        ("first_seen", None, at(-8), None, None, None, None),
        ("listed", None, at(-8), None, None, 10, 1),
        ("lab_results", None, at(-8), None, None, None, 1),
        ("decreased", None, at(-8, 1), at(-2), 10, 0, 5),
        ("listed", None, at(-5, 1), None, None, 3, 1),
        ("moved", None, at(-5, 1), None, None, 3, None),
        ("corrected", None, at(-4), None, None, None, 1),
        ("relabelled", None, at(-3), None, None, None, None),
        ("depleted", None, at(-1), None, None, 0, None),
        ("best_by", JUNE, None, None, None, None, None),
    ]
    (moved,) = [row for row in rows("package_events", package=7) if row["event"] == "moved"]
    assert (moved["office_name"], moved["to_office_name"]) == ("Office 101", "Office 102")
    (changed,) = [row for row in rows("package_events", package=7) if row["event"] == "relabelled"]
    assert changed["note"] == "batch: B → C"


def test_an_increase_ends_a_run_of_decreases(past: History, rows: Read) -> None:
    for hours, left in ((0, 9), (1, 8), (2, 7), (3, 12), (4, 11)):
        past.stock(101, 1, at(-2, hours), {7: left})
    events = [
        (row["event"], row["quantity_before"], row["quantity_after"]) for row in rows("package_events", package=7)
    ]
    assert events == [("listed", None, 9), ("decreased", 9, 7), ("increased", 7, 12), ("decreased", 12, 11)]


def test_a_package_that_only_offices_list_has_a_header(past: History, rows: Read) -> None:
    past.stock(101, 5, at(-2), {7: 9})
    (row,) = rows("package_header", package=7)
    assert (row["package_id"], row["product_id"], row["first_seen_at"]) == (7, 5, None)
    assert rows("package_header", package=8) == []


def test_a_package_that_the_api_no_longer_knows_keeps_its_attributes(past: History, rows: Read) -> None:
    past.versions(7, (at(-5), in_stock(3, uid="TAG", vendor="Harbor")), (at(-2), None))
    (row,) = rows("package_header", package=7)
    assert (row["uid"], row["vendor"], row["is_known"], row["remaining_quantity"]) == ("TAG", "Harbor", False, None)
    assert [event["event"] for event in rows("package_events", package=7)][-1] == "gone"


def test_a_version_names_what_changed(past: History, rows: Read) -> None:
    past.versions(
        7,
        (at(-5), in_stock(3, vendor=None)),
        (at(-4), in_stock(2, vendor="Harbor")),
        (at(-3), in_stock(2, best_by=JUNE, vendor="Harbor")),
    )
    changed = [row["changed"] for row in rows("package_versions", package=7)]
    assert changed == ["best_by", "available_quantity, vendor", None]


def test_a_lab_version_has_the_potency_before_it(past: History, rows: Read) -> None:
    first, second = {"tested_date": dt.date(2025, 1, 2)}, {"tested_date": dt.date(2025, 2, 3)}
    past.lab(7, 1, (at(-5), {"potency": 20} | first), (at(-3), {"potency": None} | second))
    past.lab(7, 1, (at(-5), {"potency": 99} | first), code=2)
    found = [(row["potency"], row["previous_potency"], row["event"]) for row in rows("package_lab", package=7)]
    assert found == [
        (None, 20, "disappeared"),
        (20, None, "first_seen"),
        (99, 99, "retested"),
        (99, None, "first_seen"),
    ]


# -- what to sell first


def test_the_earliest_best_by_date_is_sold_first(past: History, rows: Read) -> None:
    old, new = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
    dates = {1: (JULY, old), 2: (JUNE, new), 3: (JUNE, old), 4: (None, old), 5: (JUNE, None), 6: (JUNE, old)}
    past.stock(101, 1, at(-2), {1: 5, 2: 5, 3: 5, 4: 5, 5: 5, 6: 0})
    past.stock(102, 1, at(-2), {3: 2})
    for package, (best_by, check_in) in dates.items():
        past.versions(package, (at(-2), in_stock(5, best_by=best_by, check_in_date=check_in, vendor="Harbor")))
    order = [(3, 101), (3, 102), (2, 101), (5, 101), (1, 101), (4, 101)]
    for choice in ({"product": 1}, {"vendor": "Harbor"}):
        assert [(row["package_id"], row["office_id"]) for row in rows("sell_first", **choice)] == order
    assert [row["package_id"] for row in rows("sell_first", product=1, office=102)] == [3]
    assert rows("sell_first") == rows("sell_first", product=2) == rows("sell_first", vendor="Other") == []


def test_days_are_left_in_the_zone_that_is_given(past: History, rows: Read) -> None:
    """At seven in the evening of 10 March in UTC, it is the 11th in Tokyo."""
    past.stock(101, 1, at(-2), {1: 5})
    past.versions(1, (at(-2), in_stock(5, best_by=dt.date(2025, 3, 11))))
    for zone, left in (("UTC", 1), ("Asia/Tokyo", 0)):
        assert [row["days_left"] for row in rows("sell_first", product=1, zone=zone)] == [left]


# -- potency


def test_drift_compares_each_product_with_itself(past: History, rows: Read) -> None:
    """A vendor that now brings a weaker product has not drifted; one whose products are all weaker has."""
    package = iter(range(1, 1000))

    def tested(vendor: str, product: int, month: int, potency: str, packages: int) -> None:
        for _ in range(packages):
            past.lab(next(package), 1, (at(-2), {"potency": Decimal(potency), "tested_date": dt.date(2025, month, 5)}),
                     vendor=vendor, product_id=product)  # fmt: skip

    past.analytes(THC=1)
    tested("Steady", 1, 1, "30", 5)
    tested("Steady", 2, 1, "10", 5)
    tested("Steady", 2, 2, "10", 9)
    tested("Drifting", 1, 1, "30", 5)
    tested("Drifting", 1, 2, "24", 4)
    tested("Drifting", 2, 1, "10", 1)
    tested("Drifting", 2, 2, "8", 1)
    tested("Seldom", 1, 1, "30", 9)
    tested("Seldom", 1, 2, "3", 4)
    found = [(row["vendor"], row["relative_change"], row["packages"], row["products"]) for row in rows("potency_drift")]
    assert found == [("Drifting", Decimal("-0.2000"), 5, 2), ("Steady", 0, 9, 1)]
    assert [row["vendor"] for row in rows("potency_drift", vendor="Steady")] == ["Steady"]


# -- finding


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("1a4", ["package 1", "package 2"]),
        (" 1A4B ", ["package 1"]),
        ("OLD-TAG", ["package 3"]),
        ("GONE", ["package 4"]),
        ("GON", []),
        ("3", ["package 3"]),
        ("9", ["package 9"]),
        ("BCH-", ["batch BCH-1", "batch BCH-2"]),
        ("RBO", ["vendor Harbor"]),
        ("ünd", ["vendor Bünde"]),
        ("%", []),
        ("_", []),
        ("99999999999999999999", []),
        ("   ", ["vendor Bünde", "vendor Harbor"]),
    ],
)
def test_a_search_finds(past: History, rows: Read, search: str, found: list[str]) -> None:
    past.versions(1, (at(-5), in_stock(1, uid="1A4B", vendor="Harbor", batch_id="BCH-1")))
    past.versions(2, (at(-5), in_stock(1, uid="1A4Z", vendor="Harbor", batch_id="BCH-2")))
    past.versions(3, (at(-5), in_stock(1, uid="OLD-TAG")), (at(-2), in_stock(1, uid="NEW", vendor="Bünde")))
    past.versions(4, (at(-5), in_stock(1, uid="GONE")), (at(-2), None))
    past.stock(101, 5, at(-2), {9: 9})
    assert [row["id"] for row in rows("find_packages", search=search)] == found


def test_a_search_finds_products(past: History, rows: Read, connection: psycopg.Connection[Any]) -> None:
    insert = "INSERT INTO inventory.product (product_id, name, observed_at) VALUES (88, 'Blue Dream', now())"
    connection.execute(insert)
    assert [row["id"] for row in rows("find_packages", search="dream")] == ["product 88"]
    assert [row["id"] for row in rows("find_packages", search="88")] == ["product 88"]
    assert rows("find_packages") == []
