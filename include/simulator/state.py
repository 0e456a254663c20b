"""The world: its state now, its append-only log, and the one way in which state changes."""

from __future__ import annotations

import gc
import heapq
from bisect import bisect_left
from collections.abc import Callable
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
from .life import HOUR, Intent, intents, live
from .opening import open_office
from .packages import Package, PackageBook, PackageMoment
from .stock import Change, Contents, Line, Shelf
from .truth import Truth

LARGE = 50_000
"""Lines from which on a world is kept out of the garbage collector's sight."""

Scheduled = tuple[int, int, int, int, Callable[[], object]]


class State:
    """The state of a deterministic world. All reading and changing is done under its lock, after ``sync()``.

    State changes at whole seconds only, and only by :meth:`put` and :meth:`record`; both append to a
    log, so every past second can be asked for (see :class:`~simulator.truth.Truth`).
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
    ) -> None:
        self.seed = seed
        self.clock = clock or Clock(start)
        self.lock = self.clock.lock
        self.start = self.clock.start
        self.life = life
        """Events per product and day in every office. A change takes effect with the next hour."""
        self.products_per_office = products
        self.packages_per_product = packages_per_product
        self.brands, self.categories, self.analytes = make_brands(), make_categories(), make_analytes()
        self.offices: dict[int, Office] = {office.id: office for office in make_offices(seed, offices)}
        # A tenth more than any office lists at first: products that can appear later.
        self.catalogue: list[Product] = make_products(seed, products + (products + 9) // 10)
        self.products: dict[int, Product] = {product.id: product for product in self.catalogue}
        self.shelves: dict[int, Shelf] = {office_id: Shelf() for office_id in self.offices}
        self.packages = PackageBook(seed)
        self.packages_of: dict[int, list[Package]] = {}
        self.events: list[Change] = []
        """Every change there ever was, in order: also the index behind ``updated``."""
        self.event_lines: list[Line] = []
        """The line of each event: an event is the line's latest one when the line still shows it."""
        self.version = 0
        self.truth = Truth(self)
        self._agenda: list[Scheduled] = []
        self._orders = 0
        self._next_hour = self.start // HOUR
        self._last_intent = self.start
        self._open()
        self.clock.follow(self.sync, self._earliest)

    def _open(self) -> None:
        gc.disable()  # nothing of the opening stock is garbage: looking for it takes half of the start
        try:
            for index, office in enumerate(self.offices.values()):
                lines = open_office(self, index, office, self.products_per_office)
                self.shelves[office.id].fill(lines)
                self.event_lines += lines
            self.events = [line.change for line in self.event_lines]
        finally:
            gc.enable()
        if len(self.events) >= LARGE:
            # Looking through a large world for garbage, again and again, costs more than serving it.
            gc.freeze()

    def sync(self) -> int:
        """Live up to the clock's current second and return that second."""
        with self.lock:
            now = self.clock.seconds()
            while self._next_hour * HOUR <= now:
                self._plan(self._next_hour)
                self._next_hour += 1
                self._perform(min(now, self._next_hour * HOUR - 1))
            self._perform(now)
            return now

    def _plan(self, hour: int) -> None:
        """Put an hour's life on the agenda."""
        if not self.life:
            return
        mean = self.life * self.products_per_office / 24
        for office_id in self.offices:
            for intent in intents(self.seed, office_id, hour, mean):
                if intent.at > self.start:
                    self._schedule(intent.at, 0, intent.office, intent.sequence, self._living(intent))

    def _living(self, intent: Intent) -> Callable[[], object]:
        return lambda: live(self, intent)

    def _schedule(self, at: int, rank: int, office_id: int, sequence: int, event: Callable[[], object]) -> None:
        heapq.heappush(self._agenda, (at, rank, office_id, sequence, event))

    def order(self, at: int, event: Callable[[], object]) -> None:
        """Let something happen at a second to come, after the life of that second."""
        self._orders += 1
        self._schedule(at, 1, 0, self._orders, event)

    def _perform(self, until: int) -> None:
        while self._agenda and self._agenda[0][0] <= until:
            at, _, _, _, event = heapq.heappop(self._agenda)
            self._last_intent = at
            event()

    def _earliest(self) -> int:
        """Return the second before which the clock cannot be set: the last one that was lived."""
        return self._last_intent

    def line(self, office_id: int, product_id: int) -> Change | None:
        """Return what an office holds of a product now; None when it never listed it."""
        line = self.shelves[office_id].lines.get(product_id)
        return line.change if line else None

    def new_package(self, at: int, office_id: int, product_id: int, quantity: Decimal) -> Package:
        """Return a package that is checked in at a second."""
        package = Package(package_id_at(len(self.packages)), product_id, office_id, at, quantity, quantity, at)
        self.packages[package.id] = package
        self.packages_of.setdefault(product_id, []).append(package)
        return package

    def put(
        self, at: int, office_id: int, product_id: int, quantity: Decimal | None, packages: Contents, reason: str
    ) -> list[Change]:
        """Give a line a new state and its packages their new holdings. Return the change, if it is one."""
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
            if after != moment.holdings:  # a delivery's first moment already says where it lies
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
