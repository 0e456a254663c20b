"""The stories of a world with shops: what happens in it for certain, and when. Everything else is random.

| day | where | what |
|---|---|---|
| 0 to the end | Sunset | a balm that hardly sells: its oldest batch expires on day 40, with stock left |
| 14 to 23 | Mission Street | gummies: the vendor does not deliver, they run out on day 17, and arrive on day 23 |
| 18 | Mission Street to Sunset | one package of cartridges moves from shop to shop |
| 27 | Mission Street | one package of bulk flower is tested again |
| 30 | Oakland | FIFO is breached: eighths are sold from the new package, beside the old one |

The vendor Mesa Verde has a story too: its potencies fall from week to week (``DRIFTS`` in :mod:`simulator.labels`).
``demo/incidents.py`` has what goes wrong between the API and the warehouse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from . import events
from .clock import instant_of
from .state import State
from .stock import Change

Act = Callable[[State, int, int, int], list[Change]]
"""An event: takes the world, the second, the office and the product."""

LAST_BEST_BY = 40
"""The day on which the batch of balm expires."""

BALM, GUMMIES = "Foxglove Sleep balm 60g", "Dry Creek Blood Orange gummies 100mg"
CARTRIDGE, EIGHTH = "Coastline OG Kush cartridge 0.5g", "Amber Ridge Sour Diesel 3.5g"
BULK = "Grove & Co Northern Lights bulk"
EVERYTHING = Decimal(10_000)


class Scene(NamedTuple):
    """One event of a story: on a day of the world, 0 being the first, at a local time."""

    day: int
    time: str
    office: str
    product: str
    act: Act


def _quiet(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    """Stop the random events of the product in the office."""
    if world.shop:
        world.shop.quiet.add((office_id, product_id))
    return []


def _resume(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    """Resume the random events and the deliveries of the product in the office."""
    if world.shop:
        world.shop.quiet.discard((office_id, product_id))
        world.shop.undelivered.discard((office_id, product_id))
    return []


def _undelivered(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    """Stop the deliveries of the product to the office."""
    if world.shop:
        world.shop.undelivered.add((office_id, product_id))
    return []


def _deliver(quantity: int) -> Act:
    return lambda world, at, office_id, product_id: events.deliver(world, at, office_id, product_id, Decimal(quantity))


def _sell(quantity: Decimal, *, newest_first: bool = False) -> Act:
    def sell(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
        return events.sell(world, at, office_id, product_id, quantity, newest_first=newest_first)

    return sell


def _oldest_expires(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    """Correct the best-by date of the oldest package."""
    packages = _packages(world, office_id, product_id)
    if not packages:
        return []
    package_id, _ = packages[0]
    start = instant_of(world.start).astimezone(dt.UTC).date()
    return events.relabel(world, at, package_id, best_by=start + dt.timedelta(days=LAST_BEST_BY))


def _send_newest_to(name: str) -> Act:
    def send(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
        packages = _packages(world, office_id, product_id)
        if not packages:
            return []
        package_id, held = packages[-1]
        return events.transfer(world, at, package_id, office_id, _office_of(world, name), held)

    return send


def _retest_newest(world: State, at: int, office_id: int, product_id: int) -> list[Change]:
    packages = _packages(world, office_id, product_id)
    return events.retest(world, at, packages[-1][0]) if packages else []


def _packages(world: State, office_id: int, product_id: int) -> tuple[tuple[int, Decimal], ...]:
    state = world.line(office_id, product_id)
    return state.packages if state else ()


STORIES = (
    Scene(0, "09:05", "Sunset", BALM, _quiet),
    Scene(0, "09:06", "Sunset", BALM, _oldest_expires),
    Scene(6, "15:20", "Sunset", BALM, _sell(Decimal(1))),
    Scene(19, "17:45", "Sunset", BALM, _sell(Decimal(1))),
    Scene(33, "12:10", "Sunset", BALM, _sell(Decimal(1))),
    Scene(14, "08:00", "Mission Street", GUMMIES, _undelivered),
    Scene(17, "18:30", "Mission Street", GUMMIES, _sell(EVERYTHING)),
    Scene(23, "10:15", "Mission Street", GUMMIES, _deliver(96)),
    Scene(23, "10:16", "Mission Street", GUMMIES, _resume),
    Scene(17, "08:00", "Mission Street", CARTRIDGE, _quiet),
    Scene(17, "09:40", "Mission Street", CARTRIDGE, _deliver(36)),
    Scene(18, "11:15", "Mission Street", CARTRIDGE, _send_newest_to("Sunset")),
    Scene(19, "09:00", "Mission Street", CARTRIDGE, _resume),
    Scene(27, "13:30", "Mission Street", BULK, _retest_newest),
    Scene(28, "08:00", "Oakland", EIGHTH, _quiet),
    Scene(28, "09:30", "Oakland", EIGHTH, _deliver(48)),
    Scene(30, "16:10", "Oakland", EIGHTH, _sell(Decimal(7), newest_first=True)),
    Scene(31, "09:00", "Oakland", EIGHTH, _resume),
)


def scenes(world: State) -> list[tuple[int, Callable[[], list[Change]]]]:
    """Return the second and the event of every scene whose office and product the world has."""
    offices = {office.name: office.id for office in world.offices.values()}
    products = {product.name: product.id for product in world.catalogue}
    found = []
    for scene in STORIES:
        office_id, product_id = offices.get(scene.office), products.get(scene.product)
        if office_id is None or product_id is None or world.line(office_id, product_id) is None:
            continue
        found.append((second_of(world, scene), _bound(world, scene, office_id, product_id)))
    return found


def _bound(world: State, scene: Scene, office_id: int, product_id: int) -> Callable[[], list[Change]]:
    return lambda: scene.act(world, second_of(world, scene), office_id, product_id)


def second_of(world: State, scene: Scene) -> int:
    """Return the second of a scene: its local time on its day."""
    shop = world.shop
    if shop is None:
        raise ValueError("only a world with shops has stories")
    first = shop.local(world.start)
    time = dt.time.fromisoformat(scene.time)
    return int(dt.datetime.combine(first.date() + dt.timedelta(days=scene.day), time, first.tzinfo).timestamp())


def _office_of(world: State, name: str) -> int:
    return next(office.id for office in world.offices.values() if office.name == name)
