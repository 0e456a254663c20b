"""A real Airflow runs the DAGs against the simulated API, and the warehouse is compared with what really was."""

from __future__ import annotations

import datetime as dt

import pytest

from system_rig import REFERENCE, SNAPSHOT, SystemRig

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def test_the_scheduler_lands_a_day_that_is_the_truth(rig: SystemRig) -> None:
    assert rig.run_due(REFERENCE)["state"] == "success"
    run = rig.run_due(SNAPSHOT)
    assert run["state"] == "success"

    start = dt.datetime.fromisoformat(run["data_interval_start"])
    assert dt.datetime.fromisoformat(run["data_interval_end"]) - start == dt.timedelta(days=1)
    truth = rig.truth(rig.now)
    # Zero is explicit in what is known now; a product never seen above 0 has no row in a daily snapshot.
    assert rig.stock("mart.inventory_current") == truth
    on_hand = {key: value for key, value in truth.items() if value[1] != 0}
    assert rig.stock("mart.inventory_daily") == on_hand
    days = rig.query("SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily")
    zone = rig.stack.airflow.settings["INDICAONLINE_BUSINESS_TIME_ZONE"]
    assert days == rig.query("SELECT (%s::timestamptz AT TIME ZONE %s)::date, 'observed'", start, zone)
    assert rig.query("SELECT DISTINCT observed_at FROM mart.inventory_daily") == [(rig.now,)]
    assert rig.query("SELECT count(*) FROM mart.inventory_daily WHERE product_name IS NULL OR brand IS NULL") == [(0,)]
    tasks = rig.tasks(run, "snapshot_office")
    assert len(tasks) == len(rig.offices)
    names = {name for (name,) in rig.query("SELECT DISTINCT office_name FROM mart.inventory_current")}
    assert all(any(name in task["rendered_map_index"] for name in names) for task in tasks)


def test_a_trigger_by_hand_sees_now_and_every_change_is_the_truth(rig: SystemRig) -> None:
    daily = rig.stock("mart.inventory_daily")
    for office, product in rig.one_product_of_each_office():
        rig.event("sell", office_id=office, product_id=product, quantity=1)
    moment = rig.step(60)
    assert rig.run_now(SNAPSHOT)["state"] == "success"

    assert rig.stock("mart.inventory_current") == rig.truth(moment)
    assert rig.stock("mart.inventory_daily") == daily, "what a published day rests on has not changed"
    moments = rig.query("SELECT DISTINCT observed_at FROM mart.inventory_change")
    for (instant,) in moments:
        truth = rig.truth(instant)
        changes = rig.query(
            "SELECT office_id, product_id, quantity FROM mart.inventory_change WHERE observed_at = %s", instant
        )
        assert {row[:2]: row[2] for row in changes} == {row[:2]: truth[row[:2]][1] for row in changes}
    sold = (
        "SELECT DISTINCT office_id FROM mart.inventory_change WHERE observed_at = %s AND quantity < previous_quantity"
    )
    assert sorted(office for (office,) in rig.query(sold, moment)) == rig.offices


def test_a_wrong_key_fails_at_once(rig: SystemRig) -> None:
    before = rig.stock("mart.inventory_current")
    rig.set_key("not-the-key-of-this-account")
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "failed"
    tasks = rig.tasks(run, "snapshot_office")
    assert {task["state"] for task in tasks} == {"failed"}
    assert {task["try_number"] for task in tasks} == {1}
    assert "key" in rig.errors(run, "snapshot_office")
    assert rig.stock("mart.inventory_current") == before


def test_one_failing_office_does_not_stop_the_others_nor_end_green(rig: SystemRig) -> None:
    broken, *others = rig.offices
    seen = "SELECT max(observed_at) FROM mart.inventory_current WHERE office_id = %s"
    ((last_seen,),) = rig.query(seen, broken)
    moment = rig.step(60)
    rig.fault("status", status=404, path=f"inventory/office/{broken}")
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "failed"
    assert sorted(task["state"] for task in rig.tasks(run, "snapshot_office")) == ["failed", "success", "success"]
    assert rig.query(seen, broken) == [(last_seen,)]
    for office in others:
        assert rig.query(seen, office) == [(moment,)]


def test_an_outage_is_tried_again_when_the_api_asks_for_it(rig: SystemRig) -> None:
    office = rig.offices[0]
    moment = rig.step(60)
    # More refusals than one try of the task has time for: Airflow itself must come again.
    rig.fault("rate_limited", path=f"inventory/office/{office}", count=1, retry_after="seconds", wait=4)
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "success"
    assert sorted(task["try_number"] for task in rig.tasks(run, "snapshot_office")) == [1, 1, 2]
    assert rig.stock("mart.inventory_current") == rig.truth(moment)


def test_an_emptied_answer_is_held_back_until_a_person_accepts_it(rig: SystemRig) -> None:
    office = rig.offices[0]
    before = rig.stock("mart.inventory_current WHERE office_id = %s", office)
    rig.step(60)
    rig.fault("empty", path=f"inventory/office/{office}")
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "failed"
    assert "accept_held_pulls" in rig.errors(run, "snapshot_office")
    assert rig.stock("mart.inventory_current WHERE office_id = %s", office) == before
