"""The tables that operators declare as inputs and outputs exist. tests/system checks the OpenLineage events."""

from __future__ import annotations

import psycopg
import pytest

from indicaonline import lineage
from indicaonline.operators.account import AccountOperator
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.warehouse.sql import read_sql
from servers.airflow import REPOSITORY

ASKS_OR_WRITES_NOTHING = {
    "AnnounceProductOperator",
    "AskAboutHeldPullOperator",
    "CheckFreshnessOperator",
    "ContractCheckOperator",
    "DismissHeldPullOperator",
    "ExportOperator",
    "FindHeldPullsOperator",
    "MaintainOperator",
    "PlanOfficesOperator",
    "SnapshotSummaryOperator",
    "SumPackagesOperator",
    "UpdatesSummaryOperator",
}


@pytest.fixture(scope="module")
def operators() -> list[AccountOperator]:
    """Every task of the DAGs that has a lineage, mapped ones as their class."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=REPOSITORY / "dags")
    tasks = [task for dag in bag.dags.values() for task in dag.tasks if task.task_type.endswith("Operator")]
    ours = [getattr(task, "operator_class", task) if task.is_mapped else task for task in tasks]
    return [
        task for task in ours if _module(task).startswith("indicaonline.") and _name(task) not in ASKS_OR_WRITES_NOTHING
    ]


def _class(task: object) -> type:
    return task if isinstance(task, type) else type(task)


def _module(task: object) -> str:
    return _class(task).__module__


def _name(task: object) -> str:
    return _class(task).__name__


def test_every_operator_that_writes_has_a_lineage(operators: list[AccountOperator]) -> None:
    assert len(operators) >= 8
    for operator in operators:
        assert operator.reads, operator
        assert operator.writes, operator


def test_every_table_exists(operators: list[AccountOperator], warehouse_dsn: str) -> None:
    tables = {table for operator in operators for table in (*operator.reads, *operator.writes)}
    with psycopg.connect(warehouse_dsn) as connection:
        rows = connection.execute("SELECT t FROM unnest(%s::text[]) AS t WHERE to_regclass(t) IS NULL", [list(tables)])
        assert rows.fetchall() == []


def test_the_lists_go_where_they_are_said_to() -> None:
    for listed in REFERENCE_LISTS.values():
        assert f"INSERT INTO inventory.{listed.table} AS" in read_sql(f"reference/upsert_{listed.table}")


def test_nothing_of_openlineage_is_imported_before_it_asks() -> None:
    text = (REPOSITORY / "plugins" / "indicaonline" / "lineage.py").read_text()
    top = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in top if "airflow" in line]
    assert lineage.__name__
