"""Lists and rendered items, changed by a fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any

KEPT = 1000
"""Number of malformed items that a rule records."""

_QUANTITY = rb'"quantity":[^,}]+'
SUBSTITUTES: dict[str, tuple[bytes, bytes]] = {
    "no_product_id": (rb'"product_id":\d+,', b""),
    "no_office_id": (rb'"office_id":\d+,', b""),
    "no_id": (rb'"id":\d+,', b""),
    "no_quantity": (rb'"quantity":[^,}]+,?', b""),
    "null_quantity": (_QUANTITY, b'"quantity":null'),
    "text_quantity": (_QUANTITY, b'"quantity":"plenty"'),
    "nan_quantity": (_QUANTITY, b'"quantity":NaN'),
    "quoted_quantity": (_QUANTITY, b'"quantity":"28.35"'),
    "large_quantity": (_QUANTITY, b'"quantity":12345678901234567890'),
    "huge_quantity": (_QUANTITY, b'"quantity":1e400'),
    "text_office": (rb'"checked_in_to":\d+', b'"checked_in_to":"nowhere"'),
    "zero_office": (rb'"checked_in_to":\d+', b'"checked_in_to":0'),
    "date_with_time": (rb'"check_in_date":"([0-9-]+)"', rb'"check_in_date":"\1T23:30:00Z"'),
    "text_potency": (rb'"potency":[^,}]+', b'"potency":"<LOQ"'),
    "quoted_potency": (rb'"potency":([0-9.]+)', rb'"potency":"\1"'),
    "null_package_quantity": (rb'("packages":\[\{"id":\d+,"quantity":)[^,}]+', rb"\1null"),
    "unknown_measurement": (rb'"measurement":"[^"]*"', b'"measurement":"bushel"'),
    "null_packages": (rb'"packages":\[[^\]]*\]', b'"packages":null'),
}
"""Pattern and replacement of each variant; only the first match of an item is replaced."""
VARIANTS = (*SUBSTITUTES, "null_item")


def malform(item: bytes, variant: str) -> bytes:
    """Return a rendered item as a variant malforms it."""
    if variant == "null_item":
        return b"null"
    pattern, replacement = SUBSTITUTES[variant]
    return re.sub(pattern, replacement, item, count=1)


def malform_some(items: list[bytes], options: dict[str, Any], rng: Random, touched: list[str]) -> list[bytes]:
    """Return a page with some items malformed, chosen at random; their originals are appended to ``touched``."""
    chosen = rng.sample(range(len(items)), min(options["items"], len(items)))
    malformed = list(items)
    for index in chosen:
        if len(touched) < KEPT:
            touched.append(items[index].decode())
        malformed[index] = malform(items[index], options["variant"])
    return malformed


def moved(sequence: Sequence[Any], move: str) -> Sequence[Any]:
    """Return a list as its later pages show it after it moved.

    A deletion before the page hides one item from the reader, and an insertion shows one twice. A change of order does
    both, and ``total`` does not change.
    """
    if not sequence:
        return sequence
    if move == "delete":
        return sequence[1:]
    if move == "insert":
        return [sequence[0], *sequence]
    return [sequence[-1], *sequence[1:-1], sequence[0]] if len(sequence) > 1 else sequence
