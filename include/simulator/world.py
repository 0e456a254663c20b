"""The world and its events, which can be ordered for any later second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
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
    """An ordered event. ``changes`` is filled once it is done, which on a frozen clock is at once."""

    kind: str
    second: int
    product_id: int | None = None
    """The product that is created or changed, if there is one."""
    package_id: int | None = None
    """The package that is created or changed, if there is one."""
    changes: list[Change] = field(default_factory=list)
    done: bool = False

    @property
    def at(self) -> dt.datetime:
        """The instant from which responses show it."""
        return instant_of(self.second)


def exact(quantity: Number) -> Decimal:
    """Return a quantity as an exact decimal. A float is refused, because it rounds decimal digits."""
    if isinstance(quantity, bool | float):
        raise TypeError("a quantity is a Decimal, an int or a text, never a float")
    number = Decimal(quantity)
    if not number.is_finite():
        raise ValueError("a quantity is a finite number")
    return number


class World(State):
    """A deterministic world and the events that can be ordered in it.

    Without ``at`` an event takes effect in the next second: a frozen clock advances to it, so that no second has two
    states; a running clock reaches it. ``at`` names a later second. Every event returns a :class:`Happening`; an
    unknown id is a KeyError.
    """

    def __init__(self, **state: Any) -> None:
        """Create the state (with these parameters), its opening stock, its agenda and its truth."""
        super().__init__(**state)
        open_offices(self)
        self._agenda = Agenda(self)
        self.truth = Truth(self, self.sync)
        self.clock.follow(self.sync, self._agenda.earliest)

    def sync(self) -> int:
        """Perform every event up to the clock's current second and return that second."""
        return self._agenda.sync()

    def _order(
        self,
        kind: str,
        at: Instant | None,
        event: Callable[..., list[Change]],
        *arguments: Any,
        product_id: int | None = None,
        package_id: int | None = None,
    ) -> Happening:
        """Schedule an event for the next second or for ``at``."""
        with self.lock:
            now = self.sync()
            happening = Happening(kind, now + 1 if at is None else seconds_of(at), product_id, package_id)
            if happening.second <= now:
                raise ValueError("an event can only be ordered for a second to come")

            def perform() -> None:
                happening.changes = event(self, happening.second, *arguments)
                happening.done = True
                if kind == "deliver":  # the package, and with it its id, exists only now
                    happening.package_id = happening.changes[-1].packages[-1][0]

            self._agenda.order(happening.second, perform)
            if at is None and not self.clock.running:
                self.clock.set(happening.second)
            return happening

    def _check(self, **ids: Iterable[int]) -> None:
        """Raise KeyError if an id is unknown: the keywords are office, product, package and analyte."""
        known: dict[str, Collection[int]] = {
            "office": self.offices,
            "product": self.products,
            "package": self.packages,
            "analyte": ANALYTES,
        }
        for name, some in ids.items():
            for each in some:
                if each not in known[name]:
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
        """Set a quantity; ``packages`` (id -> quantity) replaces the packages, None adjusts them."""
        self._check(office=[office_id], product=[product_id], package=packages or ())
        number = exact(quantity)
        held = None if packages is None else {each: exact(have) for each, have in packages.items()}
        return self._order(
            "set_quantity", at, events.set_quantity, office_id, product_id, number, held, product_id=product_id
        )

    def sell(self, office_id: int, product_id: int, quantity: Number, *, at: Instant | None = None) -> Happening:
        """Sell a quantity from the oldest packages, at most the stock of the office."""
        self._check(office=[office_id], product=[product_id])
        number = exact(quantity)
        return self._order("sell", at, events.sell, office_id, product_id, number, product_id=product_id)

    def deliver(self, office_id: int, product_id: int, quantity: Number, *, at: Instant | None = None) -> Happening:
        """Check in a new package; its id is the result's ``package_id`` once the event is done."""
        self._check(office=[office_id], product=[product_id])
        number = exact(quantity)
        return self._order("deliver", at, events.deliver, office_id, product_id, number, product_id=product_id)

    def add_product(
        self,
        office_id: int,
        quantity: Number = 10,
        *,
        measurement: str | None = None,
        at: Instant | None = None,
    ) -> Happening:
        """List a product that is new to the catalogue, with one package; its id is ``product_id``."""
        self._check(office=[office_id])
        if measurement not in (None, *MEASUREMENTS):
            raise ValueError(f"no measurement {measurement}")
        with self.lock:
            product = make_products(self.seed, 1, first=len(self.catalogue))[0]
            product.measurement = measurement or product.measurement
            self.catalogue.append(product)
            self.products[product.id] = product
        return self.deliver(office_id, product.id, quantity, at=at)

    def remove_product(self, office_id: int, product_id: int, *, at: Instant | None = None) -> Happening:
        """Remove a product, with its packages, from an office's list."""
        self._check(office=[office_id], product=[product_id])
        return self._order("remove_product", at, events.remove, office_id, product_id, product_id=product_id)

    def empty_office(self, office_id: int, *, at: Instant | None = None) -> Happening:
        """Use up the whole stock of an office: all its quantities fall to 0."""
        self._check(office=[office_id])
        return self._order("empty_office", at, events.empty_office, office_id)

    def empty_package(self, package_id: int, *, at: Instant | None = None) -> Happening:
        """Use up a package: it leaves every list, and the product's quantity falls by the rest of it."""
        self._check(package=[package_id])
        return self._order("empty_package", at, events.empty_package, package_id, package_id=package_id)

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
        self._check(office=[from_office, to_office], package=[package_id])
        number = None if quantity is None else exact(quantity)
        return self._order(
            "transfer", at, events.transfer, package_id, from_office, to_office, number, package_id=package_id
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
        self._check(package=[package_id])
        date = dt.date.fromisoformat(tested_date) if isinstance(tested_date, str) else tested_date
        return self._order(
            "retest", at, partial(events.retest, same_potency=same_potency), package_id, date, package_id=package_id
        )

    def relabel(self, package_id: int, *, at: Instant | None = None, **fields: Any) -> Happening:
        """Correct fields of a package: those of ``Origin``, and ``notes``, ``room`` and ``method``.

        Dates may be ISO text, and every value may be None. Another field is a ValueError.
        """
        self._check(package=[package_id])
        checked = checked_label(fields)
        return self._order("relabel", at, partial(events.relabel, **checked), package_id, package_id=package_id)

    def correct_potency(
        self, package_id: int, analyte_id: int, potency: Number | None, *, at: Instant | None = None
    ) -> Happening:
        """Correct the potency of an analyte, or remove it, in the same test; a missing analyte is added."""
        self._check(package=[package_id], analyte=[analyte_id])
        number = None if potency is None else exact(potency)
        return self._order(
            "correct_potency", at, events.correct_potency, package_id, analyte_id, number, package_id=package_id
        )

    def drop_analyte(self, package_id: int, analyte_id: int, *, at: Instant | None = None) -> Happening:
        """Remove an analyte from a package's lab results."""
        self._check(package=[package_id], analyte=[analyte_id])
        return self._order("drop_analyte", at, events.drop_analyte, package_id, analyte_id, package_id=package_id)

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
        renamed: Office | Product
        if office_id is not None:
            self._check(office=[office_id])
            renamed = self.offices[office_id]
        elif product_id is not None:
            self._check(product=[product_id])
            renamed = self.products[product_id]

        def rename(*_: object) -> list[Change]:
            renamed.name = name
            self.version += 1
            return []

        return self._order("rename", at, rename, product_id=product_id)


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
