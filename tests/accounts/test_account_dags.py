"""The DAGs of two accounts: everything that another DAG or task could share carries the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from indicaonline.notifications import compose

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNTS = {"north": {}, "south": {"business_time_zone": "America/Denver", "alerts": "webhook:south"}}


@pytest.fixture(scope="module")
def bags() -> Iterator[tuple[DagBag, DagBag]]:
    """The DAGs of one account, and those of two."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        one = DagBag(dag_folder=REPOSITORY / "dags")
        patch.setenv("INDICAONLINE_ACCOUNTS", json.dumps(ACCOUNTS))
        yield one, DagBag(dag_folder=REPOSITORY / "dags")


def assets(dag: Any) -> set[str]:
    """The names of the assets that a DAG produces or waits for."""
    waits = {asset.name for asset in getattr(getattr(dag.timetable, "asset_condition", None), "objects", [])}
    return waits | {outlet.name for task in dag.tasks for outlet in task.outlets}


def test_each_account_has_every_dag_and_shares_nothing(bags: tuple[DagBag, DagBag]) -> None:
    one, two = bags
    assert one.import_errors == two.import_errors == {}
    assert set(two.dags) == {f"{account}__{dag_id}" for account in ACCOUNTS for dag_id in one.dags}
    for account in ACCOUNTS:
        for dag_id, original in one.dags.items():
            dag = two.dags[f"{account}__{dag_id}"]
            assert set(dag.tags) == {*original.tags, account}
            assert assets(dag) == {f"{account}__{name}" for name in assets(original)}
            assert {task.task_id for task in dag.tasks} == {task.task_id for task in original.tasks}
            pools = [f"{task.pool}_{account}" if task.pool != "default_pool" else task.pool for task in original.tasks]
            assert [task.pool for task in dag.tasks] == pools
            # What runs other DAGs, or checks a warehouse, does so for its own account.
            for task in dag.tasks:
                triggers = getattr(task, "trigger_dag_id", None)
                assert triggers is None or triggers.startswith(f"{account}__"), task
                conn_id = getattr(task, "conn_id", None)
                assert conn_id in (None, f"inventory_warehouse_{account}"), task


@pytest.mark.parametrize("chosen", ["south", ["south"], {"south": {}}])
def test_an_account_is_chosen_by_its_id(chosen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from indicaonline.dags import warehouse_freshness

    monkeypatch.setenv("INDICAONLINE_ACCOUNTS", json.dumps(ACCOUNTS))
    assert [dag.dag_id for dag in warehouse_freshness(chosen)] == ["south__warehouse_freshness"]


def test_schedules_and_alerts_are_those_of_the_account(bags: tuple[DagBag, DagBag]) -> None:
    _, two = bags
    zones = {account: str(two.dags[f"{account}__inventory_snapshot_daily"].timezone) for account in ACCOUNTS}
    assert zones == {"north": "America/Los_Angeles", "south": "America/Denver"}
    assert not two.dags["north__inventory_snapshot_daily"].on_failure_callback
    (notifier,) = two.dags["south__inventory_snapshot_daily"].on_failure_callback
    assert notifier.target.address == "south"


def test_an_alert_names_the_account_by_the_dag(bags: tuple[DagBag, DagBag]) -> None:
    _, two = bags
    context: Any = {"dag": two.dags["south__package_history"], "run_id": "manual__1", "reason": "timed_out"}
    alert = compose(context, [])
    assert alert.subject.startswith("south__package_history failed: ")
    assert alert.text.startswith("south__package_history failed: run manual__1")
    assert "/dags/south__package_history/runs/manual__1" in alert.url
