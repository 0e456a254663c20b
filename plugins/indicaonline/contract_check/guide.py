"""The bodies as the vendor's guides show them, and what items show that the guides leave open."""

from __future__ import annotations

from typing import Any

from indicaonline.records import KNOWN_MEASUREMENTS, InventoryItem, PackageDetail

INVENTORY = frozenset(InventoryItem.__struct_fields__)
PACKAGE = frozenset(PackageDetail.__struct_fields__) - {"unknown", "unread"}
NAMED = frozenset({"id", "name"})
OFFICE = NAMED | {
    "type",
    "selling_type",
    "is_medical",
    "is_recreational",
    "medical_state_license_number",
    "adult_use_state_license_number",
    "business_name",
}
PRODUCT = NAMED | {
    "class",
    "brand_id",
    "integrations",
    "category_id",
    "strain_type_id",
    "is_marijuana",
    "measurement",
    "price_groups",
}


def inventory_notes(item: dict[str, Any]) -> list[str]:
    """Sentences about an inventory item: an unknown measurement, packages that are null."""
    notes = []
    unit = item.get("measurement")
    if isinstance(unit, str) and unit not in KNOWN_MEASUREMENTS:
        notes.append(f"measurement is {unit!r}: stored as it is, though none of {', '.join(KNOWN_MEASUREMENTS)}.")
    if item.get("packages", ()) is None:
        notes.append("packages is null: unknown, not empty.")
    return notes


def package_notes(item: dict[str, Any]) -> list[str]:
    """Sentences about a package: its unit names, and the unit codes of its lab results."""
    notes = [
        f"{name} has the units {', '.join(item[name]) or '(none)'}."
        for name in ("checked_in_quantity", "available_quantity")
        if isinstance(item.get(name), dict)
    ]
    results = item.get("lab_results")
    codes = {str(one.get("measurement")) for one in results or [] if isinstance(one, dict)}
    if codes:
        notes.append(f"lab results have the unit codes {', '.join(sorted(codes))}.")
    return notes
