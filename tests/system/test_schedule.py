"""A real scheduler runs what is due, and what an asset makes due; the warehouse is compared with what really was."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from package_truth import assert_true, listed_packages, versions
from system_life import Landed, Past
from system_rig import OFFICE_TASK, PACKAGES, PACKAGES_TASK, ROLL_UP_TASK, SNAPSHOT, UPDATES, UPDATES_TASK, SystemRig
from world_rig import in_stock

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


def test_the_scheduler_lands_a_day_that_is_the_truth(rig: SystemRig, landed: Landed, past: Past) -> None:
    run = landed.snapshot
    assert landed.reference["state"] == run["state"] == landed.updates["state"] == "success"
    start = dt.datetime.fromisoformat(run["data_interval_start"])
    assert start == past.midnight(1)
    assert dt.datetime.fromisoformat(run["data_interval_end"]) - start == dt.timedelta(days=1)
    assert set(landed.asked_by_snapshot) == {f"inventory/office/{office}" for office in rig.offices}

    assert in_stock(landed.current) == in_stock(landed.truth)
    day = "mart.inventory_daily WHERE snapshot_date = %s"
    assert in_stock(rig.stock(day, past.day(1))) == in_stock(landed.truth)
    assert rig.query(f"SELECT DISTINCT basis, observed_at FROM {day}", past.day(1)) == [("observed", landed.moment)]
    assert rig.query("SELECT count(*) FROM mart.inventory_daily WHERE product_name IS NULL OR brand IS NULL") == [(0,)]
    tasks = rig.tasks(run, OFFICE_TASK)
    assert len(tasks) == len(rig.offices)
    names = {name for (name,) in rig.query("SELECT DISTINCT office_name FROM mart.inventory_current")}
    assert all(any(name in task["rendered_map_index"] for name in names) for task in tasks)


def test_packages_follow_the_asset_of_the_snapshot(rig: SystemRig, landed: Landed) -> None:
    assert landed.packages["state"] == "success"
    assert landed.packages["run_type"] == "asset_triggered"
    held = set(listed_packages(rig, landed.moment))
    assert held
    assert held <= {package_id for package_id, _ in versions(rig)}
    for package_id in held:
        assert_true(rig, package_id, landed.moment)


def test_an_outage_is_tried_again_when_the_api_asks_for_it(rig: SystemRig) -> None:
    office = rig.offices[0]
    # More patience than one try of the task has: Airflow itself must come again.
    rig.fault("rate_limited", path=f"inventory/office/{office}", count=1, retry_after="seconds", wait=4)
    run = rig.run_now(SNAPSHOT)
    assert run["state"] == "success"
    assert sorted(task["try_number"] for task in rig.tasks(run, OFFICE_TASK)) == [1, 1, 2]
    assert in_stock(rig.stock("mart.inventory_current")) == in_stock(rig.truth(rig.now))


def test_lineage_leads_from_raw_to_the_marts(rig: SystemRig, landed: Landed, lineage: Path) -> None:
    """The OpenLineage events of the first runs, with nothing but its provider and a transport."""
    events = [json.loads(line) for line in lineage.read_text().splitlines()]
    parts = urlsplit(rig.stack.warehouse_dsn)
    warehouse = f"postgres://{parts.hostname}:{parts.port} {parts.path.lstrip('/')}."

    def tables(job: str, side: str) -> set[str]:
        done = [event for event in events if event["job"]["name"] == job and event["eventType"] == "COMPLETE"]
        assert done, f"no lineage of {job}"
        names = {f"{each['namespace']} {each['name']}" for event in done for each in event[side]}
        assert all(name.startswith(warehouse) for name in names)
        return {name.removeprefix(warehouse) for name in names}

    def leads(job: str, read: str, written: str) -> bool:
        return read in tables(job, "inputs") and written in tables(job, "outputs")

    assert leads(f"{SNAPSHOT}.{OFFICE_TASK}", "raw.response", "inventory.stock_change")
    assert leads(f"{SNAPSHOT}.{OFFICE_TASK}", "inventory.stock_change", "mart.inventory_daily")
    assert leads(f"{UPDATES}.{UPDATES_TASK}", "raw.response", "inventory.stock_change")
    assert leads(f"{UPDATES}.{ROLL_UP_TASK}", "inventory.stock_change", "mart.stock_movement_daily")
    assert leads(f"{PACKAGES}.{PACKAGES_TASK}", "raw.response", "inventory.package_state")
    assert leads(f"{PACKAGES}.{PACKAGES_TASK}", "inventory.package_change", "mart.package_history")
    # What Airflow's own checks read goes by the same names: it is one graph.
    assert tables(f"{PACKAGES}.check_versions", "inputs") == {"mart.package_history"}
