"""What dbt and the data contract check of each mart: its grain, the values of its enumerations, and its load time."""

from __future__ import annotations

from dataclasses import dataclass, field

STALE = {"warn_after": {"count": 30, "period": "hour"}, "error_after": {"count": 54, "period": "hour"}}
"""One missed night is a warning, two are an error. 30 hours is the default of ``freshness_snapshot_hours``."""
_BASES = ("observed", "carried_forward")
_MEASURED = ("first_seen", "changed", "absent", "measurement_changed")


@dataclass(frozen=True)
class Grain:
    """``key`` identifies a row; its columns in ``optional`` may be NULL.

    ``has_unknown_ids``: its offices and products need not be in the dimensions, as those of a rejected item.
    ``loaded_at`` is the column with the load time of a row. dbt checks the freshness only of marts that are due
    (``is_due``), which have new rows every day: the change log of an office without changes has none, and is not stale.
    """

    key: tuple[str, ...]
    loaded_at: str | None = None
    optional: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_due: bool = False
    has_unknown_ids: bool = False


_STOCK, _PACKAGE_STOCK = ("office_id", "product_id"), ("office_id", "product_id", "package_id")
GRAINS = {
    "cannabinoid_total": Grain(
        ("package_id", "cannabinoid", "measurement_code", "valid_from"),
        "valid_from",
        ("measurement_code",),
        {"cannabinoid": ("THC", "CBD")},
    ),
    "coverage": Grain(("business_date", "office_id"), values={"status": (*_BASES, "missing")}),
    "days_of_supply": Grain(_STOCK),
    "discrepancy": Grain(
        ("rule", *_PACKAGE_STOCK),
        "observed_at",
        _PACKAGE_STOCK,
        {
            "rule": (
                "packages_add_up",
                "available_exceeds_checked_in",
                "negative_quantity",
                "grew_without_check_in",
                "outside_available_offices",
                "in_two_offices",
            )
        },
    ),
    "expiring_stock": Grain(_PACKAGE_STOCK),
    "fifo_breach": Grain(
        ("business_date", *_STOCK, "older_package_id", "newer_package_id", "measurement"), "observed_at"
    ),
    "freshness": Grain(("office_id",), "last_update_at", is_due=True),
    "held_back_product": Grain(("pull_id", "product_id"), "observed_at"),
    "held_back_pull": Grain(
        ("pull_id",), "started_at", values={"status": ("held_back", "accepted", "dismissed", "superseded")}
    ),
    "inventory_change": Grain(
        (*_STOCK, "observed_at"),
        "observed_at",
        values={"reason": _MEASURED, "source": ("office", "updated", "product")},
    ),
    "inventory_current": Grain(_STOCK, "observed_at", is_due=True),
    "inventory_daily": Grain(("snapshot_date", *_STOCK), "observed_at", values={"basis": _BASES}, is_due=True),
    "lab_result": Grain(
        ("package_id", "analyte_id", "measurement_code", "valid_from"),
        "valid_from",
        ("measurement_code",),
        {"event": ("first_seen", "retested", "corrected", "disappeared", "relabelled", "returned")},
    ),
    "metrc_discrepancy": Grain(
        ("reconciliation_id", "tag", "kind"),
        "reconciled_at",
        values={
            "kind": (
                "missing_here",
                "missing_in_metrc",
                "quantity_differs",
                "unit_differs",
                "quantity_unknown_here",
                "tag_not_unique",
            )
        },
    ),
    "metrc_reconciliation": Grain(("reconciliation_id",), "reconciled_at"),
    "office": Grain(("office_id",), "last_seen_at"),
    "package_change": Grain(
        (*_PACKAGE_STOCK, "observed_at"), "observed_at", values={"reason": ("first_seen", "changed", "absent")}
    ),
    "package_history": Grain(("package_id", "valid_from"), "observed_at"),
    "package_lifecycle": Grain(("package_id",), "last_seen_at"),
    "potency_trend": Grain(
        ("month", "product_id", "vendor", "analyte_id", "measurement_code"),
        optional=("month", "product_id", "vendor", "measurement_code"),
    ),
    "package_refresh_queue": Grain(
        ("reason",), values={"reason": ("new", "changed", "vanished", "packages_unknown", "unlisted", "old")}
    ),
    "product": Grain(("product_id",), "last_seen_at"),
    "pull": Grain(
        ("pull_id",),
        "landed_at",
        values={
            "kind": ("office", "updated", "product", "reference", "packages", "package"),
            "status": ("complete", "incomplete", "held_back", "dismissed", "superseded", "failed"),
        },
        has_unknown_ids=True,
    ),
    "quarantine": Grain(("quarantine_id",), "observed_at", has_unknown_ids=True),
    "rebuild": Grain(("rebuild_id",), "finished_at"),
    "stock_movement_daily": Grain(("business_date", *_STOCK, "measurement")),
    "stockout_day": Grain(("business_date", *_STOCK), values={"basis": _BASES}),
    "transfer_inferred": Grain(
        ("package_id", "product_id", "from_office_id", "to_office_id", "observed_at"), "observed_at"
    ),
}
DIMENSIONS = {
    "office_id": ("office", "office_id"),
    "from_office_id": ("office", "office_id"),
    "to_office_id": ("office", "office_id"),
    "product_id": ("product", "product_id"),
}
"""Columns that refer to a dimension -> its mart and column."""
