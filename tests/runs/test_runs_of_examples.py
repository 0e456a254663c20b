"""The examples of docs/operators.md, run as they are printed, against the truth of the simulated account."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dag_rig import DagRig
from rig import MIDNIGHT_IN_LOS_ANGELES
from world_rig import in_stock

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig], tmp_path: Path) -> DagRig:
    """Two offices at the end of a business day that nobody pulled, and the DAGs of the examples."""
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"example_{number}.py").write_text(example)
    world = {"seed": 3, "offices": 2, "products": 12, "life": 0.0, "start": MIDNIGHT_IN_LOS_ANGELES}
    rig = make_dag_rig({}, folder=tmp_path, **world)
    rig.step(600)
    return rig


def test_every_example_is_a_dag_whose_failures_are_judged(rig: DagRig) -> None:
    assert len(EXAMPLES) == len(rig.dags) == 5
    ours = [task for dag in rig.dags.values() for task in dag.tasks if type(task).__module__.startswith("indicaonline")]
    assert {type(task.retry_policy).__name__ for task in ours} == {"IndicaOnlineRetryPolicy"}


def test_the_stock_of_given_offices_is_pulled_and_closes_their_day(rig: DagRig) -> None:
    chosen, other = rig.offices
    run = rig.run("stock_before_delivery", offices=[chosen])
    assert run.state == "success"
    truth = {key: value for key, value in rig.truth(rig.now).items() if key[0] == chosen}
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(truth)
    assert in_stock(rig.stock("mart.inventory_daily WHERE snapshot_date = '2025-02-28'")) == in_stock(truth)
    assert rig.requests() == [f"inventory/office/{chosen}"]

    # A day later, out of the tolerance: an observation of now, and no day that it could close.
    rig.event("sell", office_id=chosen, product_id=next(key[1] for key in in_stock(truth)), quantity=1)
    rig.step(12 * 3600)
    assert rig.run("stock_before_delivery", offices=[chosen, other]).state == "success"
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(rig.now))
    assert rig.query("SELECT DISTINCT snapshot_date, office_id FROM mart.inventory_daily") == [
        (dt.date(2025, 2, 28), chosen)
    ]


def test_changes_since_an_instant_claim_no_coverage_that_they_do_not_have(
    rig: DagRig, caplog: pytest.LogCaptureFixture
) -> None:
    assert rig.run("stock_before_delivery", offices=rig.offices).state == "success"
    rig.rig.updates(None)
    ((watermark,),) = rig.query("SELECT reached_at FROM ops.watermark")
    rig.step(4 * 3600)
    (office, product), *_ = rig.one_product_of_each_office()
    rig.event("sell", office_id=office, product_id=product, quantity=1)
    moment = rig.step(60)
    covered = "SELECT pull_id FROM mart.pull WHERE kind = 'updated' AND since <= %s AND first_page_at > %s"
    an_hour_ago = moment - dt.timedelta(hours=1)

    # Since an hour ago: the change is found. Three hours stay open, and the watermark stays before them.
    run = rig.run("changes_since", since=an_hour_ago.isoformat())
    assert run.state == "success"
    (result,) = run.returned("pull")
    assert dt.datetime.fromisoformat(result["since"]) == an_hour_ago - dt.timedelta(minutes=10)
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(moment))
    assert rig.query("SELECT reached_at FROM ops.watermark") == [(watermark,)]
    assert rig.query(covered, an_hour_ago, an_hour_ago)
    assert not rig.query(covered, watermark + dt.timedelta(hours=1), watermark + dt.timedelta(hours=1))

    # Since the watermark: nothing stays open.
    assert rig.run("changes_since", since=watermark.isoformat()).state == "success"
    assert rig.query("SELECT reached_at FROM ops.watermark") == [(moment,)]
    rig.requests()
    rig.run("changes_since", since=(moment + dt.timedelta(hours=1)).isoformat())
    assert "The start of the changes, 2025-03-01 13:11:01 UTC, is in the future." in caplog.text
    assert rig.requests() == []


def test_given_packages_are_refreshed_and_no_others(rig: DagRig, caplog: pytest.LogCaptureFixture) -> None:
    assert rig.run("stock_before_delivery", offices=rig.offices).state == "success"
    packages = rig.query(
        "SELECT DISTINCT package_id, product_id FROM mart.package_change ORDER BY product_id, package_id"
    )
    (package, product), (_, other) = packages[0], next(row for row in packages if row[1] != packages[0][1])
    rig.requests()
    run = rig.run("packages_after_retest", packages=[package], products=[other])
    assert run.state == "success"
    assert sorted(rig.requests()) == [f"inventory/packages/{package}", f"inventory/products/{other}/packages"]
    found = rig.query("SELECT package_id, product_id FROM mart.package_history WHERE is_current ORDER BY 1")
    assert found == sorted([(package, product), *(row for row in packages if row[1] == other)])
    # Each a second time: they are not due, and are refreshed.
    rig.step(3600)
    assert rig.run("packages_after_retest", packages=[package], products=[other]).state == "success"
    assert rig.query("SELECT DISTINCT observed_at FROM mart.package_history WHERE is_current") == [(rig.now,)]
    # Nothing of it is left in the queue, and nothing else is taken from it.
    assert not rig.query("SELECT FROM ops.package_refresh_queue WHERE reason = 'requested' OR claimed_by IS NOT NULL")
    rig.run("packages_after_retest", packages=[7], products=[other])
    assert "1 packages were in no answer of the API yet: 7." in caplog.text


def test_a_product_and_the_hook_show_what_is_there_now(rig: DagRig) -> None:
    truth = in_stock(rig.truth(rig.now))
    office, product = next(iter(truth))
    run = rig.run("where_is_it", product_id=product)
    assert run.returned("offices_with_stock") == [sorted(key[0] for key in truth if key[1] == product)]
    stored = rig.query("SELECT count(*) FROM mart.pull")
    run = rig.run("products_of_an_office", office_id=office)
    (count,) = run.returned("count_products")
    assert count == sum(key[0] == office for key in rig.truth(rig.now))
    assert rig.query("SELECT count(*) FROM mart.pull") == stored
