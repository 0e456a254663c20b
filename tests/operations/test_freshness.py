"""The freshness SLA: the offices that breach it, and the cases in which nothing is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from indicaonline.errors import RetriableError, StaleError
from indicaonline.jobs.freshness import Freshness, check_freshness, measure_freshness
from indicaonline.operators.freshness import CheckFreshnessOperator
from indicaonline.settings import Settings
from rig import Rig

AN_HOUR = dt.timedelta(hours=1)


def measured(rig: Rig) -> Freshness:
    return measure_freshness(rig.connect, rig.settings)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """Three offices that are known by name, and an SLA of 30 and 3 hours."""
    rig = make_rig(offices=3, products=10)
    rig.reference("offices")
    return rig


def test_what_is_in_time_is_fresh(rig: Rig) -> None:
    rig.snapshot(None)
    rig.updates(None)
    rig.step(hours=2)
    freshness = measured(rig)
    assert freshness.problem is None
    assert (freshness.offices, freshness.behind) == (3, [])
    assert freshness.snapshot_lag == freshness.update_lag == 2 * AN_HOUR
    check_freshness(freshness)


def test_offices_that_are_behind_are_named_with_their_lag(rig: Rig) -> None:
    behind_office, *others = rig.offices
    rig.snapshot(None)
    rig.step(hours=25)
    rig.snapshot(None, offices=others)
    rig.updates(None)
    rig.step(hours=2, minutes=30)
    assert measured(rig).problem is None
    rig.updates(None)
    rig.step(hours=2, minutes=45)
    freshness = measured(rig)
    assert [office.office_id for office in freshness.behind] == [behind_office]
    with pytest.raises(StaleError) as failed:
        check_freshness(freshness)
    line = str(failed.value)
    assert f"({behind_office}: for 30.2 h)" in line
    assert "inventory_snapshot_daily" in line
    assert "inventory_updates_hourly" not in line
    assert not [office for office in others if str(office) in line]
    assert len(line.splitlines()) == 1


def test_the_status_of_the_last_pull_is_reported(rig: Rig) -> None:
    office = rig.offices[0]
    rig.snapshot(None)
    rig.step(hours=31)
    rig.simulator.faults.add("empty", path=f"inventory/office/{office}")
    with pytest.raises(Exception, match="held back"):
        rig.snapshot(None)
    (behind,) = measured(rig).behind
    assert (behind.office_id, behind.status) == (office, "held_back")
    assert f"for 31.0 h; its last pull, {behind.pull_id}, is held_back)" in str(measured(rig).problem)


def test_changes_that_are_not_pulled_are_reported(rig: Rig) -> None:
    rig.snapshot(None)
    rig.updates(None)
    rig.step(hours=3, seconds=1)
    problem = str(measured(rig).problem)
    assert "Changes are expected every 3 h, but were not pulled for 3.0 h." in problem
    assert "inventory_updates_hourly" in problem
    assert "inventory_snapshot_daily" not in problem


def test_an_sla_of_0_hours_is_none(make_rig: Callable[..., Rig]) -> None:
    settings = Settings(freshness_snapshot_hours=0, freshness_update_hours=0)
    rig = make_rig(settings, offices=1, products=5)
    rig.reference("offices")
    rig.step(days=30)
    assert measured(rig).problem is None


def test_a_new_office_has_as_long_as_the_sla(rig: Rig) -> None:
    rig.step(hours=2)
    assert measured(rig).problem is None
    rig.step(hours=29)
    problem = str(measured(rig).problem)
    assert f"({rig.offices[0]}: ever)" in problem
    assert "were not pulled ever" in problem


def test_an_office_that_is_taken_out_of_the_account_owes_nothing(rig: Rig) -> None:
    gone, *others = rig.offices
    rig.snapshot(None)
    rig.step(hours=40)
    rig.snapshot(None, offices=others)
    rig.updates(None)
    assert [office.office_id for office in measured(rig).behind] == [gone]
    rig.connection_fields["office_ids"] = others
    rig.reference("offices")
    assert measured(rig).problem is None
    # It is back: its SLA period starts again.
    rig.connection_fields["office_ids"] = []
    rig.reference("offices")
    assert measured(rig).problem is None
    rig.updates(None)
    rig.step(hours=31)
    assert gone in [office.office_id for office in measured(rig).behind]


def test_a_warehouse_that_never_ran_says_what_to_do(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(offices=1, products=5)
    with pytest.raises(RetriableError, match="unpause reference_data_daily"):
        measured(rig)


def test_the_operator_reports_lags_and_fails_on_a_breach(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE", rig.dsn)
    operator = CheckFreshnessOperator(task_id="check_freshness")
    rig.snapshot(None)
    assert operator.execute({}) == {"offices": 3, "snapshot_lag_hours": 0.0, "update_lag_hours": 0.0}
    rig.updates(None)
    rig.step(hours=2, minutes=15)
    assert operator.execute({}) == {"offices": 3, "snapshot_lag_hours": 2.25, "update_lag_hours": 2.25}
    rig.step(hours=1)
    with pytest.raises(StaleError, match=r"Changes are expected every 3 h"):
        operator.execute({})


def test_of_many_offices_some_are_shown(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(offices=8, products=5)
    rig.reference("offices")
    rig.step(hours=31)
    freshness = measured(rig)
    assert len(freshness.behind) == 8
    assert str(freshness.problem).count(": ever)") == 5
    assert "3 more." in str(freshness.problem)
