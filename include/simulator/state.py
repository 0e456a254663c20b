"""The current state of a world and its append-only log."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal
from operator import attrgetter

from .catalogue import (
    Office,
    Product,
    make_analytes,
    make_brands,
    make_categories,
    make_offices,
    make_products,
    package_id_at,
)
from .clock import Clock, Instant
from .habits import Shop
from .labels import LabResult
from .packages import Package, PackageBook, PackageMoment
from .stock import Change, Contents, Line, Shelf


class State:
    """The state of a deterministic world. Hold its lock to read or change it.

    State changes at whole seconds only, and only by :meth:`put` and :meth:`record`. Both append to a log, from which
    :class:`~simulator.truth.Truth` reads every past second.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        offices: int = 2,
        products: int = 20,
        packages_per_product: int = 2,
        start: Instant = "2025-03-01T15:00:00+00:00",
        clock: Clock | None = None,
        life: float = 0.0,
        shop: Shop | None = None,
    ) -> None:
        self.seed = seed
        self.clock = clock or Clock(start)
        self.lock = self.clock.lock
        self.start = self.clock.start
        self.life = life
        """Events per product and day in every office. A change takes effect with the next hour."""
        self.shop = shop
        """The habits of the shops, and their stories; None: random events are careless, and happen around the clock."""
        self.products_per_office = products
        self.packages_per_product = packages_per_product
        self.brands, self.categories, self.analytes = make_brands(), make_categories(), make_analytes()
        self.offices: dict[int, Office] = {office.id: office for office in make_offices(seed, offices)}
        # A tenth more than any office lists at first, for products that appear later.
        self.catalogue: list[Product] = make_products(seed, products + (products + 9) // 10)
        self.products: dict[int, Product] = {product.id: product for product in self.catalogue}
        self.shelves: dict[int, Shelf] = {office_id: Shelf() for office_id in self.offices}
        self.packages = PackageBook(seed, self.start, self.products)
        self.packages_of: dict[int, list[Package]] = {}
        self.events: list[Change] = []
        """Every change in order, which is also the index of ``updated``."""
        self.event_lines: list[Line] = []
        """The line of each event. An event is the latest one of its line if it is the line's current change."""
        self.version = 0

    def line(self, office_id: int, product_id: int) -> Change | None:
        """Return the current state of a product in an office; None if it was never listed."""
        line = self.shelves[office_id].lines.get(product_id)
        return line.change if line else None

    def lab_results(self, package: Package) -> list[LabResult]:
        """Return the current lab results of a package; none if products of its kind are not tested."""
        return self.packages.lab_results(self.packages.now(package))

    def new_package(self, at: int, office_id: int, product_id: int, quantity: Decimal) -> Package:
        """Create a package that is checked in at a second."""
        package = Package(package_id_at(len(self.packages)), product_id, office_id, at, quantity, quantity, at)
        self.packages[package.id] = package
        self.packages_of.setdefault(product_id, []).append(package)
        return package

    def put(
        self, at: int, office_id: int, product_id: int, quantity: Decimal | None, packages: Contents, reason: str
    ) -> list[Change]:
        """Set the state of a line and the holdings of its packages; return the change if there is one."""
        before = self.line(office_id, product_id)
        old = before.packages if before else ()
        if before is not None and before.quantity == quantity and old == packages:
            return []
        measurement = self.products[product_id].measurement
        change = Change(at, office_id, product_id, reason, measurement, quantity, packages)
        self.event_lines.append(self.shelves[office_id].put(change))
        self.events.append(change)
        self.version += 1
        self._hold(at, office_id, dict(old), dict(packages), reason)
        return [change]

    def _hold(self, at: int, office_id: int, old: dict[int, Decimal], new: dict[int, Decimal], reason: str) -> None:
        for package_id in {**old, **new}:
            quantity = new.get(package_id)
            if quantity == old.get(package_id):
                continue
            moment = self.packages.now(self.packages[package_id])
            holdings = dict(moment.holdings)
            if quantity is None:
                holdings.pop(office_id, None)
            else:
                holdings[office_id] = quantity
            after = tuple(sorted(holdings.items()))
            if after != moment.holdings:  # the first moment of a delivery already has its holdings
                self.record(moment._replace(at=at, reason=reason, holdings=after))

    def record(self, moment: PackageMoment) -> None:
        """Append a package's new moment."""
        self.packages.record(moment)
        self.version += 1

    def changed_since(self, second: int) -> list[Line]:
        """Return the listed lines whose latest change is at or after a second, in the order of time."""
        first = bisect_left(self.events, second, key=attrgetter("at"))
        recent = zip(self.event_lines[first:], self.events[first:], strict=True)
        return [line for line, event in recent if line.change is event and event.quantity is not None]
