"""Runs that ask about held-back pulls: asked once for each pull, by the run that held it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from dag_rig import DagRig, Run
from rig import MIDNIGHT_IN_LOS_ANGELES
from system_rig import ASK_TASK, HELD_BACK, REFERENCE, SNAPSHOT


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """Two offices that were seen whole, one of which seems to have emptied since."""
    rig = make_dag_rig({}, seed=5, offices=2, products=40, life=8.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    assert rig.run(REFERENCE).state == "success"
    assert rig.run(SNAPSHOT, rig.rig.day_start(dt.date(2025, 2, 28)), run_type="scheduled").state == "success"
    assert rig.triggered(HELD_BACK) == []
    rig.step(3600)
    rig.fault("empty", path=f"inventory/office/{rig.offices[0]}")
    return rig


def question(run: Run) -> tuple[str, str]:
    """Subject and body of the question that a run asks."""
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session

    (ask,) = run.tasks(ASK_TASK)
    assert ask.state == "awaiting_input"
    with create_session() as session:
        detail = session.get(HITLDetail, ask.id)
        assert detail is not None
        assert detail.options == ["Accept", "Dismiss"]
        assert list(detail.params) == ["note"]
        assert detail.defaults is None
        return detail.subject, str(detail.body)


def let_the_time_to_answer_pass(run: Run) -> None:
    """Let the scheduler end the waiting, as it does after the response timeout."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import update

    (ask,) = run.tasks(ASK_TASK)
    waits = ask.trigger_timeout - ask.start_date
    assert dt.timedelta(days=7) <= waits < dt.timedelta(days=7, minutes=10)
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    with create_session() as session:
        session.execute(update(TaskInstance).where(TaskInstance.id == ask.id).values(trigger_timeout=past))
    SchedulerJobRunner(Job()).check_awaiting_input_timeouts()


def test_the_run_that_holds_a_pull_back_asks_about_it_once(rig: DagRig) -> None:
    held_by = rig.run(SNAPSHOT)
    assert held_by.state == "failed", "a pull that is held back is an alert, asked about or not"
    ((pull, office, name, vanishing),) = rig.query(
        "SELECT pull_id, office_id, office_name, would_vanish FROM mart.held_back_pull"
    )
    (asking,) = rig.triggered(HELD_BACK)
    assert asking.run_id == f"pull_{pull}"
    subject, body = question(asking.start())
    assert subject.startswith(f"Accept pull {pull} of {name} ({office})? {vanishing} of {vanishing} products with")
    assert f"The first 20 of {vanishing} products that would vanish" in body
    ((product,),) = rig.query("SELECT product_id FROM mart.held_back_product ORDER BY product_name, product_id LIMIT 1")
    assert f"\\({product}\\)" in body

    held_by.clear()
    assert held_by.states()["ask_about_held_back"] == {"skipped", "success"}, "the clear held back another one"
    assert [run.run_id for run in rig.triggered(HELD_BACK)][:1] == [asking.run_id]
    assert rig.query("SELECT count(*) FROM mart.held_back_pull") == [(len(rig.triggered(HELD_BACK)),)]


def test_nobody_answers_and_the_pull_stays_held_back(rig: DagRig) -> None:
    rig.run(SNAPSHOT)
    (asking,) = rig.triggered(HELD_BACK)
    asking.start()
    let_the_time_to_answer_pass(asking)
    assert asking.go_on().state == "success"
    assert {state for states in asking.states().values() for state in states} == {"skipped"}
    assert rig.query("SELECT status, decided_at FROM mart.held_back_pull") == [("held_back", None)]


def test_a_pull_that_was_superseded_before_it_is_asked_about(rig: DagRig) -> None:
    rig.run(SNAPSHOT)
    (asking,) = rig.triggered(HELD_BACK)
    rig.behave()
    rig.step(60)
    assert rig.run(SNAPSHOT).state == "success"
    assert asking.start().go_on().state == "success"
    assert asking.states()[ASK_TASK] == {"skipped"}
    assert rig.query("SELECT status FROM mart.held_back_pull") == [("superseded",)]


def test_a_pull_that_was_held_back_outside_airflow_is_asked_about_by_the_next_run(rig: DagRig) -> None:
    with pytest.raises(Exception, match="held back"):
        rig.rig.pull(rig.offices[0])
    assert rig.triggered(HELD_BACK) == []
    rig.behave()
    rig.fault("status", path="inventory/office", status=404)
    rig.run(SNAPSHOT)
    ((pull,),) = rig.query("SELECT pull_id FROM mart.held_back_pull")
    assert [run.run_id for run in rig.triggered(HELD_BACK)] == [f"pull_{pull}"]


def test_an_accepted_pull_publishes_its_day_and_makes_packages_due(rig: DagRig) -> None:
    """Within the tolerance after the end of the day whose closing pull it becomes."""
    rig.behave()
    rig.go_to(rig.rig.day_start(dt.date(2025, 3, 2)) + dt.timedelta(minutes=11))
    office = rig.offices[0]
    rig.fault("empty", path=f"inventory/office/{office}")
    day = dt.date(2025, 3, 1)
    assert rig.run(SNAPSHOT, rig.rig.day_start(day), run_type="scheduled").state == "failed"
    published = "SELECT basis, pull_id, row_count FROM ops.publication WHERE office_id = %s AND snapshot_date = %s"
    ((basis, closing, rows),) = rig.query(published, office, day)
    assert (basis, closing) == ("carried_forward", None)
    ((pull,),) = rig.query("SELECT pull_id FROM mart.held_back_pull")
    rig.has_triggered("package_history")

    decided = rig.run(HELD_BACK, pull_id=pull, decision="accept")
    assert decided.state == "success"
    assert rig.query(published, office, day) == [("observed", pull, rows)]
    assert rig.has_triggered("package_history")
    (result,) = decided.returned("accept")
    assert [(each["office_id"], each["business_day"]) for each in result["republished"]] == [(office, day.isoformat())]
