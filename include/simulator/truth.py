"""The ground truth: the state of everything at any past second, read from the log alone.

It does not depend on responses, switches or faults. A state applies from its second on: the state at 12:00:00 includes
the events of the second that began at 12:00:00.
"""

from __future__ import annotations

from collections.abc import Callable

from .clock import Instant, seconds_of
from .metrc import export
from .packages import Package, PackageMoment, PackageState
from .state import State
from .stock import Change


class Truth:
    """Read-only access to the world's past. An instant is an aware datetime, ISO text, or Unix seconds."""

    def __init__(self, world: State, sync: Callable[[], int]) -> None:
        self._world = world
        self._sync = sync

    def _second(self, at: Instant | None) -> int:
        now = self._sync()
        second = now if at is None else seconds_of(at)
        if second > now:
            raise ValueError("the future is not known")
        return second

    def state(self, office_id: int, product_id: int, at: Instant | None = None) -> Change | None:
        """Return a product as an office listed it at an instant; None if it did not."""
        with self._world.lock:
            second = self._second(at)
            line = self._world.shelves[office_id].lines.get(product_id)
            change = line.at(second) if line else None
            return change if change is not None and change.listed else None

    def office(self, office_id: int, at: Instant | None = None) -> list[Change]:
        """Return every product an office listed at an instant, in the order of product ids."""
        with self._world.lock:
            second = self._second(at)
            states = (line.at(second) for line in self._world.shelves[office_id].lines.values())
            listed = [state for state in states if state is not None and state.listed]
            return sorted(listed, key=lambda state: state.product_id)

    def changes(
        self,
        office_id: int | None = None,
        product_id: int | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> list[Change]:
        """Return the changes in the order of time, including the opening stock; both ends are inclusive."""
        with self._world.lock:
            last = self._second(until)
            first = self._world.start if since is None else seconds_of(since)
            if office_id is not None and product_id is not None:
                line = self._world.shelves[office_id].lines.get(product_id)
                events = line.changes if line else []
            else:
                events = self._world.events
            return [
                event
                for event in events
                if first <= event.at <= last
                and office_id in (None, event.office_id)
                and product_id in (None, event.product_id)
            ]

    def package(self, package_id: int, at: Instant | None = None) -> PackageState | None:
        """Return a package at an instant; None before it was checked in. Unknown id: KeyError."""
        with self._world.lock:
            second = self._second(at)
            package = self._world.packages[package_id]
            moments = [each for each in self._world.packages.moments(package) if each.at <= second]
            return self._state(package, moments[-1]) if moments else None

    def current(self, package: Package) -> PackageState:
        """Return the current state of a package."""
        return self._state(package, self._world.packages.now(package))

    def package_changes(self, package_id: int) -> list[PackageState]:
        """Return every version of a package, the oldest first."""
        with self._world.lock:
            self._sync()
            package = self._world.packages[package_id]
            return [self._state(package, moment) for moment in self._world.packages.moments(package)]

    def packages(self, product_id: int, at: Instant | None = None) -> list[PackageState]:
        """Return a product's active packages (more than 0 available) at an instant."""
        with self._world.lock:
            packages = self._world.packages_of.get(product_id, [])
            states = [self.package(package.id, at) for package in packages]
            return [state for state in states if state is not None and state.available > 0]

    def metrc_export(self, at: Instant | None = None, license: str | None = None) -> str:  # noqa: A002
        """Return the active packages with a Metrc tag at an instant, as CSV text; see :mod:`simulator.metrc`.

        ``license`` selects the rows of one facility. Names of products are the current ones.
        """
        with self._world.lock:
            second = self._second(at)
            states = (self.package(package_id, second) for package_id in self._world.packages)
            return export(self._world, [state for state in states if state is not None], license)

    def _state(self, package: Package, moment: PackageMoment) -> PackageState:
        book, product = self._world.packages, self._world.products[package.product_id]
        origin, extra = book.origin(moment), book.extra_fields(moment)
        return PackageState(
            id=package.id,
            product_id=package.product_id,
            measurement=product.measurement,
            since=moment.at,
            reason=moment.reason,
            origin=origin,
            checked_in_to=package.checked_in_to,
            checked_in_quantity=package.checked_in_quantity,
            holdings=dict(moment.holdings),
            available=moment.available,
            tested_date=origin.tested_date,
            lab_results=book.lab_results(moment),
            in_milligrams=product.in_milligrams,
            extra=extra.of_package,
            lab_extra=extra.of_result,
        )
