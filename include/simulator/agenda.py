"""The events that are still to come in a world, performed in the order of time, up to the second of the clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from .life import HOUR, Intent, intents, live
from .state import State

Scheduled = tuple[int, int, int, int, Callable[[], object]]


class Agenda:
    """The events to come of a world: the life of each hour, and what was ordered."""

    def __init__(self, world: State) -> None:
        self._world = world
        self._events: list[Scheduled] = []
        self._orders = 0
        self._next_hour = world.start // HOUR
        self._last_event = world.start

    def sync(self) -> int:
        """Live up to the clock's current second and return that second."""
        with self._world.lock:
            now = self._world.clock.seconds()
            while self._next_hour * HOUR <= now:
                self._plan(self._next_hour)
                self._next_hour += 1
                self._perform(min(now, self._next_hour * HOUR - 1))
            self._perform(now)
            return now

    def _plan(self, hour: int) -> None:
        """Put an hour's life on the agenda."""
        world = self._world
        if not world.life:
            return
        mean = world.life * world.products_per_office / 24
        for office_id in world.offices:
            for intent in intents(world.seed, office_id, hour, mean):
                if intent.at > world.start:
                    self._schedule(intent.at, 0, intent.office, intent.sequence, self._living(intent))

    def _living(self, intent: Intent) -> Callable[[], object]:
        return lambda: live(self._world, intent)

    def _schedule(self, at: int, rank: int, office_id: int, sequence: int, event: Callable[[], object]) -> None:
        heapq.heappush(self._events, (at, rank, office_id, sequence, event))

    def order(self, at: int, event: Callable[[], object]) -> None:
        """Let something happen at a second to come, after the life of that second."""
        self._orders += 1
        self._schedule(at, 1, 0, self._orders, event)

    def _perform(self, until: int) -> None:
        while self._events and self._events[0][0] <= until:
            at, _, _, _, event = heapq.heappop(self._events)
            self._last_event = at
            event()

    def earliest(self) -> int:
        """Return the second before which the clock cannot be set: the last one that was lived."""
        return self._last_event
