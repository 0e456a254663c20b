"""The catalogue: offices, products, brands, categories and analytes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from . import goods
from .goods import ANALYTES, CATEGORIES, MEASUREMENTS, Form
from .seeds import chance, words

__all__ = ["ANALYTES", "MEASUREMENTS"]  # next to the functions and classes below

STRAINS = (
    "Blue Dream",
    "Sour Diesel",
    "Wedding Cake",
    "Gelato",
    "Jack Herer",
    "Harlequin",
    "Northern Lights",
    "Pineapple Express",
    "OG Kush",
    "Granddaddy Purple",
    "ACDC",
    "Green Crack",
)
CBD_STRAINS = frozenset({"Harlequin", "ACDC"})
FRUITS = ("Mango", "Sour Cherry", "Blood Orange", "Watermelon", "Blackberry", "Yuzu", "Peach", "Green Apple")
BARS = ("Dark Sea Salt", "Milk Hazelnut", "Mint Crisp", "Espresso", "White Raspberry", "Orange Almond")
MOODS = ("Balance", "Calm", "Sleep", "Relief", "Focus", "Ease")
TOOLS = ("Glass pipe", "Grinder 4-part", "Rolling papers", "Rolling tray", "510 battery", "Odor-proof pouch")

SHOPS = ("Mission Street", "Sunset", "Oakland", "Warehouse", "Berkeley", "San Jose", "Santa Cruz", "Sacramento")
STORAGE = "Warehouse"
LICENCES = ((True, True), (False, True), (True, False))
"""(medical, adult use): the first office has both licences, the second and the third have one."""


class Line(NamedTuple):
    """The products of a brand in one form, each from one of its vendors."""

    brand: str
    vendors: tuple[str, ...]
    form: Form
    names: tuple[str, ...]


LINES = (
    Line("Amber Ridge", ("GreenFields Collective",), goods.EIGHTH, STRAINS),
    Line("Grove & Co", ("Mesa Verde", "Old Orchard"), goods.BULK_FLOWER, STRAINS),
    Line("Dry Creek", ("Pine & Salt",), goods.GUMMIES, FRUITS),
    Line("Blue Heron", ("Harbor Farms",), goods.PRE_ROLL, STRAINS),
    Line("Coastline", ("North Fork",), goods.CARTRIDGE_HALF, STRAINS),
    Line("Grove & Co", ("Mesa Verde", "Old Orchard"), goods.SMALLS, STRAINS),
    Line("Highmark", ("Lakeside Supply",), goods.ACCESSORY, TOOLS),
    Line("Evergreen Row", ("North Fork",), goods.RESIN, STRAINS),
    Line("Dry Creek", ("Pine & Salt",), goods.CHOCOLATE, BARS),
    Line("Blue Heron", ("Harbor Farms",), goods.PRE_ROLL_PACK, STRAINS),
    Line("Foxglove", ("Pine & Salt",), goods.DROPS, MOODS),
    Line("Amber Ridge", ("GreenFields Collective",), goods.HALF_OUNCE, STRAINS),
    Line("Coastline", ("North Fork",), goods.DISPOSABLE, STRAINS),
    Line("Foxglove", ("Pine & Salt",), goods.SALVE, MOODS),
    Line("Evergreen Row", ("Harbor Farms",), goods.BULK_HASH, STRAINS),
)
"""The lines in the order in which the catalogue takes a product from each. The first eight have every measurement."""

BRANDS = tuple(dict.fromkeys(line.brand for line in LINES))
VENDORS = tuple(dict.fromkeys(vendor for line in LINES for vendor in line.vendors))


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
    line: Line
    means: tuple[int, ...] = ()
    """Its own mean potency of each analyte, in hundredths, in the order of ids; none if it is not tested."""

    @property
    def form(self) -> Form:
        """The form in which it comes."""
        return self.line.form

    @property
    def weighed(self) -> bool:
        """True if its quantities are grams; otherwise they are units."""
        return self.measurement.startswith("weight")

    @property
    def in_milligrams(self) -> bool:
        """True if its potencies are milligrams per package; otherwise they are percent."""
        return self.form.profile is not None and self.form.profile.in_milligrams

    def amount(self, share: float) -> Decimal:
        """Return the quantity of a sale, for a share from 0 to 1."""
        return self.form.sold[int(share * len(self.form.sold))]

    def case(self, share: float) -> Decimal:
        """Return the quantity of a new package, for a share from 0 to 1."""
        return self.form.cases[int(share * len(self.form.cases))]


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
    """Return offices with the ids 101, 108, 115, ...: neither small nor dense. The fourth one is a storage."""
    return [_office(seed, index) for index in range(count)]


def _office(seed: int, index: int) -> Office:
    rng = chance(seed, "office", index)
    medical, recreational = LICENCES[index % len(LICENCES)]
    name, chapter = SHOPS[index % len(SHOPS)], index // len(SHOPS) + 1
    return Office(
        id=101 + 7 * index,
        name=name if chapter == 1 else f"{name} {chapter}",
        type=2 if name == STORAGE else 1,
        selling_type="delivery" if name == STORAGE else "store",
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
    """Return products ``first`` to ``first + count - 1`` of the catalogue. The seed decides their potencies only."""
    brands = {brand.name: brand.id for brand in make_brands()}
    categories = {category.name: category.id for category in make_categories()}
    products = []
    for index in range(first, first + count):
        row, place = divmod(index, len(LINES))
        line = LINES[place]
        # Each line begins elsewhere in its names, so that no strain is in every one of the first products.
        name = line.names[(row + 5 * place) % len(line.names)]
        chapter = row // len(line.names) + 1
        parts = [line.brand, name, line.form.size, "" if chapter == 1 else f"No. {chapter}"]
        products.append(
            Product(
                id=product_id_at(index),
                name=" ".join(part for part in parts if part),
                brand_id=brands[line.brand],
                category_id=categories[line.form.category],
                strain_type_id=STRAINS.index(name) % 3 + 1 if name in STRAINS else 0,
                is_marijuana=line.form.profile is not None,
                measurement=line.form.measurement,
                line=line,
                means=_means(seed, index, line.form, name),
            )
        )
    return products


def _means(seed: int, index: int, form: Form, name: str) -> tuple[int, ...]:
    """Return a product's mean potencies, in hundredths: those of its form, a part more or less."""
    profile = form.profile
    if profile is None:
        return ()
    if profile is goods.FLOWER and name in CBD_STRAINS:
        profile = goods.CBD_FLOWER
    # A dose is exact to a few percent; plants differ more, and their terpenes most.
    spread = 30 if profile.in_milligrams else 120
    draws = words(seed, "means", index)
    cannabinoids = [
        mean * (1000 - spread + draw % (2 * spread)) // 1000
        for mean, draw in zip(profile.cannabinoids, draws, strict=False)
    ]
    shares = [5 + draw % 96 for draw in draws[len(cannabinoids) :][: len(goods.TERPENES)]] if profile.terpenes else []
    return (*cannabinoids, *(profile.terpenes * share // 100 for share in shares))
