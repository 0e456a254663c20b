"""Each rule of mart.discrepancy: what it finds, what it lets pass, its threshold, and that it can be switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from indicaonline.environment import load_settings
from indicaonline.errors import SettingError
from indicaonline.settings import DISCREPANCY_RULES, PREFIX
from mart_history import History, at


@pytest.fixture
def past(warehouse_dsn: str) -> Iterator[History]:
    with psycopg.connect(warehouse_dsn) as connection:
        yield History(connection)


def found(past: History, rule: str) -> list[tuple[Any, ...]]:
    """The rows of a rule; there is none once it is switched off."""
    columns = "office_id, product_id, package_id, expected, actual, observed_at, unit"
    rows = past.values("discrepancy", columns, f"rule = '{rule}'")
    past.sync(discrepancy_thresholds={rule: None})
    assert past.values("discrepancy", columns, f"rule = '{rule}'") == []
    past.sync()
    return rows


def with_threshold(past: History, rule: str, threshold: str) -> int:
    """Return the number of rows of a rule at a threshold."""
    past.sync(discrepancy_thresholds={rule: Decimal(threshold)})
    number = len(past.rows("discrepancy", where=f"rule = '{rule}'"))
    past.sync()
    return number


def grams(checked_in: str | None, available: str | None, **more: Any) -> dict[str, Any]:
    return {
        "checked_in_quantity": checked_in,
        "checked_in_unit": "gram",
        "available_quantity": available,
        "available_unit": "gram",
    } | more


def test_there_is_none_in_an_empty_warehouse_nor_where_all_agrees(past: History) -> None:
    assert past.rows("discrepancy") == []
    past.stock(101, 1, at(-2), {7: 5, 8: 3})
    past.versions(7, (at(-1), grams("9", "5", available_in_office=[101])))
    past.pull(101, at(-1))
    assert past.rows("discrepancy") == []


def test_packages_add_up(past: History) -> None:
    past.stock(101, 1, at(-3), {7: 50, 8: 47}, quantity=100)
    past.stock(101, 2, at(-3), {9: 98}, quantity=100)  # just within
    past.stock(101, 3, at(-3), {}, quantity=100)  # without package control
    past.stock(101, 4, at(-3), None, quantity=100)
    past.stock(101, 5, at(-3), {10: 0}, quantity=100, measurement="unit")
    past.stock(101, 6, at(-3), {11: 100}, quantity="97.5")  # it goes both ways, and is a share of the greater
    past.stock(101, 7, at(-3), {12: -1}, quantity=1)
    past.pull(101, at(-1))
    assert found(past, "packages_add_up") == [
        (101, 1, None, 100, 97, at(-1), "weight"),
        (101, 5, None, 100, 0, at(-1), "unit"),
        (101, 6, None, Decimal("97.5"), 100, at(-1), "weight"),
        (101, 7, None, 1, -1, at(-1), "weight"),
    ]
    assert with_threshold(past, "packages_add_up", "0.025") == 3
    assert with_threshold(past, "packages_add_up", "0") == 5


def test_packages_that_are_no_longer_known_are_not_compared(past: History) -> None:
    past.stock(101, 1, at(-3), {7: 50})
    past.stock(101, 1, at(-2), None, quantity=10)
    past.pull(101, at(-1))
    assert found(past, "packages_add_up") == []


def test_available_exceeds_checked_in(past: History) -> None:
    past.versions(1, (at(-3), grams("10", "5")), (at(-2), grams("10", "10.5")))
    past.versions(2, (at(-3), grams("10", "10")))
    past.versions(3, (at(-3), grams("10", "99", available_unit="unit")))
    past.versions(4, (at(-3), grams(None, "99")))
    past.versions(5, (at(-3), grams("10", "99")), (at(-2), None))  # the API no longer knows it
    past.versions(6, (at(-3), grams("10", "99")), (at(-2), grams("10", "9")))
    past.versions(7, (at(-3), grams("0", "1")))
    assert found(past, "available_exceeds_checked_in") == [
        (None, 1, 1, 10, Decimal("10.5"), at(-2), "gram"),
        (None, 1, 7, 0, 1, at(-3), "gram"),
    ]
    assert with_threshold(past, "available_exceeds_checked_in", "0.05") == 1


def test_negative_quantity(past: History) -> None:
    past.stock(101, 1, at(-3), {7: -3, 8: 1})
    past.stock(101, 2, at(-3), {9: -3})
    past.stock(101, 2, at(-2), None, quantity=1)  # the packages are unknown from now on
    past.versions(8, (at(-3), grams(None, "-1.5")))
    past.pull(101, at(-1))
    assert found(past, "negative_quantity") == [
        (101, 1, 7, 0, -3, at(-1), "weight"),
        (101, 1, None, 0, -2, at(-1), "weight"),
        (None, 1, 8, 0, Decimal("-1.5"), at(-3), "gram"),
    ]
    assert with_threshold(past, "negative_quantity", "2") == 1


def test_grew_without_check_in(past: History) -> None:
    past.versions(1, (at(-5), grams("10", "5")), (at(-4), grams("10", "7")), (at(-3), grams("10", "7", vendor="V")))
    past.versions(2, (at(-5), grams("10", "5")), (at(-4), grams("12", "7")))
    past.versions(3, (at(-5), grams("9", "5", check_in_date=at(-9))), (at(-4), grams("9", "7", check_in_date=at(-4))))
    past.versions(4, (at(-5), grams("10", "5")), (at(-4), grams("10", "7")), (at(-3), grams("10", "6")))
    past.versions(5, (at(-5), grams("10", None)), (at(-4), grams("10", "7")))
    past.versions(6, (at(-5), grams("10", "5")), (at(-4), grams("10", "7", available_unit="unit")))
    past.versions(7, (at(-5), grams("10", "5")), (at(-4), grams("10", "7")), (at(-3), None))
    past.versions(8, (at(-5), grams("10", "0")), (at(-4), None), (at(-3), grams("10", "2.5")))
    assert found(past, "grew_without_check_in") == [
        (None, 1, 1, 5, 7, at(-3), "gram"),
        (None, 1, 8, 0, Decimal("2.5"), at(-3), "gram"),
    ]
    assert with_threshold(past, "grew_without_check_in", "2") == 1


def test_outside_available_offices(past: History) -> None:
    past.stock(101, 1, at(-5), {1: 5, 2: 5, 3: 5, 4: 0, 5: 5, 6: 5})
    past.pull(101, at(-1))
    past.versions(1, (at(-6), grams(None, "5", available_in_office=[102], observed_at=at(-2))))
    past.versions(2, (at(-6), grams(None, "5", available_in_office=[101, 102], observed_at=at(-2))))
    past.versions(3, (at(-6), grams(None, "5", available_in_office=None, observed_at=at(-2))))
    past.versions(4, (at(-6), grams(None, "5", available_in_office=[102], observed_at=at(-2))))
    past.versions(5, (at(-7), grams(None, "5", available_in_office=[102], observed_at=at(-6))))  # before it came here
    past.versions(6, (at(-0.5), grams(None, "0", available_in_office=[])))  # after the office was last seen
    assert found(past, "outside_available_offices") == [(101, 1, 1, 0, 5, at(-2), "weight")]
    assert with_threshold(past, "outside_available_offices", "5") == 0
    past.pull(101, at(0))
    assert found(past, "outside_available_offices")[-1] == (101, 1, 6, 0, 5, at(-0.5), "weight")


def test_in_two_offices(past: History) -> None:
    past.stock(101, 1, at(-5), {1: 5, 2: 5, 3: 5})
    past.stock(102, 1, at(-4), {1: 5, 2: 0})
    past.stock(103, 9, at(-4), {1: 1})
    past.pull(101, at(-3))
    past.pull(102, at(-2))
    past.pull(103, at(-1))
    past.stock(104, 1, at(-2.5), {3: 5})  # after 101 was last seen: it may have moved
    past.pull(104, at(-2))
    assert found(past, "in_two_offices") == [
        (101, 1, 1, 1, 3, at(-3), "offices"),
        (102, 1, 1, 1, 3, at(-2), "offices"),
        (103, 9, 1, 1, 3, at(-2), "offices"),
    ]
    assert with_threshold(past, "in_two_offices", "1") == 2


def test_a_package_under_two_products_of_an_office_is_in_one_office(past: History) -> None:
    past.stock(101, 1, at(-5), {1: 5})
    past.stock(101, 2, at(-5), {1: 5})
    past.pull(101, at(-3))
    assert found(past, "in_two_offices") == []


# -- the setting


def thresholds(text: str) -> dict[str, Decimal | None]:
    return load_settings(environment={f"{PREFIX}DISCREPANCY_THRESHOLDS": text}).thresholds()


def test_what_is_set_takes_the_place_of_the_default(past: History) -> None:
    assert thresholds("") == thresholds("{}") == DISCREPANCY_RULES
    mine = thresholds('{"packages_add_up": 0.05, "in_two_offices": null}')
    assert mine == DISCREPANCY_RULES | {"packages_add_up": Decimal("0.05"), "in_two_offices": None}
    past.sync(discrepancy_thresholds=mine)
    known = dict(past.query("SELECT name, value FROM ops.setting WHERE name LIKE 'discrepancy.%'"))
    assert (known["discrepancy.packages_add_up"], known["discrepancy.in_two_offices"]) == ("0.05", "off")
    assert len(known) == len(DISCREPANCY_RULES)


def test_a_new_warehouse_knows_the_defaults(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        for rule, threshold in DISCREPANCY_RULES.items():
            assert connection.execute("SELECT ops.threshold(%s)", [rule]).fetchone() == (threshold,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"package_add_up": 1}', r"DISCREPANCY_THRESHOLDS names the rule 'package_add_up', .* packages_add_up, "),
        ('{"in_two_offices": -1}', "DISCREPANCY_THRESHOLDS: in_two_offices must be 0 or more, or null"),
        ('{"in_two_offices": "NaN"}', "in_two_offices must be 0 or more"),
        ('{"in_two_offices": "much"}', "DISCREPANCY_THRESHOLDS"),
        ("[]", "DISCREPANCY_THRESHOLDS"),
        ("{", r"DISCREPANCY_THRESHOLDS must be JSON such as \{"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(text: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as failure:
        thresholds(text)
    assert len(str(failure.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["TRANSFER_WINDOW_HOURS", "EXPIRING_WITHIN_DAYS", "SUPPLY_WINDOW_DAYS"])
def test_windows_are_not_negative(name: str) -> None:
    with pytest.raises(SettingError, match=f"{PREFIX}{name} must be"):
        load_settings(environment={PREFIX + name: "-1"})


def test_the_guide_has_the_thresholds_of_the_code() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "analytics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", text, re.MULTILINE)
    assert {rule: Decimal(default) for rule, default in rows} == DISCREPANCY_RULES
