"""A quarter in the life of packages, with every fault: versions, lab results and lifecycles are the ground truth."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable

from package_oracle import (
    assert_lab_events_are_true,
    assert_lifecycles_are_true,
    assert_packages_true_to_life,
    assert_versions_are_the_history,
)

from indicaonline.errors import IndicaOnlineError
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
FIRST_DAY = dt.date(2025, 2, 28)
QUARTER = 90
PACKAGES = r"products/\d+/packages|inventory/packages/"
FAULTS = [
    {"kind": "rate_limited", "retry_after": "none", "probability": 0.05},
    {"kind": "rate_limited", "retry_after": "date", "probability": 0.03},
    {"kind": "status", "status": 502, "body": "html", "probability": 0.1},
    {"kind": "status", "status": 400, "probability": 0.02},
    {"kind": "reset", "probability": 0.05},
    {"kind": "truncated", "probability": 0.05},
    {"kind": "garbage", "probability": 0.02},
    {"kind": "page_moves", "move": "delete", "probability": 0.2, "path": PACKAGES},
    {"kind": "page_moves", "move": "insert", "probability": 0.2, "path": PACKAGES},
    {"kind": "malformed", "variant": "null_item", "probability": 0.03, "path": PACKAGES},
    {"kind": "malformed", "variant": "quoted_potency", "probability": 0.05, "path": PACKAGES},
]


def test_a_quarter_with_every_fault_is_the_ground_truth(make_rig: MakeRig) -> None:
    rig = make_rig(seed=61, offices=2, products=16, life=2.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.connection_fields |= {"page_size": 3, "concurrency": 4}
    rig.step(minutes=5)
    rig.reference()
    chance = random.Random(3)
    for passed in range(QUARTER):
        # First used-up packages are shown by their id, later the API no longer knows them.
        rig.simulator.switches.emptied_package = "shown" if passed < QUARTER // 2 else "missing"
        _live_a_day(rig, rig.day_start(FIRST_DAY + dt.timedelta(days=passed)), chance)
    rig.packages()
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue WHERE not_before IS NULL") == 0
    assert_packages_true_to_life(rig)
    assert_versions_are_the_history(rig)
    assert_lab_events_are_true(rig)
    assert_lifecycles_are_true(rig)
    _assert_a_full_life(rig)


def _live_a_day(rig: Rig, day: dt.datetime, chance: random.Random) -> None:
    """A snapshot, some hours of changes, and package refreshes at odd times, some of which fail."""
    with contextlib.suppress(IndicaOnlineError):
        rig.snapshot(day)
    for _ in range(chance.randrange(1, 3)):
        if chance.random() < 0.5:
            for fault in chance.sample(FAULTS, 3):
                rig.simulator.faults.add(**fault)
        if chance.random() < 0.7:
            with contextlib.suppress(IndicaOnlineError):
                rig.packages()
        rig.simulator.faults.clear()
        rig.step(hours=chance.randrange(5, 10))
        with contextlib.suppress(IndicaOnlineError):
            rig.updates(rig.hour())
    rig.simulator.clock.set((day + dt.timedelta(days=2, minutes=5)).isoformat())
    rig.tick()


def _assert_a_full_life(rig: Rig) -> None:
    """The quarter had what it was to have: otherwise the comparison would say little."""
    events = {row["event"] for row in rig.query("SELECT DISTINCT event FROM mart.lab_result")}
    assert {"first_seen", "retested", "corrected", "disappeared", "relabelled"} <= events
    depleted = "SELECT count(*) FROM mart.package_lifecycle WHERE depleted_at IS NOT NULL"
    assert rig.value(depleted) > 20
    assert rig.value("SELECT count(*) FROM inventory.package_state WHERE attributes_from IS NULL") > 0
    assert rig.value("SELECT count(*) FROM inventory.package_version WHERE is_empty") > 0
    batches = "SELECT count(*) FROM (SELECT FROM mart.package_lifecycle GROUP BY batch_id HAVING count(*) > 1) AS b"
    assert rig.value(batches) > 0
    assert rig.value("SELECT count(*) FROM mart.package_lifecycle WHERE uid IS NULL") > 0
    assert rig.value("SELECT count(*) FROM mart.package_history WHERE cardinality(available_in_office) > 1") > 0
    assert rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'packages' AND status = 'incomplete'") > 0
