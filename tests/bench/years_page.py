"""The datasets of the page *Inventory*, with the parameters with which each view of one office first reads them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import psycopg
from tests.bench.years_world import World

from indicaonline.warehouse.analyst import dataset_statement

OFFICE, PRODUCT, PACKAGE, VENDOR, DAY, YEAR, QUARTER = (
    "office",
    "product",
    "package",
    "vendor",
    "day",
    "year",
    "quarter",
)
VIEWS: dict[str, dict[str, tuple[str, ...]]] = {
    "now": {"totals": (), "offices": (), "last_day": ()},
    "coverage": {
        "coverage_calendar": (OFFICE, YEAR),
        "coverage_day": (OFFICE, DAY),
        "day_pulls": (OFFICE, DAY),
        "day_changes": (OFFICE, DAY),
        "day_stock": (OFFICE, DAY),
        "uncovered_hours": (OFFICE, QUARTER),
    },
    "coverage, all offices": {"coverage_calendar": (QUARTER,), "coverage_offices": (QUARTER,)},
    "held back": {"held_back_pulls": (OFFICE,)},
    "stock": {"ran_out": (OFFICE,), "low_supply": (OFFICE,), "expiring": (OFFICE,)},
    "stock of a product": {
        "product": (PRODUCT,),
        "product_stock": (PRODUCT, OFFICE),
        "stock_over_time": (PRODUCT, OFFICE, QUARTER),
        "stock_changes": (PRODUCT, OFFICE, QUARTER),
        "product_changes": (PRODUCT, OFFICE, QUARTER),
        "movements": (PRODUCT, OFFICE, QUARTER),
        "product_packages": (PRODUCT, OFFICE),
        "find_products": ("search",),
    },
    "stock of an office": {
        "office": (OFFICE,),
        "office_stock": (OFFICE,),
        "stock_as_of": (OFFICE, "at"),
        "stock_difference": (OFFICE, "at", "since"),
        "count_sheet": (OFFICE,),
    },
    "packages": {
        "expiring": (OFFICE,),
        "fifo_breaches": (OFFICE, "yesterday"),
        "potency_drift": ("half_year",),
    },
    "packages of a vendor": {
        "sell_first": (VENDOR, OFFICE, "zone"),
        "potency_by_vendor": (VENDOR, YEAR),
        "potency_months": (VENDOR,),
        "find_packages": ("search",),
    },
    "a package": {
        "package_header": (PACKAGE,),
        "package_events": (PACKAGE,),
        "package_life": (PACKAGE,),
        "lab_results": (PACKAGE,),
        "package_lab": (PACKAGE,),
        "package_versions": (PACKAGE,),
    },
    "ledger": {
        "ledger_pulls": (OFFICE,),
        "ledger_quarantine": (OFFICE,),
        "ledger_reasons": (OFFICE,),
        "ledger_rebuilds": (),
        "ledger_decisions": (OFFICE,),
    },
}
ROWS = {"coverage_calendar": 20_000, "stock_over_time": 20_000, "stock_changes": 20_000, "movements": 20_000}
"""Rows of charts; tables read 50."""


def page_questions(connection: psycopg.Connection[Any], world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the name, the statement and the parameters of each query of the page."""
    given = _given(connection, world)
    for view, datasets in VIEWS.items():
        for dataset, names in datasets.items():
            statement = dataset_statement(dataset)
            values: dict[str, Any] = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
            values |= {"limit": ROWS.get(dataset, 50), "offset": 0, "now": world.now}
            for name in names:
                values |= given[name]
            yield f"{view}: {dataset}", statement, values


def _given(connection: psycopg.Connection[Any], world: World) -> dict[str, dict[str, Any]]:
    last = world.now.date() - dt.timedelta(days=1)
    product = 2146000001 + world.products // 2 + 7
    office = 101 + world.offices // 2
    # Every second product has lab results.
    example = "SELECT package_id, vendor FROM mart.lab_result WHERE product_id = ANY(%s) ORDER BY package_id LIMIT 1"
    row = connection.execute(example, [[product, product + 1]]).fetchone()
    connection.commit()
    package, vendor = row or (None, None)

    def since(days: int) -> dict[str, Any]:
        return {"first_day": last - dt.timedelta(days=days), "last_day": last}

    return {
        OFFICE: {"office": office},
        PRODUCT: {"product": product},
        PACKAGE: {"package": package},
        VENDOR: {"vendor": vendor},
        DAY: {"day": last - dt.timedelta(days=40)},
        YEAR: since(365),
        QUARTER: since(91),
        "yesterday": since(1),
        "half_year": since(183),
        "search": {"search": "1"},
        "at": {"at": world.now - dt.timedelta(days=30)},
        "since": {"since": world.now - dt.timedelta(days=37)},
        "zone": {"zone": "UTC"},
    }
