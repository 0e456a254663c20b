"""Fields of bodies in the vendor's guides, and notes about values that the guides do not define."""

from __future__ import annotations

from typing import Any

from indicaonline.records import KNOWN_MEASUREMENTS, InventoryItem, PackageDetail

# Source: the vendor's guides "Tracking inventory", offices and products. The records have all fields of the first one.
INVENTORY = frozenset(InventoryItem.__struct_fields__)
PACKAGE = frozenset(PackageDetail.__struct_fields__) - {"unknown", "unread"}
NAMED = frozenset({"id", "name"})
# The guides show more fields of offices and products than the records keep.
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
    """Return notes about an inventory item: an unknown measurement, packages that are null."""
    notes = []
    unit = item.get("measurement")
    if isinstance(unit, str) and unit not in KNOWN_MEASUREMENTS:
        notes.append(f"measurement is {unit!r}, none of {', '.join(KNOWN_MEASUREMENTS)}: it is stored unchanged.")
    if item.get("packages", ()) is None:
        notes.append("packages is null: unknown, not empty.")
    return notes


def package_notes(item: dict[str, Any]) -> list[str]:
    """Return notes about a package: the names of its units, and the unit codes of its lab results."""
    # The guide shows examples of both, but lists neither.
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
