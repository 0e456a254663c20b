"""The task ``roll_up``: it runs whatever came before, and never makes a failed run succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

PULLS = {"inventory_snapshot_daily": "snapshot_office", "inventory_updates_hourly": "pull_updates"}


@pytest.mark.parametrize("dag_id", PULLS)
def test_it_runs_after_every_pull_failed_or_not(dag_bag: DagBag, dag_id: str) -> None:
    task = dag_bag.dags[dag_id].get_task("roll_up")
    assert task.upstream_task_ids == {PULLS[dag_id]}
    assert task.trigger_rule == "all_done"


@pytest.mark.parametrize("dag_id", PULLS)
def test_the_last_task_sees_how_every_other_one_ended(dag_bag: DagBag, dag_id: str) -> None:
    """It decides the state of the run, whatever came before: see tests/runs/test_runs_logged.py."""
    dag = dag_bag.dags[dag_id]
    (leaf,) = dag.leaves
    assert leaf.trigger_rule == "all_done"
    assert {PULLS[dag_id], "roll_up"} <= leaf.upstream_task_ids
    assert leaf.get_flat_relative_ids(upstream=True) == set(dag.task_ids) - {leaf.task_id}
