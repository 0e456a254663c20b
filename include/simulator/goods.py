"""Forms of goods: how each is measured, packed, sold and tested."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

MEASUREMENTS = ("unit", "unit_range", "weight", "weight_range")

CANNABINOIDS = ("THC", "THCa", "CBD", "CBDa", "CBG", "CBGa", "CBN", "CBC", "THCV", "Delta-8 THC")
TERPENES = (
    "beta-Myrcene",
    "d-Limonene",
    "beta-Caryophyllene",
    "Linalool",
    "alpha-Pinene",
    "beta-Pinene",
    "alpha-Humulene",
    "Terpinolene",
    "Ocimene",
    "alpha-Bisabolol",
)
ANALYTES = dict(enumerate(CANNABINOIDS + TERPENES, start=1))
"""The reference list of lab results: id -> name."""


class Profile(NamedTuple):
    """Mean potencies, in hundredths of a percent, or of a milligram per package."""

    cannabinoids: tuple[int, ...]
    terpenes: int = 0
    """The most abundant terpene; the others have less. 0: terpenes are not tested."""
    in_milligrams: bool = False


#                      THC  THCa   CBD  CBDa  CBG CBGa  CBN CBC THCV D8
FLOWER = Profile((85, 2350, 6, 9, 12, 95, 6, 7, 11, 0), 85)
CBD_FLOWER = Profile((25, 75, 60, 1480, 14, 60, 3, 25, 5, 0), 70)
CARTRIDGE = Profile((8350, 60, 35, 5, 210, 20, 55, 85, 60, 15), 250)
LIVE_RESIN = Profile((420, 7300, 15, 30, 45, 260, 8, 20, 25, 0), 240)
HASH = Profile((310, 4650, 20, 40, 35, 180, 20, 15, 15, 0), 160)
EDIBLE = Profile((10_000, 0, 120, 0, 60, 0, 90, 40, 0, 0), 0, True)
TINCTURE = Profile((30_000, 60, 30_000, 80, 900, 20, 300, 250, 0, 0), 0, True)
BALM = Profile((10_000, 40, 30_000, 120, 500, 0, 150, 120, 0, 0), 0, True)


class Form(NamedTuple):
    """A form in which goods come. Quantities are in its measurement: units, or grams."""

    category: str
    size: str
    """The end of the product's name."""
    measurement: str
    cases: tuple[Decimal, ...]
    """Quantities of a new package."""
    sold: tuple[Decimal, ...]
    """Quantities of a sale; a frequent one is there several times."""
    demand: float
    """The share of interested customers who buy: 1 sells fastest."""
    shelf_days: int
    """Typical days from packaging to the best-by date; 0: it has none."""
    profile: Profile | None
    """None: products of the form are not tested, because they contain no cannabis."""
    openings: tuple[tuple[Decimal, Decimal], ...]
    """Opening packages: checked-in quantity, and what is left of it. Shared objects, because worlds may be large."""

    @property
    def reorder_below(self) -> Decimal:
        """The stock of an office below which a shop orders."""
        return self.cases[-1] * Decimal("0.4")


def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(each) for each in text.split())


def _form(
    category: str,
    size: str,
    measurement: str,
    cases: str,
    sold: str,
    demand: float,
    shelf_days: int,
    profile: Profile | None,
) -> Form:
    whole = _numbers(cases)
    step = Decimal("3.5") if measurement.startswith("weight") else Decimal(1)
    openings = tuple((case, case - step * taken) for case in whole for taken in range(int(case / step)))
    return Form(category, size, measurement, whole, _numbers(sold), demand, shelf_days, profile, openings)


EIGHTH = _form("Flower", "3.5g", "unit", "48 60", "1 1 1 2", 0.9, 180, FLOWER)
HALF_OUNCE = _form("Flower", "14g", "unit", "24 36", "1", 0.45, 180, FLOWER)
BULK_FLOWER = _form("Flower", "bulk", "weight", "113.40 226.80", "1 3.5 3.5 3.5 7 7 14 28", 0.8, 180, FLOWER)
SMALLS = _form("Flower", "smalls, bulk", "weight_range", "113.40 226.80", "3.5 7 7 14 28", 0.6, 180, FLOWER)
PRE_ROLL = _form("Pre-rolls", "pre-roll 1g", "unit_range", "72 96", "1 1 2 3 5", 1.0, 180, FLOWER)
PRE_ROLL_PACK = _form("Pre-rolls", "pre-rolls 5 x 0.5g", "unit", "24 36", "1 1 1 2", 0.6, 180, FLOWER)
CARTRIDGE_HALF = _form("Vape cartridges", "cartridge 0.5g", "unit", "36 48", "1 1 1 2", 0.75, 365, CARTRIDGE)
DISPOSABLE = _form("Vape cartridges", "disposable 1g", "unit", "24 36", "1 1 1 2", 0.5, 365, CARTRIDGE)
GUMMIES = _form("Edibles", "gummies 100mg", "unit", "48 72", "1 1 2 2 3", 0.85, 200, EDIBLE)
CHOCOLATE = _form("Edibles", "chocolate 100mg", "unit", "30 40", "1 1 1 2", 0.5, 200, EDIBLE)
RESIN = _form("Concentrates", "live resin 1g", "unit", "24 36", "1 1 1 2", 0.4, 240, LIVE_RESIN)
BULK_HASH = _form("Concentrates", "hash, bulk", "weight", "56.70 113.40", "1 1 2 3.5", 0.35, 365, HASH)
DROPS = _form("Tinctures", "tincture 30ml", "unit", "12 24", "1", 0.25, 365, TINCTURE)
SALVE = _form("Topicals", "balm 60g", "unit", "12 18", "1", 0.2, 365, BALM)
ACCESSORY = _form("Gear", "", "unit", "20 40", "1 1 1 2", 0.35, 0, None)

CATEGORIES = ("Flower", "Pre-rolls", "Vape cartridges", "Edibles", "Concentrates", "Tinctures", "Topicals", "Gear")
