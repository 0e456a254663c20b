"""Runs of `product_stock`: its result is the truth of the moment, and the ledger names the run."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from dag_rig import DagRig
from rig import MIDNIGHT_IN_LOS_ANGELES
from system_rig import PACKAGES, SNAPSHOT

STOCK = "product_stock"
TASK = "pull_product"


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """Two offices whose stock was pulled, and in which nothing happens by itself."""
    rig = make_dag_rig({}, seed=3, offices=2, products=12, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    rig.rig.reference()
    assert rig.run(SNAPSHOT).state == "success"
    rig.has_triggered(PACKAGES)
    rig.requests()
    return rig


@pytest.mark.parametrize("kind", [int, str])
def test_the_result_is_the_truth_of_the_moment(rig: DagRig, kind: type) -> None:
    (office, product), *_ = rig.one_product_of_each_office()
    rig.event("sell", office_id=office, product_id=product, quantity=1)
    moment = rig.step(60)
    run = rig.run(STOCK, product_id=kind(product))
    assert run.state == "success"
    assert run.states() == {TASK: {"success"}, "announce_changes": {"success"}, "roll_up": {"success"}}
    (result,) = run.returned(TASK)
    truth = {key: value for key, value in rig.truth(moment).items() if key[1] == product}
    shown = {
        (row["office_id"], product): (row["measurement"], Decimal(row["quantity"]), row["package_count"])
        for row in result["offices"]
    }
    assert shown == truth
    assert {row["observed_at"] for row in result["offices"]} == {moment.isoformat().replace("+00:00", "Z")}
    assert result["pull"]["changes"] == 1
    assert len(rig.requests()) == 1
    assert rig.stock("mart.inventory_current") == rig.truth(moment)
    assert rig.has_triggered(PACKAGES)
    ledger = "SELECT kind, product_id, dag_id, run_id, task_id, try_number, requests FROM mart.pull WHERE pull_id = %s"
    assert rig.query(ledger, result["pull"]["pull_id"]) == [("product", product, STOCK, run.run_id, TASK, 1, 1)]


def test_the_ledger_names_the_run_of_every_pull_that_a_run_made(rig: DagRig) -> None:
    runs = rig.query(
        "SELECT kind, dag_id, run_id IS NULL, try_number FROM mart.pull WHERE kind IN ('office', 'reference')"
    )
    by_kind = {row[0]: row[1:] for row in runs}
    assert by_kind == {"office": (SNAPSHOT, False, 1), "reference": (None, True, None)}
    assert rig.run(PACKAGES).state == "success"
    ((dags,),) = rig.query("SELECT array_agg(DISTINCT dag_id) FROM mart.pull WHERE kind = 'packages'")
    assert dags == [PACKAGES]


def test_a_product_without_a_change_starts_nothing_else(rig: DagRig) -> None:
    (_, product), *_ = rig.one_product_of_each_office()
    rig.step(60)
    run = rig.run(STOCK, product_id=product)
    assert run.state == "success"
    assert run.states()["announce_changes"] == {"skipped"}
    assert not rig.has_triggered(PACKAGES)


def test_an_unknown_product_is_a_sentence_and_no_second_try(rig: DagRig) -> None:
    run = rig.run(STOCK, product_id=999999999)
    assert run.state == "failed"
    (problem,) = run.problems()
    assert problem["text"].startswith("The API knows no product 999999999: 404 from ")
    assert [task.try_number for task in run.tasks(TASK)] == [1]
    assert rig.query("SELECT status FROM mart.pull WHERE kind = 'product'") == [("failed",)]
