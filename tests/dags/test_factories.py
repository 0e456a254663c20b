"""DAG files of one's own: a few lines, with what one wants otherwise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_integrity import EVERY

if TYPE_CHECKING:
    from airflow.sdk import DAG

INSTALLING = Path(__file__).resolve().parents[2] / "docs" / "installing.md"
HEAD = """
from airflow.sdk import CronDataIntervalTimetable

from indicaonline.dags import *

"""


def parse(folder: Path, lines: str, head: str = HEAD) -> dict[str, DAG]:
    """The DAGs of a file, as Airflow's DAG processor reads it."""
    from airflow.dag_processing.dagbag import DagBag

    path = folder / "inventory.py"
    path.write_text(head + lines)
    bag = DagBag(dag_folder=folder, safe_mode=True)
    assert bag.import_errors == {}
    assert {dag.fileloc for dag in bag.dags.values()} == {str(path)}
    return dict(bag.dags)


def test_the_files_in_the_documents_make_the_dags(tmp_path: Path) -> None:
    every, chosen = re.findall(r"```python\n(.*?)```", INSTALLING.read_text(), re.S)
    assert len(every.replace("\n\n", "\n").splitlines()) == 3
    assert sorted(parse(tmp_path, every, head="")) == EVERY
    dags = parse(tmp_path, chosen, head="")
    assert sorted(dags) == ["inventory_snapshot_daily", "inventory_updates_hourly", "reference_data_daily"]
    assert {dag.owner for dag in dags.values()} == {"retail"}


def test_the_bundles_in_the_documents_are_bundles() -> None:
    from airflow.dag_processing.bundles.local import LocalDagBundle

    variable = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
    (git,), (folder,) = map(json.loads, re.findall(rf"{variable}=(.*)", INSTALLING.read_text()))
    assert set(git) == set(folder) == {"name", "classpath", "kwargs"}
    assert folder["classpath"] == f"{LocalDagBundle.__module__}.{LocalDagBundle.__name__}"
    bundle = LocalDagBundle(name=folder["name"], **folder["kwargs"])
    assert str(bundle.path) == folder["kwargs"]["path"]


def test_another_schedule_replaces_ours(tmp_path: Path) -> None:
    every_two_hours = 'schedule=CronDataIntervalTimetable("0 */2 * * *", timezone="UTC")'
    dag = parse(tmp_path, f"inventory_updates_hourly({every_two_hours}, max_active_runs=1)")["inventory_updates_hourly"]
    assert dag.timetable.expression == "0 */2 * * *"
    assert dag.max_active_runs == 1
    assert dag.catchup is False


def test_another_pool_is_that_of_every_task_that_uses_the_api(tmp_path: Path) -> None:
    dags = parse(tmp_path, 'all_dags(settings={"api_pool": "retail"})')
    pools = {task.pool for dag in dags.values() for task in dag.tasks}
    assert pools == {"retail", "default_pool"}
    # With the tasks: the environment of a worker does not have it.
    for dag in dags.values():
        for task in dag.tasks:
            if type(task).__module__.startswith("indicaonline") and hasattr(task, "settings"):
                assert task.settings == {"api_pool": "retail"}


def test_tags_and_owner_are_added(tmp_path: Path) -> None:
    dags = parse(tmp_path, 'all_dags(tags=["retail"], default_args={"owner": "ann", "queue": "shops", "retries": 9})')
    for dag in dags.values():
        assert {"indicaonline", "retail"} <= set(dag.tags)
        assert dag.owner == "ann"
        for task in dag.tasks:
            assert task.queue == "shops", task.task_id
            assert task.retries == 9, task.task_id
            # Those that are not named stay ours.
            assert task.retry_policy is not None, task.task_id
    assert dags["inventory_snapshot_daily"].get_task("snapshot_office").is_mapped


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            'all_dags(settings={"alerts": "smtp:ops@example.com, webhook:chat"})',
            ["smtp:ops@example.com", "webhook:chat"],
        ),
        ("all_dags()", []),
    ],
)
def test_alerts_are_those_of_the_settings(tmp_path: Path, lines: str, expected: list[str]) -> None:
    for dag in parse(tmp_path, lines).values():
        callbacks: Any = dag.on_failure_callback or []
        assert [f"{each.target.way}:{each.target.address}" for each in callbacks] == expected


def test_alerts_can_be_a_function_of_ones_own(tmp_path: Path) -> None:
    for dag in parse(tmp_path, "def mine(context): pass\nall_dags(on_failure_callback=mine)").values():
        callback: Any = dag.on_failure_callback
        assert callback.__name__ == "mine"
