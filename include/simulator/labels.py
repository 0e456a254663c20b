"""The attributes of a package other than its stock: origin, lab results, and fields that the guide does not name.

They are derived from the seed and the package's id on request. The package's moments store later corrections.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from .catalogue import VENDORS, Product
from .clock import instant_of
from .goods import CANNABINOIDS
from .seeds import chance, mix, words

NOTES = (None, "Display jar", "Hold for audit", "Repacked", "Staff sample taken")
ROOMS = ("Floor", "Overflow", "Vault 1", "Vault 2")
METHODS = ("GC-FID", "HPLC", "HPLC-DAD")
TAG_LETTERS = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_LETTER_OF = bytes(TAG_LETTERS[byte % len(TAG_LETTERS)] for byte in range(256))

DRIFTS = "Mesa Verde"
"""The vendor whose potencies fall slowly: by 3 per mille a day, from DRIFT_BEGINS before the start of the world on."""
DRIFT_BEGINS = dt.timedelta(days=30)
DRIFT_PER_DAY = 3
DRIFT_AT_MOST = 250


class LabResult(NamedTuple):
    """The potency of one analyte. None means "not tested", which differs from 0."""

    id: int
    potency: Decimal | None


TERPENES_FROM = len(CANNABINOIDS) + 1


class Origin(NamedTuple):
    """The origin of a package. Only a correction or a retest changes it."""

    vendor: str | None
    batch_id: str | None
    uid: str | None
    source_uid: str | None
    harvest_production_date: dt.date | None
    packaged_date: dt.date | None
    check_in_date: dt.date | None
    best_by: dt.date | None
    tested_date: dt.date | None


class Extra(NamedTuple):
    """Fields that the guide does not name, shown only with the switch ``extra_package_fields``."""

    notes: str | None
    room: str | None
    method: str | None
    """The method of the lab: a field of each lab result, the same in all of them."""

    @property
    def of_package(self) -> dict[str, Any]:
        """The additional fields of the package."""
        return {"notes": self.notes, "location": {"room": self.room}}

    @property
    def of_result(self) -> dict[str, Any]:
        """The additional fields of each of its lab results."""
        return {"method": self.method}


DATES = frozenset(name for name in Origin._fields if name.endswith("_date") or name == "best_by")


def make_origin(seed: int, package_id: int, product: Product, checked_in_at: int) -> Origin:
    """Return a package's first origin, a pure function of the arguments."""
    rng = chance(seed, "package", package_id)
    check_in = instant_of(checked_in_at).date()
    packaged = check_in - dt.timedelta(days=1 + int(rng.random() * 19))

    def after_packaging(low: int, high: int) -> dt.date:
        return packaged + dt.timedelta(days=low + int(rng.random() * (high - low)))

    vendors, shelf_days = product.line.vendors, product.form.shelf_days
    vendor = vendors[int(rng.random() * len(vendors))]
    batch_id = make_batch(seed, rng, packaged, vendor, product.id)
    tags = rng.random()
    uid = None if tags < 0.05 else batch_id if tags < 0.1 else make_tag(rng)
    origin = Origin(
        vendor=vendor,
        batch_id=batch_id,
        uid=uid,
        source_uid=make_tag(rng) if rng.random() < 0.3 else None,
        harvest_production_date=after_packaging(-90, -20) if rng.random() < 0.95 else None,
        packaged_date=packaged,
        check_in_date=check_in,
        best_by=after_packaging(shelf_days - 30, shelf_days + 30) if rng.random() < 0.9 else None,
        tested_date=after_packaging(-10, 0) if rng.random() < 0.95 else None,
    )
    if not product.is_marijuana:
        return origin._replace(uid=None, source_uid=None, harvest_production_date=None, best_by=None, tested_date=None)
    return origin


