"""How each mart is exported: the one declaration that the job and docs/export.md are derived from."""

from __future__ import annotations

from typing import Literal

import msgspec

FORMAT = 1
"""The layout of files and manifests. Another number makes the next run write everything again."""

OPEN = "open"
"""The month of versions that have not ended."""

NAMES = frozenset({"office_name", "product_name", "brand", "category"})
"""Columns of histories that are not exported: they are the current names, and in the exports of office and product.
Otherwise each new name would make every file stale."""


class History(msgspec.Struct, frozen=True):
    """A mart that is exported by closed days and months.

    ``plan`` is the file of ``include/sql/export`` that lists its closed days, and what each was derived from. ``by`` is
    the column with the day, a date or an instant. ``order`` is the grain, in the order in which Parquet compresses
    best: neighbours in a file are days of one thing. ``is_version``: rows end, and those that have not ended form the
    partition :data:`OPEN`. ``leaves_postgresql``: days may be dropped from the warehouse, and stay exported.
    """

    plan: str
    by: str
    order: tuple[str, ...]
    without: frozenset[str] = NAMES
    is_version: bool = False
    leaves_postgresql: bool = False

    @property
    def calendar(self) -> Literal["business day", "day in UTC"]:
        """The kind of days of its partitions."""
        return "day in UTC" if self.by.endswith(("_at", "_to")) else "business day"


_STOCK = ("office_id", "product_id")

HISTORIES = {
    "inventory_daily": History(
        "plan_published_days", "snapshot_date", (*_STOCK, "snapshot_date"), leaves_postgresql=True
    ),
    "stockout_day": History(
        "plan_published_days",
        "business_date",
        (*_STOCK, "business_date"),
        # Changes with every delivery after the day; a query of stock_movement_daily finds it.
        without=NAMES | {"is_received_since"},
        leaves_postgresql=True,
    ),
    "stock_movement_daily": History("plan_business_days", "business_date", (*_STOCK, "measurement", "business_date")),
    "fifo_breach": History(
        "plan_breaches",
        "business_date",
        (*_STOCK, "older_package_id", "newer_package_id", "measurement", "business_date"),
    ),
    "inventory_change": History("plan_changes", "observed_at", (*_STOCK, "observed_at")),
    "package_change": History("plan_changes", "observed_at", (*_STOCK, "package_id", "observed_at")),
    "package_history": History(
        "plan_versions", "valid_to", ("product_id", "package_id", "valid_from"), is_version=True
    ),
    "lab_result": History(
        "plan_versions",
        "valid_to",
        ("product_id", "package_id", "analyte_id", "measurement_code", "valid_from"),
        is_version=True,
    ),
    "pull": History("plan_pulls", "started_at", ("pull_id",)),
    "quarantine": History("plan_quarantine", "observed_at", ("quarantine_id",)),
}
"""Marts whose rows of a closed day rarely change. Every other view of ``mart`` is a state: one file, which each run
writes again. Functions are not exported, because their result depends on arguments."""
