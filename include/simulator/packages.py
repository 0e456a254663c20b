"""Packages, and the moments in which something about one changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from .labels import Extra, LabResult, Origin, make_extra, make_lab_results, make_origin

Holdings = tuple[tuple[int, Decimal], ...]
"""(office id, quantity) of every office that holds a part of a package."""


class PackageMoment(NamedTuple):
    """A package from ``at`` on, until its next moment."""

    at: int
    package_id: int
    reason: str
    holdings: Holdings
    test: int = 0
    """The test whose potencies hold; a retest that confirms the old ones keeps the number."""
    origin: Origin | None = None
    """The origin as corrected; None: as the seed says, like all that follows."""
    lab_results: tuple[LabResult, ...] | None = None
    """The results of the test as corrected."""
    extra: Extra | None = None
    """The fields that the guide does not name, as corrected."""

    @property
    def available(self) -> Decimal:
        """The quantity in all offices together."""
        return sum((quantity for _, quantity in self.holdings), Decimal(0))


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
        """The quantity left when this world's life began; all of it for a later delivery."""
        self.since = since
        """The second from which this world knows it."""
        self.moments: list[PackageMoment] | None = None
        """None until something changes: most packages of a large world never need the list."""


class PackageState(NamedTuple):
    """Everything about one package at a second."""

    id: int
    product_id: int
    measurement: str
    since: int
    """The second of the moment that holds."""
    reason: str
    origin: Origin
    """Vendor, tags and dates, as corrected so far."""
    checked_in_to: int
    checked_in_quantity: Decimal
    holdings: dict[int, Decimal]
    """Office id -> quantity, of the offices that hold a part of it."""
    available: Decimal
    tested_date: dt.date | None
    lab_results: list[LabResult]
    extra: dict[str, Any]
    """The fields that the guide does not name, as the API shows them when it does."""
    lab_extra: dict[str, Any]
    """The like of each lab result."""

    @property
    def at(self) -> int:
        """The same as ``since``, under the name it has in every other record of the past."""
        return self.since


class PackageBook(dict[int, Package]):
    """All packages by id, and what they were at any second."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.log: list[PackageMoment] = []
        """Every moment after a package's first, in order."""

    def origin(self, moment: PackageMoment) -> Origin:
        """Return vendor, tags and dates of a package in a moment."""
        package = self[moment.package_id]
        return moment.origin or make_origin(self.seed, package.id, package.product_id, package.checked_in_at)

    def lab_results(self, moment: PackageMoment, tested: bool) -> list[LabResult]:
        """Return the lab results of a moment; ``tested``: whether such products are tested at all."""
        if moment.lab_results is not None:
            return list(moment.lab_results)
        return make_lab_results(self.seed, moment.package_id, moment.test) if tested else []

    def extra_fields(self, moment: PackageMoment) -> Extra:
        """Return the fields of a package in a moment that the guide does not name."""
        return moment.extra or make_extra(self.seed, moment.package_id)

    def moments(self, package: Package) -> list[PackageMoment]:
        """Return every moment of a package, the first sighting included."""
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
