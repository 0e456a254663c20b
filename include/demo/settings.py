"""Choices that a demo makes at its first start and must keep, because its warehouse depends on them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

DAYS = 46
"""Days between the beginning of the demo's world and its first start."""


@dataclass(frozen=True)
class DemoSettings:
    """The business time zone, and the business midnight (UTC) at which the simulated world began."""

    business_time_zone: str
    world_start: str


def kept_settings(path: Path, now: dt.datetime) -> DemoSettings:
    """The settings in the file; chosen and written there if it does not exist."""
    if path.exists():
        return DemoSettings(**json.loads(path.read_text()))
    zone = zone_just_after_midnight(now)
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight.astimezone(dt.UTC) - dt.timedelta(days=DAYS)
    settings = DemoSettings(zone, start.isoformat())
    path.write_text(json.dumps(asdict(settings)))
    return settings


def zone_just_after_midnight(now: dt.datetime) -> str:
    """A time zone in which it is now between 1 and 2 at night.

    Only in the hours after a business day's end can its closing stock be observed; so it can, whenever the demo runs.
    """
    offset = 1 - now.astimezone(dt.UTC).hour
    if offset < -12:
        offset += 24
    # In these names the sign is the other way round: Etc/GMT-5 is five hours ahead of UTC.
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
