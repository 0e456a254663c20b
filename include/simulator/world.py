"""The world, in which anyone may let things happen: life's events, at a second of one's choice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from . import events
from .agenda import Agenda
from .catalogue import ANALYTES, MEASUREMENTS, Office, Product, make_products
from .clock import Instant, instant_of, seconds_of
from .labels import checked_label
from .opening import open_offices
from .state import State
from .stock import Change
from .truth import Truth

Number = Decimal | int | str


@dataclass
class Happening:
    """Something ordered. ``changes`` is filled when it has happened: at once on a frozen clock."""

    kind: str
    second: int
    changes: list[Change] = field(default_factory=list)
    done: bool = False
    package_id: int | None = None
    """The package that was made or touched, where there is one."""
    product_id: int | None = None
    """The product that was made or touched, where there is one."""

    @property
    def at(self) -> dt.datetime:
        """The instant from which on responses show it."""
        return instant_of(self.second)


EventMaker = Callable[[Happening], list[Change]]


def exact(quantity: Number) -> Decimal:
    """Return a quantity as an exact decimal. A float is refused: its digits are not the ones meant."""
    if isinstance(quantity, bool | float):
        raise TypeError("a quantity is a Decimal, an int or a text, never a float")
    number = Decimal(quantity)
    if not number.is_finite():
        raise ValueError("a quantity is a finite number")
    return number


class World(State):
    """A deterministic world and the events that can be ordered in it.

    Without ``at`` an event happens in the next second: a frozen clock is moved there, so that no
    second ever shows two states; a running clock gets there by itself. ``at`` names a later second.
    Every event returns a :class:`Happening`; an unknown id is a KeyError.
    """

    def __init__(self, **state: Any) -> None:
        """Compose the state (whose parameters these are), its opening stock, its life and its truth."""
        super().__init__(**state)
        open_offices(self)
        self._agenda = Agenda(self)
        self.truth = Truth(self, self.sync)
        self.clock.follow(self.sync, self._agenda.earliest)

    def sync(self) -> int:
        """Live up to the clock's current second and return that second."""
        return self._agenda.sync()

    def _happen(self, happening: Happening, event: EventMaker, at: Instant | None) -> Happening:
        with self.lock:
            now = self.sync()
            happening.second = now + 1 if at is None else seconds_of(at)
            if happening.second <= now:
                raise ValueError("an event can only be ordered for a second to come")

            def perform() -> None:
                happening.changes = event(happening)
                happening.done = True

            self._agenda.order(happening.second, perform)
            if at is None and not self.clock.running:
                self.clock.set(happening.second)
            return happening

    def _check(
        self,
        *,
        office_ids: tuple[int, ...] = (),
        product_id: int | None = None,
        package_ids: Iterable[int] = (),
        analyte_ids: tuple[int, ...] = (),
    ) -> None:
        checks: tuple[tuple[str, Iterable[int], Collection[int]], ...] = (
            ("office", office_ids, self.offices),
            ("product", () if product_id is None else (product_id,), self.products),
            ("package", package_ids, self.packages),
            ("analyte", analyte_ids, ANALYTES),
        )
        for name, ids, known in checks:
            for each in ids:
                if each not in known:
                    raise KeyError(f"no {name} {each}")

    def set_quantity(
        self,
        office_id: int,
        product_id: int,
        quantity: Number,
        packages: Mapping[int, Number] | None = None,
        *,
        at: Instant | None = None,
    ) -> Happening:
        """Set a quantity; ``packages`` (id -> quantity) replaces the packages, None lets them follow."""
        self._check(office_ids=(office_id,), product_id=product_id, package_ids=packages or ())
        number = exact(quantity)
        held = None if packages is None else {each: exact(have) for each, have in packages.items()}
        happening = Happening("set_quantity", 0, product_id=product_id)
        return self._happen(
            happening, lambda it: events.set_quantity(self, it.second, office_id, product_id, number, held), at
        )

    def sell(self, office_id: int, product_id: int, quantity: Number, *, at: Instant | None = None) -> Happening:
        """Sell a quantity from the oldest packages, at most what is there."""
        self._check(office_ids=(office_id,), product_id=product_id)
        number = exact(quantity)
        happening = Happening("sell", 0, product_id=product_id)
        return self._happen(happening, lambda it: events.sell(self, it.second, office_id, product_id, number), at)

    def deliver(self, office_id: int, product_id: int, quantity: Number, *, at: Instant | None = None) -> Happening:
        """Check in a new package; its id is the result's ``package_id`` once it has happened."""
        self._check(office_ids=(office_id,), product_id=product_id)
        number = exact(quantity)

        def event(it: Happening) -> list[Change]:
            changes = events.deliver(self, it.second, office_id, product_id, number)
            it.package_id = changes[-1].packages[-1][0]
            return changes

        return self._happen(Happening("deliver", 0, product_id=product_id), event, at)

    def add_product(
        self,
        office_id: int,
        quantity: Number = 10,
        *,
        measurement: str | None = None,
        at: Instant | None = None,
    ) -> Happening:
        """List a product that is new to the catalogue, with one package; its id is ``product_id``."""
        self._check(office_ids=(office_id,))
        if measurement not in (None, *MEASUREMENTS):
            raise ValueError(f"no measurement {measurement}")
        with self.lock:
            product = make_products(self.seed, 1, first=len(self.catalogue))[0]
            product.measurement = measurement or product.measurement
            self.catalogue.append(product)
            self.products[product.id] = product
        return self.deliver(office_id, product.id, quantity, at=at)

    def remove_product(self, office_id: int, product_id: int, *, at: Instant | None = None) -> Happening:
        """Take a product, with its packages, out of an office's list."""
        self._check(office_ids=(office_id,), product_id=product_id)
        happening = Happening("remove_product", 0, product_id=product_id)
        return self._happen(happening, lambda it: events.remove(self, it.second, office_id, product_id), at)

    def empty_office(self, office_id: int, *, at: Instant | None = None) -> Happening:
        """Use everything up that an office holds: all its quantities fall to 0."""
        self._check(office_ids=(office_id,))
        happening = Happening("empty_office", 0)
        return self._happen(happening, lambda it: events.empty_office(self, it.second, office_id), at)

    def empty_package(self, package_id: int, *, at: Instant | None = None) -> Happening:
        """Use a package up: it leaves every list, and the product's quantity falls by what it held."""
        self._check(package_ids=(package_id,))
        happening = Happening("empty_package", 0, package_id=package_id)
        return self._happen(happening, lambda it: events.empty_package(self, it.second, package_id), at)

    def transfer(
        self,
        package_id: int,
        from_office: int,
        to_office: int,
        quantity: Number | None = None,
        *,
        at: Instant | None = None,
    ) -> Happening:
        """Move a package, or a part of it, from one office to another in one second."""
        self._check(office_ids=(from_office, to_office), package_ids=(package_id,))
        number = None if quantity is None else exact(quantity)
        happening = Happening("transfer", 0, package_id=package_id)
        return self._happen(
            happening, lambda it: events.transfer(self, it.second, package_id, from_office, to_office, number), at
        )

    def retest(
        self,
        package_id: int,
        tested_date: dt.date | str | None = None,
        *,
        same_potency: bool = False,
        at: Instant | None = None,
    ) -> Happening:
        """Test a package again: a new date (default: the day) and, unless confirmed, new potencies."""
        self._check(package_ids=(package_id,))
        date = dt.date.fromisoformat(tested_date) if isinstance(tested_date, str) else tested_date
        happening = Happening("retest", 0, package_id=package_id)
        return self._happen(
            happening, lambda it: events.retest(self, it.second, package_id, date, same_potency=same_potency), at
        )

    def relabel(self, package_id: int, *, at: Instant | None = None, **fields: Any) -> Happening:
        """Correct fields of a package: those of ``Origin``, and ``notes``, ``room`` and ``method``.

        Dates may be ISO text, and everything None. Another field is a ValueError.
        """
        self._check(package_ids=(package_id,))
        checked = checked_label(fields)
        happening = Happening("relabel", 0, package_id=package_id)
        return self._happen(happening, lambda it: events.relabel(self, it.second, package_id, **checked), at)

    def correct_potency(
        self, package_id: int, analyte_id: int, potency: Number | None, *, at: Instant | None = None
    ) -> Happening:
        """Give an analyte another potency, or none, for the same test; where it is missing it appears."""
        self._check(package_ids=(package_id,), analyte_ids=(analyte_id,))
        number = None if potency is None else exact(potency)
        happening = Happening("correct_potency", 0, package_id=package_id)
        return self._happen(
            happening, lambda it: events.correct_potency(self, it.second, package_id, analyte_id, number), at
        )

    def drop_analyte(self, package_id: int, analyte_id: int, *, at: Instant | None = None) -> Happening:
        """Take an analyte out of a package's lab results."""
        self._check(package_ids=(package_id,), analyte_ids=(analyte_id,))
        happening = Happening("drop_analyte", 0, package_id=package_id)
        return self._happen(happening, lambda it: events.drop_analyte(self, it.second, package_id, analyte_id), at)

    def rename(
        self,
        *,
        office_id: int | None = None,
        product_id: int | None = None,
        name: str,
        at: Instant | None = None,
    ) -> Happening:
        """Give an office or a product another name. Names have no history in the truth."""
        if (office_id is None) == (product_id is None):
            raise ValueError("rename takes an office_id or a product_id")
        self._check(office_ids=() if office_id is None else (office_id,), product_id=product_id)
        named: Office | Product = self.offices[office_id] if office_id is not None else self.products[product_id or 0]

        def event(_: Happening) -> list[Change]:
            named.name = name
            self.version += 1
            return []

        return self._happen(Happening("rename", 0, product_id=product_id), event, at)


EVENTS = (
    "set_quantity",
    "sell",
    "deliver",
    "add_product",
    "remove_product",
    "empty_package",
    "empty_office",
    "transfer",
    "retest",
    "relabel",
    "correct_potency",
    "drop_analyte",
    "rename",
)
"""The names under which the admin API orders events."""
