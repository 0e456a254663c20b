"""The days that the warehouse of these tests has lived through."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from indicaonline.errors import HeldBackError, IndicaOnlineError
from indicaonline.jobs.export import ExportResult
from rig import Rig

START = "2025-02-27T08:00:00+00:00"
FIRST_DAY = dt.date(2025, 2, 26)
"""The first one that is published."""

LAST_DAY = dt.date(2025, 3, 2)
"""The last closed one, in Los Angeles and in UTC."""

Run = Callable[[Path], ExportResult]


def live(rig: Rig, each_day: Callable[[Rig], object]) -> None:
    """Four days, up to noon of 3 March in Los Angeles. The pull that closes the last day of an office is held back."""
    rig.step(minutes=5)
    rig.reference()
    for passed in range(5):
        if passed == 4:
            rig.simulator.faults.add("empty", path=f"office/{rig.offices[0]}")
        with contextlib.suppress(HeldBackError):
            rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=passed)))
        rig.simulator.faults.clear()
        for _ in range(4 if passed < 4 else 2):
            rig.simulator.faults.add("malformed", variant="text_quantity", probability=0.5, count=1)
            rig.step(hours=6)
            with contextlib.suppress(IndicaOnlineError):
                rig.updates(rig.hour())
            rig.simulator.faults.clear()
            rig.packages()
        each_day(rig)
