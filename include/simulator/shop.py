"""The random events of real shops, which reorder what is low and sell first in, first out.

A world without shops (see :mod:`simulator.life`) is careless around the clock, because tests need the unusual.
"""

from __future__ import annotations

from decimal import Decimal

from . import events
from .catalogue import STORAGE
from .life import PACKAGE_EVENTS, Intent, drawn_label
from .state import State
from .stock import Change

KINDS = {
    "sale": 878,
    "delivery": 96,
    "transfer": 12,
    "waste": 3,
    "correction": 3,
    "listing": 1,
    "retest": 2,
    "relabel": 3,
    "correct_potency": 1,
    "drop_analyte": 1,
}
"""Intents of each kind, of a thousand."""

DELIVERED_BEFORE = 14
SUNDAY = 6


def live_in_shop(world: State, intent: Intent) -> list[Change]:
    """Apply an intent to the current state as a shop would, and return the changes, often none."""
    shelf = world.shelves[intent.office]
    if not shelf.listed:
        return []
    if intent.kind in _OFFICE_EVENTS:
        return _OFFICE_EVENTS[intent.kind](world, intent)
    state = shelf.listed[int(intent.product * len(shelf.listed))].change
    if _is_quiet(world, state) or (_is_storage(world, intent.office) and intent.kind in ("sale", "waste")):
        return []
    if intent.kind in _STOCK_EVENTS:
        return _STOCK_EVENTS[intent.kind](world, intent, state)
    if not state.packages:
        return []
    package_id, _ = state.packages[int(intent.share * len(state.packages))]
    if intent.kind == "relabel":
        return _relabel(world, intent, package_id)
    return PACKAGE_EVENTS[intent.kind](world, intent, state, package_id)


def _is_storage(world: State, office_id: int) -> bool:
    return world.offices[office_id].name.startswith(STORAGE)


def _is_quiet(world: State, state: Change) -> bool:
    return world.shop is not None and (state.office_id, state.product_id) in world.shop.quiet


def _sale(world: State, intent: Intent, state: Change) -> list[Change]:
    product = world.products[state.product_id]
    if intent.turn >= product.form.demand:
        return []
    if state.quantity == 0 and not state.packages and intent.turn < 0.05:
        # Sold before it was checked in: the quantity falls below zero, which no package can.
        return world.put(intent.at, intent.office, product.id, Decimal(-1), (), "sale")
    return events.sell(world, intent.at, intent.office, product.id, product.amount(intent.share))


def _waste(world: State, intent: Intent, state: Change) -> list[Change]:
    return events.sell(world, intent.at, intent.office, state.product_id, Decimal(1), reason="waste")


def _correction(world: State, intent: Intent, state: Change) -> list[Change]:
    """Count a product again: one more or one less than the books say."""
    quantity = state.quantity or events.ZERO
    if intent.turn < 0.1:
        # Only the product's own quantity is corrected, so its packages no longer add up to it.
        return world.put(intent.at, intent.office, state.product_id, quantity + 1, state.packages, "correction")
    counted = quantity + 1 if intent.turn < 0.3 else max(quantity - 1, events.ZERO)
    return events.set_quantity(world, intent.at, intent.office, state.product_id, counted)


def _relabel(world: State, intent: Intent, package_id: int) -> list[Change]:
    """Correct a field of a package, but never its vendor: each vendor has its own products."""
    fields = drawn_label(world, intent, package_id)
    return [] if "vendor" in fields else events.relabel(world, intent.at, package_id, **fields)


def _reorder(world: State, intent: Intent) -> list[Change]:
    """Receive a case of the product that needs it most, in the morning of a working day."""
    shop = world.shop
    if shop is None:
        return []
    local = shop.local(intent.at)
    if local.hour >= DELIVERED_BEFORE or local.weekday() == SUNDAY:
        return []
    state = _neediest(world, intent.office)
    if state is None:
        return []
    case = world.products[state.product_id].case(intent.share)
    return events.deliver(world, intent.at, intent.office, state.product_id, case)


def _neediest(world: State, office_id: int) -> Change | None:
    """Return the line with the least stock, compared with the level at which it is ordered; None if none is low."""
    shop = world.shop
    # A storage keeps more, because a whole package leaves it at once.
    lowest, neediest = Decimal(3 if _is_storage(world, office_id) else 1), None
    for line in world.shelves[office_id].listed:
        state = line.change
        key = (office_id, state.product_id)
        if shop is None or state.quantity is None or key in shop.quiet or key in shop.undelivered:
            continue
        level = state.quantity / world.products[state.product_id].form.reorder_below
        if level < lowest:
            lowest, neediest = level, state
    return neediest


def _replenish(world: State, intent: Intent) -> list[Change]:
    """Send the oldest package of a product from the storage to the shop that needs it most."""
    if not _is_storage(world, intent.office):
        return []
    shops = [office_id for office_id in world.offices if not _is_storage(world, office_id)]
    first = int(intent.turn * len(shops))
    for office_id in shops[first:] + shops[:first]:
        state = _neediest(world, office_id)
        stored = world.line(intent.office, state.product_id) if state else None
        if state and stored and stored.packages and not _is_quiet(world, stored):
            package_id, held = stored.packages[0]
            return events.transfer(world, intent.at, package_id, intent.office, office_id, held)
    return []


def _introduce(world: State, intent: Intent) -> list[Change]:
    """List a product of the catalogue that the office does not have yet."""
    product = world.catalogue[int(intent.product * len(world.catalogue))]
    if world.line(intent.office, product.id) is not None:
        return []
    return events.deliver(world, intent.at, intent.office, product.id, product.case(intent.share))


_OFFICE_EVENTS = {"delivery": _reorder, "transfer": _replenish, "listing": _introduce}
_STOCK_EVENTS = {"sale": _sale, "waste": _waste, "correction": _correction}
