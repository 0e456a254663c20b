"""Lineage of operators: the tables that they have in common, and the days in the events of their assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

STOCK = (
    "raw.response",
    "inventory.stock_change",
    "inventory.package_change",
    "inventory.stock",
    "mart.inventory_change",
    "mart.inventory_current",
    "mart.package_change",
)
"""Tables that a pull of stock writes, with the views over them."""

PACKAGES = (
    "raw.response",
    "inventory.package_state",
    "inventory.package_attributes",
    "inventory.lab_panel",
    "mart.package_history",
    "mart.package_lifecycle",
    "mart.lab_result",
)
"""Tables that a refresh of packages writes, with the views over them."""

MOVEMENTS = ("inventory.daily_movement", "mart.stock_movement_daily")
DAYS = ("inventory.daily_stock", "mart.inventory_daily")
# A rebuild reads raw responses and never writes them.
DERIVED = tuple(table for table in (*STOCK, *DAYS, *PACKAGES, *MOVEMENTS) if table != "raw.response")
"""Tables that a rebuild derives from raw."""


def describe_days(operator: Any, context: Any, days: Sequence[dict[str, Any]]) -> None:
    """Add published days to the event of each asset of a task, each day with its office, rows and basis."""
    # Ids and counts only: Airflow keeps the extra of an event in its metadata database.
    published = [{key: day[key] for key in ("office_id", "business_day", "rows", "basis")} for day in days]
    for asset in operator.outlets:
        context["outlet_events"][asset].extra = {"published": published}
