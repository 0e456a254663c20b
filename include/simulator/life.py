"""The random events of an hour in an office, careless ones: :mod:`simulator.shop` has those of a real shop.

An intent is drawn from (seed, office, hour) alone, never from the state, so the events of a span do not depend on the
steps in which the clock crossed it. The effect of an intent depends on the state at its second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from . import events
from .habits import HOUR
from .labels import draw_label
from .seeds import chance
from .state import State
from .stock import Change

KINDS = {
    "sale": 820,
    "delivery": 50,
    "transfer": 30,
    "waste": 30,
    "correction": 30,
    "listing": 20,
    # The following do not change stock.
    "retest": 10,
    "relabel": 5,
    "correct_potency": 3,
    "drop_analyte": 2,
}
"""Intents of each kind, of a thousand."""


class Intent(NamedTuple):
    """An event before it takes effect; the shares (0 to 1) choose the product and the details."""

    at: int
    office: int
    sequence: int
    kind: str
    product: float
    share: float
    turn: float


def intents(seed: int, office: int, hour: int, mean: float, weights: Mapping[str, int] = KINDS) -> Iterator[Intent]:
    """Yield one office's intents of one hour: ``mean`` of them on average, in no order of time."""
    rng = chance(seed, "life", office, hour)
    count = int(mean + rng.random())
    kinds = rng.choices(list(weights), list(weights.values()), k=count)
    for sequence, kind in enumerate(kinds):
        at = hour * HOUR + int(rng.random() * HOUR)
        yield Intent(at, office, sequence, kind, rng.random(), rng.random(), rng.random())


def live(world: State, intent: Intent) -> list[Change]:
    """Apply an intent to the current state and return the changes, often none."""
    shelf = world.shelves[intent.office]
    if intent.kind == "listing":
        return _listing(world, intent)
    if not shelf.listed:
        return []
    state = shelf.listed[int(intent.product * len(shelf.listed))].change
    if intent.kind in _STOCK_EVENTS:
        return _STOCK_EVENTS[intent.kind](world, intent, state)
    if not state.packages:
        return []
    package_id, _ = state.packages[int(intent.share * len(state.packages))]
    return PACKAGE_EVENTS[intent.kind](world, intent, state, package_id)


def _sale(world: State, intent: Intent, state: Change) -> list[Change]:
    if state.quantity is not None and state.quantity <= 0:
        # Without restocking, a long simulation would end with empty shelves.
        return _delivery(world, intent, state) if intent.turn < 0.2 else []
    amount = world.products[state.product_id].amount(intent.share)
    return events.sell(world, intent.at, intent.office, state.product_id, amount, newest_first=intent.turn < 0.05)


def _delivery(world: State, intent: Intent, state: Change) -> list[Change]:
    quantity = world.products[state.product_id].case(intent.share)
    return events.deliver(world, intent.at, intent.office, state.product_id, quantity)


def _transfer(world: State, intent: Intent, state: Change, package_id: int) -> list[Change]:
    others = [office for office in world.shelves if office != intent.office]
    if not others:
        return []
    held = dict(state.packages)[package_id]
    part = held if intent.turn < 0.5 else (held / 2).quantize(Decimal(1)) or held
    other = others[int(intent.turn * 1000) % len(others)]
    return events.transfer(world, intent.at, package_id, intent.office, other, part)


def _waste(world: State, intent: Intent, state: Change) -> list[Change]:
    amount = world.products[state.product_id].amount(intent.share)
    return events.sell(world, intent.at, intent.office, state.product_id, amount, reason="waste")


def _correction(world: State, intent: Intent, state: Change) -> list[Change]:
    quantity = state.quantity or events.ZERO
    amount = world.products[state.product_id].amount(intent.share)
    if intent.turn < 0.02:
        # A miscount: the quantity falls below zero, which no package can.
        return world.put(intent.at, intent.office, state.product_id, -amount, (), "correction")
    if intent.turn < 0.2:
        # Only the product's own quantity is corrected, so its packages no longer add up to it.
        return world.put(intent.at, intent.office, state.product_id, quantity + amount, state.packages, "correction")
    corrected = quantity + amount if intent.turn < 0.6 else max(quantity - amount, events.ZERO)
    return events.set_quantity(world, intent.at, intent.office, state.product_id, corrected)


def _listing(world: State, intent: Intent) -> list[Change]:
    """Add a product of the catalogue to the office's list or, less often, remove it."""
    catalogue = world.catalogue
    if not catalogue:
        return []
    product = catalogue[int(intent.product * len(catalogue))]
    state = world.line(intent.office, product.id)
    if state is not None and state.listed:
        return events.remove(world, intent.at, intent.office, product.id) if intent.turn < 0.1 else []
    return events.deliver(world, intent.at, intent.office, product.id, product.case(intent.share))


def _retest(world: State, intent: Intent, _: Change, package_id: int) -> list[Change]:
    return events.retest(world, intent.at, package_id, same_potency=intent.turn < 0.1)


def _relabel(world: State, intent: Intent, _: Change, package_id: int) -> list[Change]:
    return events.relabel(world, intent.at, package_id, **drawn_label(world, intent, package_id))


def drawn_label(world: State, intent: Intent, package_id: int) -> dict[str, Any]:
    """Return a random correction of a field of a package."""
    moment = world.packages.now(world.packages[package_id])
    rng = chance(world.seed, "relabel", intent.office, intent.at, intent.sequence)
    return draw_label(rng, world.packages.origin(moment), world.packages.extra_fields(moment))


def _correct_potency(world: State, intent: Intent, _: Change, package_id: int) -> list[Change]:
    """Give an analyte of the test a slightly different potency, also one that was dropped from the results."""
    tested = world.packages.tested(world.packages.now(world.packages[package_id]))
    if not tested:
        return []
    rng = chance(world.seed, "potency", intent.office, intent.at, intent.sequence)
    analyte_id, before = rng.choice(tested)
    more = Decimal(rng.randrange(1, 40)).scaleb(-3) * (before or 1)
    potency = None if rng.random() < 0.1 else (before or events.ZERO) + round(more, 2) + Decimal("0.01")
    return events.correct_potency(world, intent.at, package_id, analyte_id, potency)


def _drop_analyte(world: State, intent: Intent, _: Change, package_id: int) -> list[Change]:
    results = world.lab_results(world.packages[package_id])
    if not results:
        return []
    return events.drop_analyte(world, intent.at, package_id, results[int(intent.turn * len(results))].id)


_STOCK_EVENTS = {"sale": _sale, "delivery": _delivery, "waste": _waste, "correction": _correction}
PACKAGE_EVENTS = {
    "transfer": _transfer,
    "retest": _retest,
    "relabel": _relabel,
    "correct_potency": _correct_potency,
    "drop_analyte": _drop_analyte,
}
