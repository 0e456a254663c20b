"""Runs of the daily snapshot by hand and after failures: what landed is the truth, and a failure is a failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from dag_rig import DagRig
from rig import MIDNIGHT_IN_LOS_ANGELES
from system_rig import OFFICE_TASK, REFERENCE, SNAPSHOT


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """Three offices, ten minutes after midnight; the day that has ended was pulled and published by its run."""
    rig = make_dag_rig({}, seed=5, offices=3, products=40, life=8.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    assert rig.run(REFERENCE).state == "success"
    assert rig.run(SNAPSHOT, rig.rig.day_start(dt.date(2025, 2, 28)), run_type="scheduled").state == "success"
    return rig


def test_the_run_of_a_day_lands_the_truth(rig: DagRig) -> None:
    run = rig.find(SNAPSHOT, rig.rig.day_start(dt.date(2025, 2, 28)))
    assert run is not None
    truth = rig.truth(rig.now)
    assert rig.stock("mart.inventory_current") == truth
    assert rig.stock("mart.inventory_daily") == {key: value for key, value in truth.items() if value[1] != 0}
    days = rig.query("SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily")
    assert days == [(dt.date(2025, 2, 28), "observed")]
    tasks = run.tasks(OFFICE_TASK)
    assert len(tasks) == len(rig.offices)
    names = {name for (name,) in rig.query("SELECT DISTINCT office_name FROM mart.inventory_current")}
    assert all(any(name in task.rendered_map_index for name in names) for task in tasks)


def test_a_trigger_by_hand_sees_now_and_every_change_is_the_truth(rig: DagRig) -> None:
    daily = rig.stock("mart.inventory_daily")
    for office, product in rig.one_product_of_each_office():
        rig.event("sell", office_id=office, product_id=product, quantity=1)
    moment = rig.step(60)
    assert rig.run(SNAPSHOT).state == "success"

    assert rig.stock("mart.inventory_current") == rig.truth(moment)
    assert rig.stock("mart.inventory_daily") == daily, "what a published day depends on has not changed"
    for (instant,) in rig.query("SELECT DISTINCT observed_at FROM mart.inventory_change"):
        truth = rig.truth(instant)
        changes = rig.query(
            "SELECT office_id, product_id, quantity FROM mart.inventory_change WHERE observed_at = %s", instant
        )
        assert {row[:2]: row[2] for row in changes} == {row[:2]: truth[row[:2]][1] for row in changes}
    sold = (
        "SELECT DISTINCT office_id FROM mart.inventory_change WHERE observed_at = %s AND quantity < previous_quantity"
    )
    assert sorted(office for (office,) in rig.query(sold, moment)) == rig.offices


def test_a_wrong_key_fails_at_once(rig: DagRig) -> None:
    before = rig.stock("mart.inventory_current")
    rig.set_key("not-the-key-of-this-account")
    run = rig.run(SNAPSHOT)
    assert run.state == "failed"
    tasks = run.tasks(OFFICE_TASK)
    assert {task.state for task in tasks} == {"failed"}
    assert {task.try_number for task in tasks} == {1}
    problems = [problem for problem in run.problems() if problem["task"].startswith(OFFICE_TASK)]
    assert len(problems) == len(rig.offices)
    assert all("key" in problem["text"] for problem in problems)
    assert rig.stock("mart.inventory_current") == before


def test_one_failing_office_does_not_stop_the_others_nor_end_green(rig: DagRig) -> None:
    broken, *others = rig.offices
    seen = "SELECT max(observed_at) FROM mart.inventory_current WHERE office_id = %s"
    ((last_seen,),) = rig.query(seen, broken)
    moment = rig.step(60)
    rig.fault("status", status=404, path=f"inventory/office/{broken}")
    run = rig.run(SNAPSHOT)
    assert run.state == "failed"
    assert sorted(task.state for task in run.tasks(OFFICE_TASK)) == ["failed", "success", "success"]
    assert rig.query(seen, broken) == [(last_seen,)]
    for office in others:
        assert rig.query(seen, office) == [(moment,)]


def test_an_outage_is_tried_again_when_the_api_asks_for_it(rig: DagRig) -> None:
    office = rig.offices[0]
    moment = rig.step(60)
    # Longer than one try of the task waits: Airflow itself must retry, and soon, because the API has sent Retry-After.
    rig.fault("rate_limited", path=f"inventory/office/{office}", count=1, retry_after="seconds", wait=2)
    run = rig.run(SNAPSHOT)
    assert run.state == "success"
    assert sorted(task.try_number for task in run.tasks(OFFICE_TASK)) == [1, 1, 2]
    assert rig.stock("mart.inventory_current") == rig.truth(moment)


def test_an_emptied_answer_is_held_back_until_a_person_accepts_it(rig: DagRig) -> None:
    office = rig.offices[0]
    before = rig.stock("mart.inventory_current WHERE office_id = %s", office)
    rig.step(60)
    rig.fault("empty", path=f"inventory/office/{office}")
    run = rig.run(SNAPSHOT)
    assert run.state == "failed"
    assert any("held_back_pulls" in problem["text"] for problem in run.problems())
    assert rig.stock("mart.inventory_current WHERE office_id = %s", office) == before
