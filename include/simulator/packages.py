"""Packages and their versions: a moment is the state of a package from a second on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .catalogue import Product
from .labels import DRIFTS, Extra, LabResult, Origin, drift_of, make_extra, make_lab_results, make_origin

Holdings = tuple[tuple[int, Decimal], ...]
"""(office id, quantity) of every office that holds a part of a package."""


class PackageMoment(NamedTuple):
    """A package from ``at`` on, until its next moment."""

    at: int
    package_id: int
    reason: str
    holdings: Holdings
    test: int = 0
    """The number of the test whose potencies apply; a retest that confirms the old ones keeps the number."""
    origin: Origin | None = None
    """The corrected origin. None: derived from the seed, as are the fields below."""
    lab_results: tuple[LabResult, ...] | None = None
    """The corrected results of the test."""
    extra: Extra | None = None
    """The corrected fields that the guide does not name."""

    @property
    def available(self) -> Decimal:
        """The quantity in all offices together."""
        return sum((quantity for _, quantity in self.holdings), Decimal(0))


@dataclass(slots=True, eq=False)
class Package:
    """One package. Only the numbers are stored: the other attributes are derived from the seed on request."""

    id: int
    product_id: int
    checked_in_to: int
    checked_in_at: int
    checked_in_quantity: Decimal
    opening: Decimal
    """The quantity left at the start of the world; the whole quantity of a later delivery."""
    since: int
    """The second from which it is in the world."""
    moments: list[PackageMoment] | None = None
    """None until something changes, because most packages of a large world never change."""


class PackageState(NamedTuple):
    """Everything about one package at a second."""

    id: int
    product_id: int
    measurement: str
    since: int
    """The second at which this version began."""
    reason: str
    origin: Origin
    """Vendor, tags and dates, with all corrections so far."""
    checked_in_to: int
    checked_in_quantity: Decimal
    holdings: dict[int, Decimal]
    """Office id -> quantity, of the offices that hold a part of it."""
    available: Decimal
    tested_date: dt.date | None
    lab_results: list[LabResult]
    in_milligrams: bool
    """True if the potencies are milligrams per package; otherwise they are percent."""
    extra: dict[str, Any]
    """The fields that the guide does not name, as the API returns them with ``extra_package_fields``."""
    lab_extra: dict[str, Any]
    """The additional fields of each lab result."""

    @property
    def at(self) -> int:
        """The same as ``since``, under the name that changes of stock have."""
        return self.since


class PackageBook(dict[int, Package]):
    """All packages by id, and their versions."""

    def __init__(self, seed: int, start: int, products: Mapping[int, Product]) -> None:
        super().__init__()
        self.seed = seed
        self._start = start
        self._products = products
        self.log: list[PackageMoment] = []
        """Every moment after a package's first, in order."""

    def origin(self, moment: PackageMoment) -> Origin:
        """Return vendor, tags and dates of a package in a moment."""
        package = self[moment.package_id]
        return moment.origin or self._first_origin(package)

    def _first_origin(self, package: Package) -> Origin:
        return make_origin(self.seed, package.id, self._products[package.product_id], package.checked_in_at)

    def lab_results(self, moment: PackageMoment) -> list[LabResult]:
        """Return the lab results of a moment; none if products of its kind are not tested."""
        return self.tested(moment) if moment.lab_results is None else list(moment.lab_results)

    def tested(self, moment: PackageMoment) -> list[LabResult]:
        """Return the results of a moment's test before corrections."""
        package = self[moment.package_id]
        product = self._products[package.product_id]
        # Only where that vendor is possible, because making an origin takes time.
        drift = drift_of(self._first_origin(package), self._start) if DRIFTS in product.line.vendors else 0
        return make_lab_results(self.seed, package.id, moment.test, product, drift)

    def extra_fields(self, moment: PackageMoment) -> Extra:
        """Return the fields of a package in a moment that the guide does not name."""
        return moment.extra or make_extra(self.seed, moment.package_id)

    def moments(self, package: Package) -> list[PackageMoment]:
        """Return every moment of a package, the oldest first."""
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
        return PackageMoment(package.since, package.id, reason, holdings)
