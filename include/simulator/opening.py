"""The opening stock of a world: every listed product of every office, and its packages."""

from __future__ import annotations

import gc
from decimal import Decimal
from random import Random

from .catalogue import Office, Product, package_id_at
from .packages import Package
from .seeds import chance
from .state import State
from .stock import Change, Contents, Line

LARGE = 50_000
"""Lines from which on the garbage collector skips the opening stock."""
DAY = 86_400
ONE = Decimal(1)


def assortment(catalogue: list[Product], office_index: int, count: int) -> list[Product]:
    """Return the products an office lists at first: a window of the catalogue, in the order of ids."""
    first = office_index * 7
    window = [catalogue[(first + index) % len(catalogue)] for index in range(count)]
    return sorted(window, key=lambda product: product.id)


def open_offices(world: State) -> None:
    """Fill the shelves of every office."""
    gc.disable()  # nothing of the opening stock is garbage, and searching it takes half of the start
    try:
        for index, office in enumerate(world.offices.values()):
            lines = _open_office(world, index, office, world.products_per_office)
            world.shelves[office.id].fill(lines)
            world.event_lines += lines
        world.events = [line.change for line in world.event_lines]
    finally:
        gc.enable()
    if len(world.events) >= LARGE:
        # Repeated collections over a large world would take longer than serving it.
        gc.freeze()


def _open_office(world: State, index: int, office: Office, count: int) -> list[Line]:
    """Return an office's opening lines, sorted by product, and enter their packages in the book."""
    rng = chance(world.seed, "opening", office.id)
    shared: dict[Decimal, Decimal] = {}
    lines = []
    for product in assortment(world.catalogue, index, count):
        contents = _packages(world, rng, office.id, product)
        quantity = sum((held for _, held in contents), Decimal(0)) if contents else _draw(rng, product)[1]
        if len(contents) and rng.random() < 0.02:
            quantity -= ONE  # reserved: sold, but not yet attributed to a package
        quantity = shared.setdefault(quantity, quantity)
        change = Change(world.start, office.id, product.id, "opening", product.measurement, quantity, contents)
        lines.append(Line(change))
    return lines


def _packages(world: State, rng: Random, office_id: int, product: Product) -> Contents:
    """Enter an office's opening packages of a product in the book and return them, the oldest first."""
    # At least two seconds before the start, so that an opening package is never a delivery.
    times = sorted(world.start - 2 - int(rng.random() * 60 * DAY) for _ in range(world.packages_per_product))
    held: list[tuple[int, Decimal]] = []
    for at in times:
        checked_in, opening = _draw(rng, product)
        if held:
            opening = checked_in  # a shop opens its oldest package first
        package_id = package_id_at(len(world.packages))
        package = Package(package_id, product.id, office_id, at, checked_in, opening, world.start)
        world.packages[package_id] = package
        world.packages_of.setdefault(product.id, []).append(package)
        held.append((package_id, opening))
    return tuple(held)


def _draw(rng: Random, product: Product) -> tuple[Decimal, Decimal]:
    """Return a package's checked-in quantity and what is left of it."""
    openings = product.form.openings
    return openings[int(rng.random() * len(openings))]
