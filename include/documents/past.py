"""The past of the documents: that of the demo on fixed days, so that documents do not depend on the date."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from demo.history import Moment, Past, make_history
from demo.play import world_of
from servers.ports import free_port
from servers.processes import Processes
from servers.simulation import Simulation

ZONE = "America/Los_Angeles"
SPAN = dt.timedelta(hours=6)


@dataclass(frozen=True)
class DocumentsPast(Past):
    """The demo's past, pulled half as often, because tests wait for it."""

    def moments(self) -> Iterator[Moment]:
        """Yield every sixth hour, and the moments at which a day is published."""
        for moment in super().moments():
            if moment.days or (moment.hour - self.start + dt.timedelta(hours=1)) % SPAN == dt.timedelta(0):
                yield moment


PAST = DocumentsPast(dt.datetime(2026, 1, 19, 8, tzinfo=dt.UTC), ZONE)
"""Seven weeks from a midnight of that zone, before its DST change."""
NOW = max(moment.at for moment in PAST.moments())
"""The last moment of that past, which is the current time of every document."""
_KEY = "documents"


def live_through(dsn: str, folder: Path) -> None:
    """Fill an empty, migrated warehouse from the demo's world, in less than a minute; logs go to ``folder``."""
    with Processes(folder) as processes:
        simulation = Simulation(free_port(), _KEY, world_of(PAST))
        simulation.start(processes, os.environ)
        simulation.wait_until_up(processes)
        make_history(PAST, simulation, dsn, _KEY, folder / "history.log")


def as_analyst(dsn: str) -> str:
    """Return the DSN of sessions that can read only ``mart``, in UTC, at the end of that past."""
    settings = {"role": "indicaonline_analyst", "timezone": "UTC", "indicaonline.now": NOW.isoformat()}
    return make_conninfo(dsn, options=" ".join(f"-c {name}={value}" for name, value in settings.items()))
