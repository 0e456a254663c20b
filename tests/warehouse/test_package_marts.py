"""The marts of packages and lab results, on histories made for each edge case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from mart_history import NOON, History, at

MARCH, APRIL = dt.date(2025, 3, 1), dt.date(2025, 4, 1)


@pytest.fixture
def past(warehouse_dsn: str) -> Iterator[History]:
    with psycopg.connect(warehouse_dsn) as connection:
        yield History(connection)


def available(quantity: str | None, **more: Any) -> dict[str, Any]:
    return {"available_quantity": quantity, "available_unit": quantity and "gram"} | more


def life(past: History, columns: str) -> tuple[Any, ...]:
    (row,) = past.values("package_lifecycle", columns)
    return row


# -- lifecycle


def test_a_package_in_stock_is_held_until_today(past: History) -> None:
    past.stock(101, 1, at(-6), {7: 5})
    past.versions(
        7,
        (at(-5), available("5")),
        (at(-2), available("3")),
        check_in_date=dt.date(2025, 3, 1),
        checked_in_quantity=10,
        checked_in_unit="gram",
        vendor="Harbor",
        batch_id="B",
        uid="U",
        best_by=dt.date(2025, 9, 1),
    )
    assert past.rows("package_lifecycle") == [
        {
            "package_id": 7,
            "product_id": 1,
            "vendor": "Harbor",
            "batch_id": "B",
            "uid": "U",
            "check_in_date": dt.date(2025, 3, 1),
            "first_seen_at": at(-6),
            "last_seen_at": at(-2),
            "depleted_at": None,
            "checked_in_quantity": 10,
            "remaining_quantity": 3,
            "days_held": 9,
            "days_to_deplete": None,
            "best_by": dt.date(2025, 9, 1),
            "checked_in_unit": "gram",
            "remaining_unit": "gram",
            "last_in_stock_at": at(-2),
            "is_known": True,
            "product_name": None,
        }
    ]


def test_a_package_is_used_up_when_it_was_first_seen_empty(past: History) -> None:
    past.versions(
        7, (at(-5), available("5")), (at(-3), available("0")), (at(-1), available("0", vendor="Other")),
        check_in_date=dt.date(2025, 3, 1),
    )  # fmt: skip
    columns = "depleted_at, remaining_quantity, days_held, days_to_deplete, last_seen_at, vendor"
    assert life(past, columns) == (at(-3), 0, 6, 6, at(-1), "Other")


def test_what_came_back_is_not_used_up(past: History) -> None:
    past.versions(7, (at(-5), available("5")), (at(-3), available("0")), (at(-1), available("2")))
    assert life(past, "depleted_at, days_to_deplete, remaining_quantity") == (None, None, 2)


def test_what_came_back_and_went_again_is_used_up_the_second_time(past: History) -> None:
    past.versions(
        7, (at(-5), available("5")), (at(-4), available("0")), (at(-3), available("2")), (at(-1), available("0"))
    )
    assert life(past, "depleted_at") == (at(-1),)


def test_what_the_api_no_longer_knows_is_used_up_and_nothing_is_known_of_what_is_left(past: History) -> None:
    past.versions(7, (at(-5), available("5")), (at(-2), None), check_in_date=dt.date(2025, 3, 8))
    columns = "depleted_at, remaining_quantity, remaining_unit, days_to_deplete, last_seen_at, is_known"
    assert life(past, columns) == (at(-2), None, None, 0, at(-2) - dt.timedelta(minutes=1), False)


def test_what_was_empty_before_it_was_unknown_was_used_up_then(past: History) -> None:
    past.versions(7, (at(-5), available("5")), (at(-4), available("0")), (at(-2), None))
    assert life(past, "depleted_at, remaining_quantity") == (at(-4), None)


def test_what_was_unknown_and_came_back_empty_was_never_there_again(past: History) -> None:
    past.versions(7, (at(-5), available("5")), (at(-4), None), (at(-2), available("0")))
    assert life(past, "depleted_at, remaining_quantity") == (at(-4), 0)


def test_what_was_unknown_and_came_back_is_not_used_up(past: History) -> None:
    past.versions(7, (at(-5), available("5")), (at(-4), None), (at(-2), available("1")))
    assert life(past, "depleted_at, is_known") == (None, True)


def test_what_was_never_seen_with_anything_was_used_up_when_first_seen(past: History) -> None:
    past.versions(7, (at(-5), available("0")), (at(-4), available("-1")))
    assert life(past, "depleted_at, last_in_stock_at, remaining_quantity") == (at(-5), None, -1)


def test_without_a_quantity_no_office_means_used_up(past: History) -> None:
    past.versions(
        7, (at(-5), available(None, available_in_office=[101])), (at(-3), available(None, available_in_office=[]))
    )
    assert life(past, "depleted_at, remaining_quantity, days_held, days_to_deplete") == (at(-3), None, None, None)


def test_absence_from_the_lists_of_stock_is_no_proof_but_presence_counts(past: History) -> None:
    past.versions(7, (at(-9), available("5")), (at(-1), available("0")))
    past.stock(101, 1, at(-8), {7: 5})
    past.stock(101, 1, at(-4), {7: 3})
    past.stock(101, 1, at(-3), {})
    assert life(past, "first_seen_at, depleted_at, last_in_stock_at") == (at(-9), at(-1), at(-1, -1 / 60))
    past.versions(8, (at(-9), available("5", observed_at=at(-9))), (at(-1), available("0")))
    past.stock(101, 1, at(-2), {8: 3})
    past.stock(101, 1, at(0), {8: 2})  # seen after it was listed as empty: no part of the life before
    columns, eight = "first_seen_at, depleted_at, last_in_stock_at", "package_id = 8"
    assert past.values("package_lifecycle", columns, eight) == [(at(-9), at(-1), at(-2))]


def test_days_are_those_of_the_office_of_check_in(past: History) -> None:
    past.pull(102, at(-9))
    past.sync(office_time_zones={102: "Asia/Tokyo"})
    past.now(dt.datetime(2025, 3, 10, 20, tzinfo=dt.UTC))  # already the 11th in Tokyo
    for package, office in ((1, 102), (2, 101), (3, None)):
        past.versions(package, (at(-1), available("1")), check_in_date=dt.date(2025, 3, 1), checked_in_to=office)
    assert past.values("package_lifecycle", "package_id, days_held") == [(1, 10), (2, 9), (3, 9)]


# -- potency


def trend(past: History, columns: str = "month, packages, p10, median, p90, results") -> list[tuple[Any, ...]]:
    return past.values("potency_trend", columns)


def test_percentiles_are_values_that_were_measured(past: History) -> None:
    past.analyte(1, "THCa")
    for package, potency in enumerate(["10", "20.50", "30", "40", "50.123456789012345678"], 1):
        past.lab(package, 1, (at(-1), {"potency": potency, "tested_date": dt.date(2025, 3, package)}), vendor="V")
    past.lab(9, 1, (at(-1), {"potency": None, "tested_date": MARCH}), vendor="V")  # not tested is not zero
    columns = "month, product_id, vendor, analyte_id, analyte_name, unit, packages, p10, median, p90, measurement_code"
    assert trend(past, columns) == [
        (MARCH, 1, "V", 1, "THCa", "percent", 5, Decimal(10), Decimal(30), Decimal("50.123456789012345678"), 1)
    ]


def test_a_correction_counts_once_and_a_retest_in_its_own_month(past: History) -> None:
    past.lab(
        1,
        1,
        (at(-9), {"potency": "10", "tested_date": MARCH}),
        (at(-8), {"potency": "12", "tested_date": MARCH}),
        (at(-7), {"potency": "20", "tested_date": APRIL}),
    )
    past.lab(2, 1, (at(-9), {"potency": "5", "tested_date": MARCH}), (at(-8), {"potency": None, "tested_date": MARCH}))
    assert trend(past) == [(MARCH, 1, 12, 12, 12, 1), (APRIL, 1, 20, 20, 20, 1)]


def test_two_tests_in_a_month_are_two_values_of_one_package(past: History) -> None:
    days = (dt.date(2025, 3, 1), dt.date(2025, 3, 2))
    past.lab(1, 1, *((at(-9 + n), {"potency": n + 1, "tested_date": day}) for n, day in enumerate(days)))
    assert trend(past) == [(MARCH, 1, 1, 1, 2, 2)]


def test_results_without_a_date_are_shown_until_one_is_known(past: History) -> None:
    past.lab(1, 1, (at(-9), {"potency": "10"}))
    assert trend(past) == [(None, 1, 10, 10, 10, 1)]
    past.lab(2, 1, (at(-9), {"potency": "30"}), (at(-8), {"potency": "30", "tested_date": MARCH}))
    assert trend(past) == [(MARCH, 1, 30, 30, 30, 1), (None, 1, 10, 10, 10, 1)]


def test_codes_vendors_and_products_never_mix(past: History) -> None:
    for package, (code, vendor, product) in enumerate(
        [(1, "V", 1), (2, "V", 1), (None, "V", 1), (1, None, 1), (1, "V", 2)]
    ):
        past.lab(package, 1, (at(-9), {"potency": package, "tested_date": MARCH}), code=code, vendor=vendor,
                 product_id=product)  # fmt: skip
    found = trend(past, "measurement_code, vendor, product_id, unit, analyte_name, median")
    assert sorted(found, key=str) == [
        (1, "V", 1, "percent", "1", 0),
        (1, "V", 2, "percent", "1", 4),
        (1, None, 1, "percent", "1", 3),
        (2, "V", 1, None, "1", 1),
        (None, "V", 1, None, "1", 2),
    ]


# -- totals


def totals(past: History) -> list[tuple[Any, ...]]:
    return past.values("cannabinoid_total", "cannabinoid, total, valid_from, valid_to, is_current")


def test_totals_hold_while_both_are_there(past: History) -> None:
    past.analytes(THC=1, THCa=2, CBD=3, CBDa=4)
    past.lab(7, 1, (at(-9), {"potency": "1.5"}), (at(-3), {"potency": "2"}), uid="U", vendor="V", batch_id="B",
             tested_date=MARCH)  # fmt: skip
    past.lab(7, 2, (at(-8), {"potency": "20"}), (at(-1), None))
    past.lab(7, 3, (at(-9), {"potency": "1"}))
    past.lab(7, 4, (at(-9), {"potency": None}))
    assert totals(past) == [
        ("THC", Decimal("1.5") + Decimal("17.54"), at(-8), at(-3), False),
        ("THC", 2 + Decimal("17.54"), at(-3), at(-1), False),
    ]
    past.lab(8, 3, (at(-9), {"potency": "0"}))
    past.lab(8, 4, (at(-9), {"potency": "10.0"}))
    (row,) = past.rows("cannabinoid_total", where="package_id = 8")
    assert (row["cannabinoid"], row["total"], row["is_current"], row["unit"]) == (
        "CBD",
        Decimal("8.77"),
        True,
        "percent",
    )
    first = past.rows("cannabinoid_total", "product_id, uid, vendor, batch_id, tested_date", "package_id = 7")[0]
    assert tuple(first.values()) == (1, "U", "V", "B", MARCH)


def test_different_and_unknown_codes_make_no_total(past: History) -> None:
    past.analytes(THC=1, THCa=2)
    past.lab(7, 1, (at(-9), {"potency": "1"}), code=1)
    past.lab(7, 2, (at(-9), {"potency": "1"}), code=2)
    for analyte in (1, 2):
        past.lab(8, analyte, (at(-9), {"potency": "1"}), code=None)
    assert totals(past) == []


def test_of_two_analytes_that_pass_for_one_none_is_chosen(past: History) -> None:
    past.analyte(1, "THC")
    past.analyte(2, "THC-A")
    past.analyte(3, "Δ9-THC")
    for package in (7, 8):
        for analyte in (1, 2):
            past.lab(package, analyte, (at(-9), {"potency": "1"}))
    past.lab(7, 3, (at(-2), {"potency": "1.1"}))
    past.lab(8, 3, (at(-2), {"potency": None}))
    assert past.values("cannabinoid_total", "package_id, total") == [(8, Decimal("1.877"))]


@pytest.mark.parametrize(
    ("neutral", "acid"),
    [
        ("Δ9-THC", "THCa"),
        ("Delta-9 THC", "THC-A"),
        ("∆⁹-thc", "Δ9-THCA"),
        ("δ9 THC", "Tetrahydrocannabinolic acid (THCA)"),
        ("Cannabidiol", "Cannabidiolic Acid"),
        ("cbd", "C.B.D.A."),
        ("D9-THC (%)", "THC Acid"),
    ],
)
def test_spellings(past: History, neutral: str, acid: str) -> None:
    past.analyte(1, neutral)
    past.analyte(2, acid)
    for analyte in (1, 2):
        past.lab(7, analyte, (at(-9), {"potency": "1"}))
    assert past.values("cannabinoid_total", "total") == [(Decimal("1.877"),)]


@pytest.mark.parametrize("name", ["Delta-8 THC", "THCV", "Total THC", "CBDV", None, ""])
def test_others_are_taken_for_nothing(past: History, name: str | None) -> None:
    past.analyte(1, name)
    past.analyte(2, "THCa")
    past.analyte(3, "CBDa")
    for analyte in (1, 2, 3):
        past.lab(7, analyte, (at(-9), {"potency": "1"}))
    assert totals(past) == []


def test_the_clock_of_the_hand_made_past_stands(past: History) -> None:
    assert past.query("SELECT ops.clock()") == [(NOON,)]
