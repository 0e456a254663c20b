"""Hourly changes: what is pulled, what is not, and how far it gets."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from indicaonline.errors import IndicaOnlineError
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig(past=pulled_once, seed=41, offices=3, products=60, life=12.0, start=MIDNIGHT_IN_LOS_ANGELES)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    for office in rig.offices:
        rig.pull(office)


def test_hours_follow_each_other_and_find_every_change(rig: Rig) -> None:
    for _ in range(6):
        rig.step(hours=1)
        result = rig.updates(rig.hour())
        assert result.pull is not None
        assert sum(office.products for office in result.touched) == result.pull.changes
    assert_true_to_life(rig)
    assert_current_is_life(rig)
    watermark = rig.value("SELECT reached_at FROM ops.watermark")
    assert watermark == rig.tick()


def assert_current_is_life(rig: Rig) -> None:
    """After a complete pull of changes, current stock is what every office lists.

    Changes do not list products that have vanished from a list.
    """
    known = {
        (row["office_id"], row["product_id"]): row["quantity"]
        for row in rig.query("SELECT office_id, product_id, quantity FROM mart.inventory_current")
    }
    for office in rig.offices:
        for line in rig.simulator.world.truth.office(office):
            assert known[office, line.product_id] == line.quantity


def test_a_covered_hour_asks_nothing_and_says_so(rig: Rig) -> None:
    rig.step(hours=2)
    rig.updates(rig.hour(1))
    rig.simulator.requests.reset()
    for ago in (1, 0, 1):
        result = rig.updates(rig.hour(ago))
        assert result.pull is None
        assert result.note is not None
        assert "covered" in result.note
    assert len(rig.simulator.requests) == 0


def test_an_hour_that_has_not_ended_asks_nothing(rig: Rig) -> None:
    rig.simulator.requests.reset()
    result = rig.updates(rig.hour() + dt.timedelta(hours=5))
    assert result.note is not None
    assert "not ended" in result.note
    assert len(rig.simulator.requests) == 0


@pytest.mark.parametrize(
    "order", [range(8), range(7, -1, -1), (3, 0, 7, 1, 1, 6)], ids=["forwards", "backwards", "mixed"]
)
def test_a_backfill_closes_the_gap_with_as_few_pulls_as_can_be(rig: Rig, order: range) -> None:
    rig.step(hours=8)
    hours = [rig.hour(ago) for ago in range(7, -1, -1)]
    rig.simulator.requests.reset()
    pulls = [rig.updates(hours[index]).pull for index in order]
    made = [pull for pull in pulls if pull is not None]
    # A pull covers all hours after its start; only an earlier start can ask for another.
    earliest = [index for n, index in enumerate(order) if index < min(list(order)[:n], default=99)]
    assert len(made) == len(earliest)
    assert_true_to_life(rig)
    assert_current_is_life(rig)


def test_several_backfill_runs_at_once_make_one_pull(rig: Rig) -> None:
    rig.step(hours=6)
    hour = rig.hour(4)
    threads = [threading.Thread(target=lambda: rig.updates(hour)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'updated'") == 1
    assert_true_to_life(rig)


def test_a_missed_run_heals_by_itself(rig: Rig) -> None:
    rig.step(hours=1)
    rig.updates(rig.hour())
    reached = rig.value("SELECT reached_at FROM ops.watermark")
    rig.step(days=7)  # the machine slept
    result = rig.updates(rig.hour())
    assert result.since == reached - rig.settings.update_overlap
    assert_current_is_life(rig)
    assert rig.value("SELECT reached_at FROM ops.watermark") == rig.tick()
    covered = rig.query("SELECT hours_covered FROM mart.coverage WHERE business_date = '2025-03-03'")
    assert {row["hours_covered"] for row in covered} == {24}


def test_a_failed_pull_moves_no_watermark(rig: Rig) -> None:
    rig.connection_fields["page_size"] = 5
    rig.step(hours=3)
    rig.simulator.faults.add("status", path=r"updated/.*offset=5", status=500)
    with pytest.raises(IndicaOnlineError):
        rig.updates(rig.hour(2))
    assert rig.value("SELECT count(*) FROM ops.watermark") == 0
    assert rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'updated' AND status = 'incomplete'") == 1
    rig.simulator.faults.clear()
    assert rig.updates(rig.hour(2)).pull is not None
    assert_true_to_life(rig)
    assert_current_is_life(rig)


def test_a_pull_from_the_middle_leaves_the_watermark_where_the_gap_begins(rig: Rig) -> None:
    rig.step(hours=1)
    rig.updates(rig.hour())
    reached = rig.value("SELECT reached_at FROM ops.watermark")
    rig.step(hours=5)
    # By hand it would start at the watermark; this is what a pull that starts after it would do.
    rig.settings = type(rig.settings)(update_overlap_minutes=0)
    with rig.connect() as connection:
        connection.execute("UPDATE ops.watermark SET reached_at = reached_at + interval '3 hours'")
    rig.updates(rig.hour())
    with rig.connect() as connection:
        connection.execute("UPDATE ops.watermark SET reached_at = %s", [reached])
    rig.updates(rig.hour(4))
    assert rig.value("SELECT reached_at FROM ops.watermark") == rig.tick()
    assert_current_is_life(rig)


def test_without_dates_it_pulls_present(rig: Rig) -> None:
    rig.step(hours=1)
    rig.updates(rig.hour())
    rig.step(minutes=10)
    for result in (rig.updates(None), rig.updates(rig.hour(), rig.tick())):
        assert result.pull is not None
    assert_current_is_life(rig)


@pytest.mark.parametrize(
    "switch", [{"updated_lists_zero": False}, {"updated_inclusive": False}, {"updated_unit": "ms"}]
)
def test_the_unknowns_of_the_api_make_no_difference(make_rig: MakeRig, switch: dict[str, object]) -> None:
    rig = make_rig(seed=42, offices=2, products=40, life=20.0, start=MIDNIGHT_IN_LOS_ANGELES, **switch)
    if "updated_unit" in switch:
        rig.connection_fields["timestamp_unit"] = "milliseconds"
    rig.step(minutes=5)
    for passed in range(26):
        if passed % 24 == 0:
            for office in rig.offices:
                rig.pull(office)
        rig.step(hours=1)
        rig.updates(rig.hour())
    for office in rig.offices:  # what an update may have left out, the next snapshot finds
        rig.pull(office)
    assert_true_to_life(rig)
    assert_current_is_life(rig)
