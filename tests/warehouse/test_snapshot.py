"""The life of an office, pull by pull: what lands, what is published, and what must not happen."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from indicaonline.errors import HeldBackError, RetriableError, WrongKeyError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.jobs.snapshot import as_manifest
from indicaonline.settings import Settings
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
"""The business day that ends where the tests begin."""


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    rig = make_rig(seed=5, offices=2, products=60, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    return rig


def test_days_follow_each_other(rig: Rig) -> None:
    rig.reference()
    for passed in range(5):
        results = rig.snapshot(rig.day_start(DAY + dt.timedelta(days=passed)))
        assert {result.publication.basis for result in results if result.publication} == {"observed"}
        assert json.loads(json.dumps(as_manifest(results))) == as_manifest(results), "XCom wants plain values"
        rig.step(days=1)
    assert_true_to_life(rig)
    coverage = rig.query("SELECT * FROM mart.coverage WHERE status = 'observed'")
    assert len(coverage) == 5 * len(rig.offices)
    named = rig.value("SELECT count(*) FROM mart.inventory_daily WHERE product_name IS NOT NULL AND brand IS NOT NULL")
    assert named == rig.value("SELECT count(*) FROM mart.inventory_daily")


def test_a_pull_that_sees_nothing_new_writes_no_change(make_rig: MakeRig) -> None:
    rig = make_rig(seed=5, offices=1, products=60, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    (office,) = rig.offices
    first = rig.pull(office)
    before = rig.query("SELECT * FROM inventory.stock_change ORDER BY 1, 2, 3")
    rig.step(seconds=1)
    again = rig.pull(office)
    assert first.changes == len(before) > 0
    assert (again.changes, again.package_changes) == (0, 0)
    assert rig.query("SELECT * FROM inventory.stock_change ORDER BY 1, 2, 3") == before
    assert rig.value("SELECT min(observed_at) FROM mart.inventory_current") == rig.tick()
    assert_true_to_life(rig)


def test_of_two_pulls_in_the_same_second_the_later_wins_and_none_is_doubled(rig: Rig) -> None:
    office = rig.offices[0]
    rig.pull(office)
    rows = rig.value("SELECT count(*) FROM inventory.stock_change")
    later = rig.pull(office)
    assert rig.value("SELECT count(*) FROM inventory.stock_change") == rows
    assert rig.value("SELECT DISTINCT pull_id FROM inventory.stock_change") == later.pull_id
    assert_true_to_life(rig)


def test_a_product_that_vanishes_is_absent_and_stays_at_zero(rig: Rig) -> None:
    rig.snapshot(rig.day_start(DAY))
    office = rig.offices[0]
    gone = rig.simulator.world.truth.office(office)[0].product_id
    rig.simulator.world.remove_product(office, gone)
    rig.step(days=1)
    rig.snapshot(rig.day_start(DAY + dt.timedelta(days=1)))
    (change,) = rig.query(
        "SELECT * FROM mart.inventory_change WHERE product_id = %s AND reason = 'absent' AND office_id = %s",
        [gone, office],
    )
    assert change["quantity"] == 0
    (row,) = rig.query(
        "SELECT * FROM mart.inventory_daily WHERE product_id = %s AND office_id = %s AND snapshot_date = %s",
        [gone, office, DAY + dt.timedelta(days=1)],
    )
    assert (row["quantity"], row["basis"]) == (0, "observed")
    assert_true_to_life(rig)


def test_zero_rows_end_after_the_days_of_the_setting(make_rig: MakeRig) -> None:
    settings = Settings(zero_rows_days=2)
    rig = make_rig(settings, seed=5, offices=1, products=5, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    (office,) = rig.offices
    gone = rig.simulator.world.truth.office(office)[0].product_id
    rig.snapshot(rig.day_start(DAY))
    rig.simulator.world.remove_product(office, gone)
    for passed in range(1, 5):
        rig.step(days=1)
        rig.snapshot(rig.day_start(DAY + dt.timedelta(days=passed)))
    days = rig.query(
        "SELECT snapshot_date, quantity FROM mart.inventory_daily WHERE product_id = %s ORDER BY 1", [gone]
    )
    # Seen at 0 just after midnight of the second day: that night's snapshot, and the two days the setting gives it.
    assert [row["snapshot_date"] for row in days] == [DAY + dt.timedelta(days=passed) for passed in range(4)]
    assert [bool(row["quantity"]) for row in days] == [True, False, False, False]
    assert rig.value("SELECT count(*) FROM mart.inventory_current WHERE product_id = %s", [gone]) == 1


def test_an_office_that_seems_empty_is_held_back_and_can_be_accepted(rig: Rig) -> None:
    office = rig.offices[0]
    rig.pull(office)
    before = rig.query("SELECT * FROM inventory.stock ORDER BY 1, 2")
    rig.step(hours=1)
    rig.simulator.faults.add("empty", path=f"office/{office}")
    with pytest.raises(HeldBackError, match=r"as run pull_\d+ of held_back_pulls") as failure:
        rig.pull(office)
    rig.simulator.faults.clear()
    assert rig.query("SELECT * FROM inventory.stock ORDER BY 1, 2") == before
    (held,) = rig.query("SELECT * FROM ops.pull WHERE status = 'held_back'")
    assert held["reads"] == 2, "it is read once more before anybody is bothered"
    assert str(held["pull_id"]) in str(failure.value)
    # Twice as a whole, and once without parameters: the parameters do not make the list empty.
    assert rig.value("SELECT count(*) FROM raw.response WHERE pull_id = %s", [held["pull_id"]]) == 3

    rig.step(hours=1)
    listed = rig.updates(rig.hour())
    assert listed.pull is not None
    result = accept_pull(rig.connect, rig.settings, held["pull_id"], "somebody")
    assert result.status == "complete"
    # Accepted afterwards: it is true at its own time, and what was seen afterwards still holds.
    in_office = "SELECT count(*) FROM mart.inventory_as_of(%s) WHERE quantity <> 0 AND office_id = %s"
    assert rig.value(in_office, [held["last_page_at"], office]) == 0
    assert 0 < rig.value(in_office, [rig.tick(), office]) <= listed.pull.items
    (accepted,) = rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [held["pull_id"]])
    assert (accepted["status"], accepted["decided_by"]) == ("complete", "somebody")
    assert accepted["decided_at"] is not None


def test_fewer_than_half_may_vanish_and_a_second_pull_may_clear_the_circuit_breaker(rig: Rig) -> None:
    office = rig.offices[0]
    rig.pull(office)
    rig.step(hours=1)
    rig.simulator.faults.add("empty", path=f"office/{office}", count=1)
    result = rig.pull(office)
    assert result.status == "complete"
    assert_true_to_life(rig)


def test_a_wrong_key_is_fatal_and_leaves_only_a_ledger_row(rig: Rig) -> None:
    rig.connection_fields["key"] = "a-key-that-was-revoked"
    with pytest.raises(WrongKeyError):
        rig.snapshot(rig.day_start(DAY))
    assert {row["status"] for row in rig.query("SELECT * FROM ops.pull")} == {"failed"}
    assert rig.value("SELECT count(*) FROM inventory.stock") == 0
    assert {row["basis"] for row in rig.query("SELECT basis FROM ops.publication")} == {"missing"}


def test_one_failing_office_stops_no_other_and_a_retry_pulls_only_that_one(rig: Rig) -> None:
    bad, good = rig.offices
    rig.simulator.faults.add("status", path=f"office/{bad}", status=503)
    with pytest.raises(RetriableError):
        rig.snapshot(rig.day_start(DAY))
    assert rig.value("SELECT count(*) FROM mart.inventory_daily WHERE office_id = %s", [good]) > 0
    rig.simulator.faults.clear()
    rig.simulator.requests.reset()
    rig.snapshot(rig.day_start(DAY))
    assert rig.simulator.requests.count(f"office/{good}") == 0
    assert rig.simulator.requests.count(f"office/{bad}") > 0
    assert_true_to_life(rig)
    assert {row["basis"] for row in rig.query("SELECT basis FROM ops.publication")} == {"observed"}


def test_a_past_day_is_published_without_a_request(rig: Rig) -> None:
    rig.snapshot(rig.day_start(DAY))
    rig.step(days=3)
    rig.simulator.requests.reset()
    for passed in (1, 0, 2, 1):
        rig.snapshot(rig.day_start(DAY + dt.timedelta(days=passed)))
    before_all = rig.snapshot(rig.day_start(dt.date(2024, 6, 1)))
    assert len(rig.simulator.requests) == 0
    assert {row["basis"] for row in rig.query("SELECT basis FROM ops.publication WHERE snapshot_date > %s", [DAY])} == {
        "carried_forward"
    }
    assert {result.publication.basis for result in before_all if result.publication} == {"missing"}
    assert all(result.note and "missing" in result.note for result in before_all)
    assert_true_to_life(rig)


def test_a_trigger_by_hand_pulls_present_and_publishes_only_the_days_that_it_covers(rig: Rig) -> None:
    rig.step(hours=14)
    by_hand = rig.snapshot(rig.day_start(DAY), rig.tick())
    assert all(result.pull and not result.publication for result in by_hand)
    without_dates = rig.snapshot(None)
    assert all(result.pull and not result.publication for result in without_dates)
    assert rig.value("SELECT count(*) FROM mart.inventory_daily") == 0
    assert_true_to_life(rig)


def test_a_day_that_has_not_ended_is_not_published(rig: Rig) -> None:
    rig.pull(rig.offices[0])
    rig.simulator.requests.reset()
    results = rig.snapshot(rig.day_start(dt.date(2025, 3, 9)))
    assert all(result.publication is None and result.note and "not ended" in result.note for result in results)
    assert len(rig.simulator.requests) == 0


def test_a_clock_that_is_far_off_stores_nothing(rig: Rig) -> None:
    rig.simulator.switches.date_skew_seconds = 3600
    with pytest.raises(Exception, match="2025-03-01T09:10:00"):
        rig.pull(rig.offices[0])
    assert rig.value("SELECT count(*) FROM ops.pull") == 0
    assert rig.value("SELECT count(*) FROM raw.response") == 0
