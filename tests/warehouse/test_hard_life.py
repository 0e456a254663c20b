"""A larger account, many days, every fault: the warehouse equals the ground truth, row by row."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable

import pytest

from indicaonline.errors import IndicaOnlineError
from indicaonline.jobs.held_pulls import accept_pull
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
FIRST_DAY = dt.date(2025, 2, 28)

FAULTS = [
    {"kind": "rate_limited", "retry_after": "none", "probability": 0.1},
    {"kind": "rate_limited", "retry_after": "date", "probability": 0.05},
    {"kind": "status", "status": 502, "body": "html", "probability": 0.1},
    {"kind": "reset", "probability": 0.05},
    {"kind": "reset_body", "probability": 0.05},
    {"kind": "truncated", "probability": 0.05},
    {"kind": "garbage", "probability": 0.03},
    {"kind": "drip", "pieces": 3, "ms": 1, "probability": 0.05},
    {"kind": "page_moves", "move": "delete", "probability": 0.3, "count": 20},
    {"kind": "page_moves", "move": "insert", "probability": 0.3, "count": 20},
    {"kind": "page_moves", "move": "reorder", "probability": 0.3, "count": 20},
    {"kind": "malformed", "variant": "null_quantity", "probability": 0.05},
    {"kind": "malformed", "variant": "text_quantity", "probability": 0.05},
    {"kind": "malformed", "variant": "nan_quantity", "probability": 0.03},
    {"kind": "malformed", "variant": "no_product_id", "probability": 0.02},
    {"kind": "malformed", "variant": "null_item", "probability": 0.02},
    {"kind": "empty", "path": r"office/\d+\?.*offset=0", "probability": 0.05},
]


def test_twenty_offices_with_every_fault(make_rig: MakeRig) -> None:
    rig = make_rig(seed=11, offices=20, products=500, life=0.3, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.connection_fields["page_size"] = 100
    rig.step(minutes=10)
    rig.reference()
    chance = random.Random(1)
    for passed in range(4):
        day = rig.day_start(FIRST_DAY + dt.timedelta(days=passed))
        for fault in chance.sample(FAULTS, 8):
            rig.simulator.faults.add(**fault)
        for _ in range(3):  # a run and its retries; what still fails is left to the next day
            try:
                rig.snapshot(day)
                break
            except IndicaOnlineError:
                rig.step(minutes=5)
        rig.simulator.faults.clear()
        rig.step(hours=23, minutes=50)
    rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=4)))
    for back in (3, 0, 2, 1):  # a backfill over all of it
        rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=back)))
    assert rig.value("SELECT count(*) FROM ops.quarantine") > 0
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'incomplete'") > 0
    assert_true_to_life(rig)


def test_offices_whose_clock_runs_while_they_are_read(make_rig: MakeRig) -> None:
    rig = make_rig(seed=12, offices=3, products=120, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.connection_fields["page_size"] = 20
    rig.step(minutes=10)
    simulator = rig.simulator
    chance = random.Random(2)
    products = [line.product_id for line in simulator.world.truth.office(rig.offices[0])]

    def live() -> None:
        simulator.world.set_quantity(rig.offices[0], chance.choice(products), chance.randrange(100))

    simulator.faults.add("call", path=f"office/{rig.offices[0]}", function=live)
    for _ in range(5):
        rig.pull(rig.offices[0])
        rig.step(hours=1)
    assert_true_to_life(rig)


def test_two_loads_of_an_office_at_once_queue_up(make_rig: MakeRig) -> None:
    rig = make_rig(seed=13, offices=1, products=200, life=5.0, start=MIDNIGHT_IN_LOS_ANGELES)
    (office,) = rig.offices
    rig.pull(office)
    rig.step(days=1)
    failures: list[BaseException] = []

    def pull() -> None:
        try:
            rig.pull(office)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pull) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'complete'") == 5
    assert_true_to_life(rig)


def test_a_late_arriving_pull_changes_the_days_that_depend_on_it(make_rig: MakeRig) -> None:
    rig = make_rig(seed=14, offices=1, products=40, life=6.0, start=MIDNIGHT_IN_LOS_ANGELES)
    (office,) = rig.offices
    rig.step(minutes=-0, days=0)
    rig.pull(office)
    rig.step(hours=20)
    rig.simulator.faults.add("empty", path=f"office/{office}")
    with pytest.raises(IndicaOnlineError):
        rig.pull(office)
    rig.simulator.faults.clear()
    held = rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'")
    rig.step(days=1)
    day = FIRST_DAY + dt.timedelta(days=1)
    rig.snapshot(rig.day_start(day))
    assert rig.value("SELECT count(*) FROM mart.inventory_daily WHERE snapshot_date = %s AND quantity > 0", [day]) > 0
    result = accept_pull(rig.connect, rig.settings, held)
    assert result is not None
    assert [publication.business_day for publication in result.republished] == [day]
    # The office was seen empty before the end of that day, and not again until after it.
    assert rig.value("SELECT count(*) FROM mart.inventory_daily WHERE snapshot_date = %s AND quantity > 0", [day]) == 0
