"""The life of the account that the system tests share: its past, and the first runs that its Airflow makes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from demo.history import Moment
from demo.settings import zone_just_after_midnight
from system_rig import PACKAGES, REFERENCE, SNAPSHOT, UPDATES, SystemRig
from world_rig import State

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


class Past:
    """Eight days before a present: seen at two midnights, five and four days ago, then by nobody.

    With carrying bounded at two days there are observed, carried and missing days.
    """

    def __init__(self, present: dt.datetime) -> None:
        self.present = present
        self.zone = zone_just_after_midnight(present)
        local = present.astimezone(ZoneInfo(self.zone))
        self._midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
        self.moments = [
            Moment(self.midnight(ago) + dt.timedelta(seconds=30), self.midnight(ago) - HOUR, (self.midnight(ago + 1),))
            for ago in (5, 4)
        ]

    def midnight(self, ago: int) -> dt.datetime:
        """The start of the business day that began so many days before the last midnight."""
        return self._midnight - ago * DAY

    def day(self, ago: int) -> dt.date:
        """That business day."""
        return self.midnight(ago).astimezone(ZoneInfo(self.zone)).date()


@dataclasses.dataclass(frozen=True)
class Landed:
    """The first run of each DAG, by its schedule or its asset, and what was true and known after the snapshot's."""

    reference: dict[str, Any]
    snapshot: dict[str, Any]
    packages: dict[str, Any]
    updates: dict[str, Any]
    moment: dt.datetime
    truth: State
    current: State
    asked_by_snapshot: list[str]


def land(rig: SystemRig) -> Landed:
    """Let the scheduler make the runs that are due."""
    reference = rig.run_due(REFERENCE)
    rig.run_due(PACKAGES)
    rig.requests()
    known = rig.run_ids(PACKAGES)
    with rig.unpaused(PACKAGES):
        snapshot = rig.run_due(SNAPSHOT)
        # Every office that is pulled updates the asset, so more runs than this one may follow.
        packages = rig.new_run(PACKAGES, "asset_triggered", known)
    moment = rig.now
    found = Landed(
        reference=reference,
        snapshot=snapshot,
        packages=packages,
        updates={},
        moment=moment,
        truth=rig.truth(moment),
        current=rig.stock("mart.inventory_current"),
        asked_by_snapshot=[path for path in rig.requests() if "packages" not in path],
    )
    # The hour may turn meanwhile. A world that stood before it could not cover the run that is then made, too.
    rig.simulation.live_up_to(dt.datetime.now(dt.UTC))
    updates = rig.run_due(UPDATES)
    rig.simulation.freeze_at(rig.now)
    return dataclasses.replace(found, updates=updates)
