"""The catalogue: offices, products, brands, categories and analytes."""

from __future__ import annotations

from dataclasses import dataclass

from .seeds import chance

MEASUREMENTS = ("unit", "unit_range", "weight", "weight_range")

BRANDS = ("Amber Ridge", "Blue Heron", "Coastline", "Dry Creek", "Evergreen Row", "Foxglove", "Grove & Co", "Highmark")
CATEGORIES = ("Flower", "Pre-rolls", "Vape cartridges", "Edibles", "Concentrates", "Tinctures", "Topicals", "Gear")
STRAINS = ("Sour Diesel", "Blue Dream", "Wedding Cake", "Gelato", "Jack Herer", "Harlequin", "ACDC", "Granddaddy")
FORMS = ("3.5g prepack", "1g", "pre-roll", "cartridge 0.5g", "gummies 100mg", "bulk", "tincture 30ml", "live resin")

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
LICENCES = ((True, True), (False, True), (True, False))
"""(medical, adult use): the first office has both licences, the second and the third have one."""

ANALYTES = dict(enumerate(CANNABINOIDS + TERPENES, start=1))
"""The reference list of lab results: id -> name."""


@dataclass(slots=True)
class Office:
    """A location that holds stock. An absent licence is an empty string, as in the vendor's API."""

    id: int
    name: str
    type: int
    selling_type: str
    is_medical: bool
    is_recreational: bool
    medical_state_license_number: str
    adult_use_state_license_number: str
    business_name: str


@dataclass(slots=True)
class Product:
    """A product of the catalogue."""

    id: int
    name: str
    brand_id: int
    category_id: int
    strain_type_id: int
    is_marijuana: bool
    measurement: str

    @property
    def weighed(self) -> bool:
        """True if its quantities are grams; otherwise they are units."""
        return self.measurement.startswith("weight")


@dataclass(slots=True, frozen=True)
class Named:
    """An id and its name: a brand, a category or an analyte."""

    id: int
    name: str


def make_brands() -> list[Named]:
    """Return the brands, with sparse ids."""
    return [Named(7001 + 37 * index, name) for index, name in enumerate(BRANDS)]


def make_categories() -> list[Named]:
    """Return the categories, with sparse ids."""
    return [Named(301 + 11 * index, name) for index, name in enumerate(CATEGORIES)]


def make_analytes() -> list[Named]:
    """Return the analytes of lab results."""
    return [Named(number, name) for number, name in ANALYTES.items()]


def make_offices(seed: int, count: int) -> list[Office]:
    """Return offices with the ids 101, 108, 115, ...: neither small nor dense."""
    return [_office(seed, index) for index in range(count)]


def _office(seed: int, index: int) -> Office:
    rng = chance(seed, "office", index)
    medical, recreational = LICENCES[index % len(LICENCES)]
    return Office(
        id=101 + 7 * index,
        name=f"Office {chr(65 + index % 26)}{index // 26 or ''}",
        type=rng.choice((1, 1, 1, 2)),
        selling_type=rng.choice(("store", "store", "delivery")),
        is_medical=medical,
        is_recreational=recreational,
        medical_state_license_number=f"M10-{rng.randrange(1000, 10_000)}{index:03d}-LIC" if medical else "",
        adult_use_state_license_number=f"A10-{rng.randrange(1000, 10_000)}{index:03d}-LIC" if recreational else "",
        business_name="Simulated Retail LLC",
    )


def product_id_at(index: int) -> int:
    """Return the id of the product at an index: sparse, ascending, beyond 2**31 from the 15th on."""
    return 2_146_000_000 + 99_991 * index + index * index * 31 % 99_991


def package_id_at(index: int) -> int:
    """Return the id of the package at an index: sparse, ascending, beyond 2**31 from the 49th on."""
    return 2_147_000_000 + 9_973 * index + index * index * 31 % 9_973


def make_products(seed: int, count: int, first: int = 0) -> list[Product]:
    """Return products ``first`` to ``first + count - 1`` of the catalogue."""
    brands, categories = make_brands(), make_categories()
    rng = chance(seed, "products", first)
    products = []
    for index in range(first, first + count):
        category = rng.randrange(len(categories))
        form = FORMS[rng.randrange(len(FORMS))]
        products.append(
            Product(
                id=product_id_at(index),
                name=f"{STRAINS[rng.randrange(len(STRAINS))]} {form} #{index}",
                brand_id=brands[rng.randrange(len(brands))].id,
                category_id=categories[category].id,
                strain_type_id=rng.randrange(5),
                is_marijuana=CATEGORIES[category] != "Gear",
                measurement=rng.choices(MEASUREMENTS, (60, 10, 25, 5))[0],
            )
        )
    return products
