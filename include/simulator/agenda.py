"""The pending events of a world, performed in the order of time, up to the second of the clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial

from .habits import HOUR
from .life import KINDS, intents, live
from .shop import KINDS as SHOP_KINDS
from .shop import live_in_shop
from .state import State
from .stories import scenes

Scheduled = tuple[int, int, int, int, Callable[[], object]]


class Agenda:
    """The pending events of a world: the random ones of each hour, and those that were ordered."""

    def __init__(self, world: State) -> None:
        self._world = world
        self._events: list[Scheduled] = []
        self._orders = 0
        self._next_hour = world.start // HOUR
        self._last_event = world.start
        for at, scene in scenes(world) if world.shop else ():
            self.order(at, scene)

    def sync(self) -> int:
        """Perform every event up to the clock's current second and return that second."""
        with self._world.lock:
            now = self._world.clock.seconds()
            while self._next_hour * HOUR <= now:
                self._plan(self._next_hour)
                self._next_hour += 1
                self._perform(min(now, self._next_hour * HOUR - 1))
            self._perform(now)
            return now

    def _plan(self, hour: int) -> None:
        """Schedule the random events of an hour."""
        world = self._world
        if not world.life:
            return
        mean = world.life * world.products_per_office / 24
        kinds, perform = (SHOP_KINDS, live_in_shop) if world.shop else (KINDS, live)
        for number, office_id in enumerate(world.offices):
            pace = world.shop.pace(number, hour) if world.shop else 1
            for intent in intents(world.seed, office_id, hour, mean * pace, kinds):
                if intent.at > world.start:
                    self._schedule(intent.at, 0, intent.office, intent.sequence, partial(perform, world, intent))

    def _schedule(self, at: int, rank: int, office_id: int, sequence: int, event: Callable[[], object]) -> None:
        heapq.heappush(self._events, (at, rank, office_id, sequence, event))

    def order(self, at: int, event: Callable[[], object]) -> None:
        """Schedule an event at a later second, after the random events of that second."""
        self._orders += 1
        self._schedule(at, 1, 0, self._orders, event)

    def _perform(self, until: int) -> None:
        while self._events and self._events[0][0] <= until:
            at, _, _, _, event = heapq.heappop(self._events)
            self._last_event = at
            event()

    def earliest(self) -> int:
        """Return the earliest second to which the clock can be set: that of the last event."""
        return self._last_event
