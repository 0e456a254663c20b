"""What goes wrong between the API and the warehouse in the demo's past, in one list.

| day | where | what |
|---|---|---|
| 12 | Mission Street | two items of a pull have a word for a quantity: they are quarantined |
| 24 | everywhere | the machine sleeps from the afternoon to the next morning: the day's end is not observed |
| 33 | Sunset | one item of a pull has no quantity: it is quarantined |
| 44 | Oakland | the API lists four products only: the pull is held back, and the day is carried forward |

Day 0 is the first one, and pulls are those at the end of the day. ``simulator/stories.py`` has what happens in the
shops themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from servers.simulation import Simulation

OUTAGE_DAY = 24
OUTAGE_BEGINS = dt.timedelta(hours=14)
OUTAGE_ENDS = dt.timedelta(hours=33)
"""The time in which the machine sleeps: from the afternoon to the next morning, past the tolerance of a snapshot."""


@dataclass(frozen=True)
class Incident:
    """A fault in the API's answers about an office, during the pull at the end of a day."""

    day: int
    office: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    """Options of the simulator's fault."""
    holds_back: bool = False
    """True if the pull is held back."""


INCIDENTS = (
    Incident(12, "Mission Street", "malformed", {"variant": "text_quantity", "items": 2}),
    Incident(33, "Sunset", "malformed", {"variant": "no_quantity", "items": 1}),
    Incident(44, "Oakland", "short_list", {"items": 4}, holds_back=True),
)
HELD_BACK = INCIDENTS[-1]


@contextmanager
def during(simulation: Simulation, incidents: tuple[Incident, ...]) -> Iterator[None]:
    """Let the API have these faults until the end of the block."""
    rules = []
    try:
        for incident in incidents:
            path = f"inventory/office/{office_id(simulation, incident.office)}\\b"
            rules.append(simulation.admin("POST", "faults", {"kind": incident.kind, "path": path, **incident.options}))
        yield
    finally:
        for rule in rules:
            simulation.admin("DELETE", f"faults/{rule['id']}")


def office_id(simulation: Simulation, name: str) -> int:
    """Return the id of an office of the simulated account."""
    return next(int(office["id"]) for office in simulation.admin("GET", "names")["offices"] if office["name"] == name)
