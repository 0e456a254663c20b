"""Packages: what never changes about one (from its id), and the moments in which something did."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import NamedTuple

from .catalogue import ANALYTES, CANNABINOIDS
from .clock import instant_of
from .seeds import chance

VENDORS = ("GreenFields Collective", "Harbor Farms", "Mesa Verde", "North Fork", "Old Orchard", "Pine & Salt")
TAG_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"

Holdings = tuple[tuple[int, Decimal], ...]
"""(office id, quantity) of every office that holds a part of a package."""


class PackageMoment(NamedTuple):
    """A package from ``at`` on, until its next moment."""

    at: int
    package_id: int
    reason: str
    holdings: Holdings
    retested: dt.date | None
    """The date of the latest test since check-in; None: the package's first test still counts."""
    test: int
    """Which test's potencies hold; a retest that confirms the old ones keeps the number."""

    @property
    def available(self) -> Decimal:
        """The quantity in all offices together."""
        return sum((quantity for _, quantity in self.holdings), Decimal(0))


class LabResult(NamedTuple):
    """One analyte's potency; None is "not tested", which is not zero."""

    id: int
    potency: Decimal | None


class Origin(NamedTuple):
    """What is true of a package for as long as it lives."""

    vendor: str
    batch_id: str
    uid: str | None
    source_uid: str | None
    harvest_production_date: dt.date | None
    packaged_date: dt.date
    check_in_date: dt.date
    best_by: dt.date | None
    tested_date: dt.date | None


class Package:
    """One package. Only the numbers are stored: the rest follows from the seed when asked for."""

    __slots__ = (
        "checked_in_at",
        "checked_in_quantity",
        "checked_in_to",
        "id",
        "moments",
        "opening",
        "product_id",
        "since",
    )

    def __init__(
        self,
        package_id: int,
        product_id: int,
        office_id: int,
        checked_in_at: int,
        quantity: Decimal,
        opening: Decimal,
        since: int,
    ) -> None:
        self.id = package_id
        self.product_id = product_id
        self.checked_in_to = office_id
        self.checked_in_at = checked_in_at
        self.checked_in_quantity = quantity
        self.opening = opening
        """What was left of it when this world's life began; the whole of it for a later delivery."""
        self.since = since
        """The second from which this world knows it."""
        self.moments: list[PackageMoment] | None = None
        """None until something changes: most packages of a large world never need the list."""


class PackageBook(dict[int, Package]):
    """All packages by id, and what they were at any second."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.log: list[PackageMoment] = []
        """Every moment after a package's first, in order."""

    def origin(self, package: Package) -> Origin:
        """Return vendor, tags and dates of a package."""
        return make_origin(self.seed, package)

    def moments(self, package: Package) -> list[PackageMoment]:
        """Return every moment of a package, the first sight included."""
        return package.moments if package.moments is not None else [self._first(package)]

    def now(self, package: Package) -> PackageMoment:
        """Return a package's current moment."""
        return package.moments[-1] if package.moments is not None else self._first(package)

    def record(self, moment: PackageMoment) -> None:
        """Append a moment to its package's history."""
        package = self[moment.package_id]
        if package.moments is None:
            package.moments = [self._first(package)]
        package.moments.append(moment)
        self.log.append(moment)

    def _first(self, package: Package) -> PackageMoment:
        holdings = ((package.checked_in_to, package.opening),)
        reason = "opening" if package.checked_in_at < package.since else "delivery"
        return PackageMoment(package.since, package.id, reason, holdings, None, 0)


class _Dates:
    """The dates of a package's past, counted back from its check-in."""

    def __init__(self, seed: int, package: Package) -> None:
        self.rng = chance(seed, "package", package.id)
        self.check_in = instant_of(package.checked_in_at).date()

    @cached_property
    def packaged(self) -> dt.date:
        return self.check_in - dt.timedelta(days=self.rng.randrange(1, 20))

    def before(self, low: int, high: int) -> dt.date:
        return self.packaged - dt.timedelta(days=self.rng.randrange(low, high))

    def after(self, low: int, high: int) -> dt.date:
        return self.packaged + dt.timedelta(days=self.rng.randrange(low, high))


def make_origin(seed: int, package: Package) -> Origin:
    """Return a package's origin: a pure function of the seed and the package's id and check-in."""
    dates = _Dates(seed, package)
    packaged, rng = dates.packaged, dates.rng
    batch_id = f"BCH-{packaged.year}-{rng.randrange(1000, 10_000)}"
    tags = rng.random()
    uid = None if tags < 0.05 else batch_id if tags < 0.1 else make_tag(rng)
    return Origin(
        vendor=VENDORS[rng.randrange(len(VENDORS))],
        batch_id=batch_id,
        uid=uid,
        source_uid=make_tag(rng) if rng.random() < 0.3 else None,
        harvest_production_date=dates.before(20, 90) if rng.random() < 0.95 else None,
        packaged_date=packaged,
        check_in_date=dates.check_in,
        best_by=dates.after(120, 365) if rng.random() < 0.9 else None,
        tested_date=dates.after(-10, 10) if rng.random() < 0.95 else None,
    )


def make_tag(rng: Random) -> str:
    """Return a Metrc-like package tag: 24 upper-case alphanumerics that start with 1A4."""
    return "1A4" + "".join(rng.choices(TAG_LETTERS, k=21))


def make_lab_results(seed: int, package: Package, test: int) -> list[LabResult]:
    """Return the analytes of one test of a package: all cannabinoids, and some of the terpenes."""
    rng = chance(seed, "lab", package.id, test)
    results = []
    for number in ANALYTES:
        terpene = number > len(CANNABINOIDS)
        if terpene and rng.random() < 0.5:
            continue
        top = 300 if terpene else 3000 if number <= 2 else 500
        potency = Decimal(int(rng.random() * top)).scaleb(-2)
        results.append(LabResult(number, None if rng.random() < 0.05 else potency))
    return results
