"""The rules every DAG keeps, and the list of DAGs there are."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

DAY, HOUR, HALF_AN_HOUR = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=30)
SCHEDULED = {
    "reference_data_daily": DAY,
    "inventory_snapshot_daily": DAY,
    "inventory_updates_hourly": HOUR,
    "warehouse_maintenance": DAY,
    "warehouse_freshness": HALF_AN_HOUR,
}
"""Those that run by a schedule, and how long their data intervals are."""

BY_ASSETS = {"package_history"}
"""Those that run when another has landed something, and once a day in any case."""

BY_ITSELF = {*SCHEDULED, *BY_ASSETS}
MANUAL = {"contract_check", "export_history", "held_back_pulls", "metrc_reconciliation", "product_stock"}
EVERY = sorted({*BY_ITSELF, *MANUAL})
ASKS_THE_API = {
    "reference_data_daily": {"offices", "products", "brands", "categories", "lab_results"},
    "inventory_snapshot_daily": {"snapshot_office"},
    "inventory_updates_hourly": {"pull_updates"},
    "package_history": {"refresh_packages"},
    "product_stock": {"pull_product"},
}
AT_ONCE = {"held_back_pulls": 1000, "inventory_updates_hourly": 4, "product_stock": 4}
"""Those of which several runs may be active: so many."""


@pytest.fixture(params=EVERY)
def dag(request: pytest.FixtureRequest, dag_bag: DagBag) -> DAG:
    """Each DAG in turn."""
    return dag_bag.dags[request.param]


def test_every_dag_is_there_and_no_other(dag_bag: DagBag) -> None:
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == EVERY


def test_a_person_finds_out_what_it_is(dag: DAG) -> None:
    assert dag.description
    assert dag.doc_md
    assert len(dag.doc_md.split()) > 20
    assert "indicaonline" in dag.tags
    assert dag.owner not in ("", "airflow")


def test_the_effect_of_a_backfill_is_documented_in_its_dag(dag_bag: DagBag) -> None:
    for dag_id in BY_ITSELF:
        assert "What a backfill does" in (dag_bag.dags[dag_id].doc_md or "")


def test_runs_neither_pile_up_nor_catch_up(dag: DAG) -> None:
    assert dag.catchup is False
    assert dag.max_active_runs == AT_ONCE.get(dag.dag_id, 1)


def test_a_failure_is_tried_again_unless_that_is_useless(dag_bag: DagBag) -> None:
    for dag_id in BY_ITSELF:
        for task in _working_tasks(dag_bag.dags[dag_id]):
            assert task.retries >= 1, task.task_id
            assert type(task.retry_policy).__name__ == "IndicaOnlineRetryPolicy", task.task_id


def test_the_pool_bounds_all_use_of_the_api(dag_bag: DagBag) -> None:
    for dag_id, task_ids in ASKS_THE_API.items():
        for task_id in task_ids:
            assert dag_bag.dags[dag_id].get_task(task_id).pool == "indicaonline_api", task_id


def test_every_interval_has_a_length(dag_bag: DagBag) -> None:
    for dag_id, length in SCHEDULED.items():
        interval = _next_interval(dag_bag.dags[dag_id])
        assert interval.end - interval.start == length, dag_id


def test_the_snapshots_interval_is_one_business_day(dag_bag: DagBag) -> None:
    dag = dag_bag.dags["inventory_snapshot_daily"]
    interval = _next_interval(dag)
    zone = dag.timezone
    assert interval.start.astimezone(zone).time() == dt.time()
    assert interval.end.astimezone(zone).time() == dt.time()


def test_packages_follow_every_asset_of_the_inventory(dag_bag: DagBag) -> None:
    """An asset that a task updates is the one that the other DAG waits for, by name and by URI."""
    from airflow.sdk import AssetAny

    timetable: Any = dag_bag.dags["package_history"].timetable
    assert isinstance(timetable.asset_condition, AssetAny)
    awaited = {(asset.name, asset.uri) for asset in timetable.asset_condition.objects}
    updated = {
        (asset.name, asset.uri)
        for dag_id in ("inventory_snapshot_daily", "inventory_updates_hourly", "product_stock")
        for task in dag_bag.dags[dag_id].tasks
        for asset in task.outlets
    }
    assert awaited == updated
    interval = _next_interval(dag_bag.dags["package_history"])
    assert interval.start == interval.end, "it is about no day: nothing of it may be taken for one"


def test_the_scheduler_reads_the_same_dag(dag: DAG) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    data = DagSerialization.to_dict(dag)
    assert DagSerialization.to_dict(dag) == data
    read = DagSerialization.from_dict(data)
    assert read.dag_id == dag.dag_id
    assert sorted(read.task_ids) == sorted(dag.task_ids)
    assert {task.task_id: task.upstream_task_ids for task in read.tasks} == {
        task.task_id: task.upstream_task_ids for task in dag.tasks
    }


def _working_tasks(dag: DAG) -> list[Any]:
    return [task for task in dag.tasks if task.task_type != "EmptyOperator"]


def _next_interval(dag: DAG) -> Any:
    """The data interval of the run that the scheduler would make first."""
    from airflow.serialization.serialized_objects import DagSerialization

    info = DagSerialization.from_dict(DagSerialization.to_dict(dag)).next_dagrun_info(last_automated_run_info=None)
    assert info is not None
    return info.data_interval


def test_the_form_marks_only_the_export_as_required(dag_bag: DagBag) -> None:
    """Airflow's form puts a star on every parameter whose type does not allow null."""
    params = dag_bag.dags["metrc_reconciliation"].params
    schemas = {name: params.get_param(name).schema for name in params}
    assert {name for name, schema in schemas.items() if "null" not in schema["type"]} == {"export"}
    assert {name for name in schemas if params.get_param(name).value is None} == set(schemas) - {"export"}


@pytest.mark.parametrize("dag_id", sorted(MANUAL))
def test_what_only_people_trigger_is_not_paused(dag_bag: DagBag, dag_id: str) -> None:
    """Also from the page Inventory, which does not unpause DAGs: a run of a paused one would stay queued."""
    assert dag_bag.dags[dag_id].is_paused_upon_creation is False


def test_a_pull_that_is_held_back_is_asked_about_at_once(dag_bag: DagBag) -> None:
    """By the DAG that the snapshot triggers, which nobody has to unpause first."""
    ask: Any = dag_bag.dags["inventory_snapshot_daily"].get_task("ask_about_held_back")
    dag = dag_bag.dags[ask.partial_kwargs["trigger_dag_id"]]
    (first,) = dag.roots
    assert first.task_id == "ask"
    assert list(first.serialized_params) == ["note"]
    assert {name: dag.params.get_param(name).schema.get("type") for name in dag.params} == {
        "pull_id": "integer",
        "decision": None,
        "note": ["null", "string"],
    }