def make_batch(seed: int, rng: Random, packaged: dt.date, vendor: str, product_id: int) -> str:
    """Return a batch id: the product's of that year, the vendor's of that week, or one of its own.

    So packages share batches as in real accounts: some within a product, some across products.
    """
    kind = rng.random()
    if kind < 0.3:
        number = mix(seed, "batch", packaged.year, product_id) % 9000
    elif kind < 0.6:
        number = mix(seed, "batch", packaged.year, packaged.toordinal() // 7, vendor) % 9000
    else:
        number = int(rng.random() * 9000)
    return f"BCH-{packaged.year}-{1000 + number}"


def make_tag(rng: Random) -> str:
    """Return a Metrc-like package tag: 24 upper-case alphanumerics that start with 1A4."""
    return "1A4" + rng.randbytes(21).translate(_LETTER_OF).decode()


def make_lab_results(seed: int, package_id: int, test: int, product: Product, drift: int = 0) -> list[LabResult]:
    """Return the analytes of one test of a package: all cannabinoids, and some of the terpenes.

    A package is within 4 % of the mean of its product, and a test within 1 % of its package; ``drift`` is the loss of
    its vendor, in thousandths.
    """
    own, draws = words(seed, "strength", package_id), words(seed, "lab", package_id, test)
    present = draws[0]  # a bit for every terpene
    results = []
    for number, mean in enumerate(product.means, start=1):
        if number >= TERPENES_FROM and present >> (number - TERPENES_FROM) & 1:
            continue
        draw = draws[number]
        if draw < 3277:  # one in twenty is not tested
            results.append(LabResult(number, None))
            continue
        strength = (960 + own[number] * 81 // 65_536) * (990 + draw * 21 // 65_536) * (1000 - drift)
        results.append(LabResult(number, Decimal(mean * strength // 1_000_000_000).scaleb(-2)))
    return results


def drift_of(origin: Origin, start: int) -> int:
    """Return the loss of potency of a package's vendor, in thousandths: its batches become weaker over the weeks."""
    if origin.vendor != DRIFTS or origin.packaged_date is None:
        return 0
    days = (origin.packaged_date - (instant_of(start).date() - DRIFT_BEGINS)).days
    return min(max(days * DRIFT_PER_DAY, 0), DRIFT_AT_MOST)


def make_extra(seed: int, package_id: int) -> Extra:
    """Return the first values of a package's fields that the guide does not name."""
    number = mix(seed, "extra", package_id)
    return Extra(NOTES[number % len(NOTES)], ROOMS[number // 8 % len(ROOMS)], METHODS[number // 64 % len(METHODS)])


def checked_label(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of an origin or an extra with ISO text converted to dates; any value may be None.

    An unknown name or another type of value is a ValueError.
    """
    known = (*Origin._fields, *Extra._fields)
    checked = {}
    for name, value in fields.items():
        if name not in known:
            raise ValueError(f"a package has no field {name} to relabel; it has {', '.join(known)}")
        checked[name] = dt.date.fromisoformat(value) if name in DATES and isinstance(value, str) else value
        if value is not None and type(checked[name]) is not (dt.date if name in DATES else str):
            raise ValueError(f"{name} is {'a date' if name in DATES else 'a text'} or null, not {value!r}")
    return checked


def draw_label(rng: Random, origin: Origin, extra: Extra) -> dict[str, Any]:
    """Return a random correction of one field, as an argument of a relabelling."""
    new: dict[str, Any] = {
        "uid": make_tag(rng),
        "source_uid": None if origin.source_uid else make_tag(rng),
        "vendor": rng.choice([each for each in VENDORS if each != origin.vendor]),
        "batch_id": f"BCH-2025-{rng.randrange(1000, 10_000)}",
        "best_by": None if origin.best_by is None else origin.best_by + dt.timedelta(days=rng.randrange(1, 90)),
        "notes": rng.choice([each for each in NOTES if each != extra.notes]),
        "room": rng.choice([each for each in ROOMS if each != extra.room]),
        "method": rng.choice([each for each in METHODS if each != extra.method]),
    }
    # Most corrections add a missing tag.
    name = "uid" if origin.uid is None and rng.random() < 0.6 else rng.choice(list(new))
    return {name: new[name]}
