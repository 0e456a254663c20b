"""Settings that the first start of a demo chooses and later starts keep, because its warehouse depends on them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

DAYS = 46
"""Days between the start of the demo's world and its first run."""


@dataclass(frozen=True)
class DemoSettings:
    """The business time zone, and the business midnight (UTC) at which the simulated world starts."""

    business_time_zone: str
    world_start: str


def kept_settings(path: Path, now: dt.datetime) -> DemoSettings:
    """Return the settings in the file; choose and write them if it does not exist."""
    if path.exists():
        return DemoSettings(**json.loads(path.read_text()))
    zone = zone_just_after_midnight(now)
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight.astimezone(dt.UTC) - dt.timedelta(days=DAYS)
    settings = DemoSettings(zone, start.isoformat())
    path.write_text(json.dumps(asdict(settings)))
    return settings


def zone_just_after_midnight(now: dt.datetime) -> str:
    """Return a time zone in which it is between 1:00 and 2:00 now.

    A day's closing stock can be observed only in the hours after its end, and the demo may run at any time.
    """
    offset = 1 - now.astimezone(dt.UTC).hour
    if offset < -12:
        offset += 24
    # The sign in these names is inverted: Etc/GMT-5 is five hours ahead of UTC.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
