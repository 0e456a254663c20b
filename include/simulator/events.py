"""Events that change stock or packages. Each takes the world and a second, and returns its changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from .clock import instant_of
from .labels import Extra, LabResult, Origin
from .state import State
from .stock import Change, Contents

ZERO = Decimal(0)
Potencies = dict[int, Decimal | None]
"""Analyte id -> potency, as in lab results."""


def take(contents: Contents, amount: Decimal, *, newest_first: bool = False) -> Contents:
    """Return the contents after an amount is taken, from the oldest package first and without empty ones.

    Takes at most the sum of the packages, because reserved or miscounted stock belongs to no package.
    """
    left = []
    for package_id, quantity in reversed(contents) if newest_first else contents:
        taken = max(min(quantity, amount), ZERO)
        amount -= taken
        if quantity > taken:
            left.append((package_id, quantity - taken))
    return tuple(reversed(left)) if newest_first else tuple(left)


def without(contents: Contents, package_id: int) -> Contents:
    """Return contents without one package."""
    return tuple(held for held in contents if held[0] != package_id)


def set_quantity(
    world: State,
    at: int,
    office_id: int,
    product_id: int,
    quantity: Decimal,
    packages: Mapping[int, Decimal] | None = None,
    reason: str = "correction",
) -> list[Change]:
    """Correct a product's quantity, and its packages: to those given, or by the difference."""
    if packages is not None:
        contents: Contents = tuple(packages.items())
    else:
        contents = _follow(world, office_id, product_id, quantity)
    return world.put(at, office_id, product_id, quantity, contents, reason)


def _follow(world: State, office_id: int, product_id: int, quantity: Decimal) -> Contents:
    state = world.line(office_id, product_id)
    if state is None or not state.packages:
        return ()
    difference = quantity - (state.quantity or ZERO)
    if difference <= 0:
        return take(state.packages, -difference)
    newest, held = state.packages[-1]
    return (*state.packages[:-1], (newest, held + difference))


def sell(
    world: State,
    at: int,
    office_id: int,
    product_id: int,
    quantity: Decimal,
    *,
    newest_first: bool = False,
    reason: str = "sale",
) -> list[Change]:
    """Sell from the oldest package on, at most the stock of the office."""
    state = world.line(office_id, product_id)
    if state is None or state.quantity is None or state.quantity <= 0:
        return []
    sold = min(quantity, state.quantity)
    contents = take(state.packages, sold, newest_first=newest_first)
    return world.put(at, office_id, product_id, state.quantity - sold, contents, reason)


def deliver(world: State, at: int, office_id: int, product_id: int, quantity: Decimal) -> list[Change]:
    """Check in a new package, and list the product in the office if it was not listed."""
    package = world.new_package(at, office_id, product_id, quantity)
    state = world.line(office_id, product_id)
    before, contents = (state.quantity or ZERO, state.packages) if state else (ZERO, ())
    return world.put(at, office_id, product_id, before + quantity, (*contents, (package.id, quantity)), "delivery")


def remove(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    """Remove a product, with its packages, from an office's list."""
    state = world.line(office_id, product_id)
    if state is None or not state.listed:
        return []
    return world.put(at, office_id, product_id, None, (), "removed")


def empty_office(world: State, at: int, office_id: int) -> list[Change]:
    """Set every listed product of an office to quantity 0; it stays listed."""
    lines = world.shelves[office_id].lines
    listed = [product_id for product_id, line in lines.items() if line.change.listed]
    return [change for product_id in listed for change in world.put(at, office_id, product_id, ZERO, (), "emptied")]


def empty_package(world: State, at: int, package_id: int, reason: str = "sale") -> list[Change]:
    """Use up a package in every office that holds a part of it."""
    package = world.packages[package_id]
    changes = []
    for office_id, held in world.packages.now(package).holdings:
        state = world.line(office_id, package.product_id)
        if state is not None and state.quantity is not None:
            contents = without(state.packages, package_id)
            changes += world.put(at, office_id, package.product_id, state.quantity - held, contents, reason)
    return changes


def transfer(
    world: State, at: int, package_id: int, from_office: int, to_office: int, quantity: Decimal | None = None
) -> list[Change]:
    """Move a package, or a part of it, to another office. Both offices change in the same second."""
    product_id = world.packages[package_id].product_id
    source, target = world.line(from_office, product_id), world.line(to_office, product_id)
    held = dict(source.packages).get(package_id) if source else None
    if source is None or source.quantity is None or held is None or from_office == to_office:
        return []
    moved = held if quantity is None else min(quantity, held)
    left = tuple((each, have - moved if each == package_id else have) for each, have in source.packages)
    sent = world.put(
        at, from_office, product_id, source.quantity - moved, tuple(each for each in left if each[1] > 0), "transfer"
    )
    before, contents = (target.quantity or ZERO, dict(target.packages)) if target else (ZERO, {})
    contents[package_id] = contents.get(package_id, ZERO) + moved
    # By check-in, so that the package is used in its turn.
    ordered = tuple(sorted(contents.items(), key=lambda each: world.packages[each[0]].checked_in_at))
    return sent + world.put(at, to_office, product_id, before + moved, ordered, "transfer")


def retest(
    world: State, at: int, package_id: int, tested_date: dt.date | None = None, *, same_potency: bool = False
) -> list[Change]:
    """Test a package again: a new date and, unless the old potencies are confirmed, new potencies.

    This event and those below do not change stock: they return no changes, and ``updated`` does not list the product.
    """
    moment = world.packages.now(world.packages[package_id])
    origin = world.packages.origin(moment)._replace(tested_date=tested_date or instant_of(at).date())
    after = moment._replace(at=at, reason="retest", origin=origin)
    world.record(after if same_potency else after._replace(test=moment.test + 1, lab_results=None))
    return []


def relabel(world: State, at: int, package_id: int, **fields: Any) -> list[Change]:
    """Correct fields of a package's origin, or fields that the guide does not name; see ``checked_label``."""
    book = world.packages
    moment = book.now(book[package_id])
    origin, extra = book.origin(moment), book.extra_fields(moment)
    corrected = origin._replace(**{name: fields[name] for name in Origin._fields if name in fields})
    corrected_extra = extra._replace(**{name: fields[name] for name in Extra._fields if name in fields})
    if (corrected, corrected_extra) != (origin, extra):
        world.record(moment._replace(at=at, reason="relabel", origin=corrected, extra=corrected_extra))
    return []


def correct_potency(world: State, at: int, package_id: int, analyte_id: int, potency: Decimal | None) -> list[Change]:
    """Correct the potency of an analyte in the same test; a missing analyte is added."""
    return _correct_results(world, at, package_id, "correct_potency", lambda results: results | {analyte_id: potency})


def drop_analyte(world: State, at: int, package_id: int, analyte_id: int) -> list[Change]:
    """Remove an analyte from the results of the same test."""

    def drop(results: Potencies) -> Potencies:
        return {each: potency for each, potency in results.items() if each != analyte_id}

    return _correct_results(world, at, package_id, "drop_analyte", drop)


def _correct_results(
    world: State, at: int, package_id: int, reason: str, correct: Callable[[Potencies], Potencies]
) -> list[Change]:
    package = world.packages[package_id]
    before = world.lab_results(package)
    after = [LabResult(*each) for each in sorted(correct(dict(before)).items(), key=lambda each: each[0])]
    if after != before:
        moment = world.packages.now(package)
        world.record(moment._replace(at=at, reason=reason, lab_results=tuple(after)))
    return []
