"""Compares versions of packages with what really was, whichever Airflow has landed them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from world_rig import WorldRig

ORIGIN = ("uid", "source_uid", "vendor", "batch_id", "harvest_production_date", "packaged_date", "check_in_date")
LATER = ("best_by", "tested_date")
UNITS = {"unit": "unit", "unit_range": "unit", "weight": "gram", "weight_range": "gram"}
_VERSION = f"""
    SELECT
        product_id, {", ".join(ORIGIN)}, checked_in_to, available_in_office, {", ".join(LATER)}, measurement,
        checked_in_quantity, checked_in_unit, available_quantity, available_unit
    FROM mart.package_history
    WHERE package_id = %s AND valid_from <= %s AND (valid_to > %s OR valid_to IS NULL)
"""
_RESULTS = """
    SELECT analyte_id, potency
    FROM mart.lab_result
    WHERE package_id = %s AND valid_from <= %s AND (valid_to > %s OR valid_to IS NULL)
    ORDER BY analyte_id
"""


def versions(rig: WorldRig) -> list[tuple[int, dt.datetime]]:
    """Every version: its package and when it was first seen."""
    return rig.query("SELECT package_id, valid_from FROM mart.package_history ORDER BY valid_from, package_id")


def assert_true(rig: WorldRig, package_id: int, instant: dt.datetime) -> None:
    """The version of a package and its lab results at an instant are what really was then."""
    truth = rig.true_package(package_id, instant)
    measurement = truth["measurement"]
    quantities = [Decimal(truth["checked_in_quantity"]), UNITS[measurement], Decimal(truth["available"])]
    expected = [
        truth["product_id"],
        *(_date(name, truth["origin"][name]) for name in ORIGIN),
        truth["checked_in_to"],
        sorted(int(office) for office, held in truth["holdings"].items() if Decimal(held) > 0),
        *(_date(name, truth["origin"][name]) for name in LATER),
        measurement,
        *quantities,
        UNITS[measurement],
    ]
    assert rig.query(_VERSION, package_id, instant, instant) == [tuple(expected)]
    results = [
        (each["id"], None if each["potency"] is None else Decimal(each["potency"])) for each in truth["lab_results"]
    ]
    assert rig.query(_RESULTS, package_id, instant, instant) == sorted(results)


def _date(name: str, text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text is not None and (name.endswith("_date") or name == "best_by") else text


def listed_packages(rig: WorldRig, at: dt.datetime | None = None) -> list[int]:
    """The packages that offices hold, now by default, by what they list."""
    instant = (at or rig.now).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [
        line for office in rig.offices for line in rig.simulation.admin("GET", f"truth/offices/{office}?at={instant}")
    ]
    return sorted({package["id"] for line in lines for package in line["packages"]})
