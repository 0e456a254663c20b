"""Simulated time in whole seconds: it runs with real time, or is frozen until it is moved."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable
from threading import RLock

BILLION = 1_000_000_000
Instant = dt.datetime | str | int


def seconds_of(instant: Instant) -> int:
    """Return an instant as whole Unix seconds. Text is ISO 8601; without a zone it is refused."""
    if isinstance(instant, int):
        return instant
    if isinstance(instant, str):
        instant = dt.datetime.fromisoformat(instant)
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant.isoformat()} has no time zone")
    return math.floor(instant.timestamp())


def instant_of(seconds: int) -> dt.datetime:
    """Return whole Unix seconds as a zone-aware instant in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class Clock:
    """The world's clock. After every move the world performs its events up to the new second."""

    def __init__(self, start: Instant, *, running: bool = False) -> None:
        self.lock = RLock()
        self.start = seconds_of(start)
        self._running = running
        self._frozen_at = self.start
        # In whole nanoseconds: a float of this size could round the clock into the second before.
        self._offset = self.start * BILLION - time.time_ns()
        self._moved: Callable[[], object] = lambda: None
        self._earliest: Callable[[], int] = lambda: self.start

    def follow(self, moved: Callable[[], object], earliest: Callable[[], int]) -> None:
        """Set the function that is called after every move, and the one that returns the earliest allowed second."""
        self._moved, self._earliest = moved, earliest

    @property
    def running(self) -> bool:
        """True if the clock runs with real time."""
        return self._running

    def seconds(self) -> int:
        """Return the current whole second of simulated time."""
        with self.lock:
            return (time.time_ns() + self._offset) // BILLION if self._running else self._frozen_at

    def now(self) -> dt.datetime:
        """Return the current whole second as an instant in UTC."""
        return instant_of(self.seconds())

    def set(self, instant: Instant) -> dt.datetime:
        """Move to an instant, in either mode, but not to one before the last event."""
        with self.lock:
            to = seconds_of(instant)
            if to < self.seconds() and to < self._earliest():
                earliest = instant_of(self._earliest()).isoformat()
                raise ValueError(f"the clock cannot go back before {earliest}: an event has taken effect then")
            self._frozen_at = to
            self._offset = to * BILLION - time.time_ns()
            self._moved()
            return self.now()

    def step(self, seconds: int) -> dt.datetime:
        """Move forwards by whole seconds and return the new instant."""
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
            raise ValueError("a step is a whole number of seconds, 0 or more")
        with self.lock:
            return self.set(self.seconds() + seconds)

    def run(self) -> None:
        """Run with real time, from the current second on."""
        with self.lock:
            if not self._running:
                self._offset = self._frozen_at * BILLION - time.time_ns()
                self._running = True

    def freeze(self) -> None:
        """Freeze at the current second."""
        with self.lock:
            self._frozen_at = self.seconds()
            self._running = False
