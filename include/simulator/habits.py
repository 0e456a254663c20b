"""The habits of an account's shops: opening hours, and busy and slow weekdays."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from .clock import instant_of

HOUR = 3600
HOURS = dict(zip(range(9, 21), (0.5, 0.7, 0.8, 1.1, 1.0, 0.9, 1.0, 1.3, 1.6, 1.6, 1.0, 0.5), strict=True))
"""Opening hours (local time), and how busy each is; their mean is 1."""
WEEKDAYS = (0.6, 0.75, 0.85, 1.0, 1.4, 1.5, 0.9)
"""How busy each weekday is, from Monday on; their mean is 1."""
CROWDS = (1.2, 0.75, 0.95, 0.6)
"""How busy each office is, in the order of the offices, again from the first after the fourth."""


class Shop:
    """The local time of an account's shops. ``quiet`` and ``undelivered`` are the lines that a story holds."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self.quiet: set[tuple[int, int]] = set()
        """(office id, product id) of lines without random events."""
        self.undelivered: set[tuple[int, int]] = set()
        """(office id, product id) of lines to which nothing is delivered."""

    def local(self, second: int) -> dt.datetime:
        """Return the local time of a second."""
        return instant_of(second).astimezone(self._zone)

    def pace(self, number: int, hour: int) -> float:
        """Return how busy an office is in an hour, compared with the mean over all hours."""
        local = self.local(hour * HOUR)
        return CROWDS[number % len(CROWDS)] * WEEKDAYS[local.weekday()] * HOURS.get(local.hour, 0) * 24 / len(HOURS)
