"""`package_history` in a real Airflow: asset by asset it runs, and what it lands is the truth about every package."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from indicaonline.settings import Settings
from local.history import Observer, project_clock
from local.rest import DIRECT
from local.settings import zone_just_after_midnight
from local.stack import Stack
from system_rig import PACKAGES, SNAPSHOT, UPDATES, SystemRig
from system_stack import thrown_away

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

WORLD = {"offices": "2", "products": "12", "life": "8", "clock": "standing"}
ORIGIN = ("uid", "source_uid", "vendor", "batch_id", "harvest_production_date", "packaged_date", "check_in_date")
LATER = ("best_by", "tested_date")
UNITS = {"unit": "unit", "unit_range": "unit", "weight": "gram", "weight_range": "gram"}
_VERSION = f"""
    SELECT
        product_id, {", ".join(ORIGIN)}, checked_in_to, available_in_office, {", ".join(LATER)}, measurement,
        checked_in_quantity, checked_in_unit, available_quantity, available_unit
    FROM mart.package_history
    WHERE package_id = %s AND valid_from <= %s AND (valid_to > %s OR valid_to IS NULL)
"""
_RESULTS = """
    SELECT analyte_id, potency
    FROM mart.lab_result
    WHERE package_id = %s AND valid_from <= %s AND (valid_to > %s OR valid_to IS NULL)
    ORDER BY analyte_id
"""


@pytest.fixture(scope="module")
def started() -> dt.datetime:
    """The present, in which the simulated account stands. Not that of the import: other tests may take their time."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to which OpenLineage writes."""
    return tmp_path_factory.mktemp("lineage") / "events.json"


@pytest.fixture(scope="module")
def stack(started: dt.datetime, lineage: Path) -> Iterator[Stack]:
    """An Airflow of its own. All offices share a task, so that a run's asset is updated once."""
    zone = zone_just_after_midnight(started)
    world = WORLD | {"start": (started - dt.timedelta(days=2)).isoformat()}
    settings = {
        "INDICAONLINE_BUSINESS_TIME_ZONE": zone,
        "INDICAONLINE_OFFICES_PER_TASK": "2",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(lineage), "append": True}),
    }
    with thrown_away(settings, world, lambda stack: _pull_names(stack, started), "packages") as running:
        yield running


def _pull_names(stack: Stack, started: dt.datetime) -> None:
    """Know the offices, by the tasks' own function; then stand at the present."""
    settings = Settings(business_time_zone=stack.airflow.settings["INDICAONLINE_BUSINESS_TIME_ZONE"])
    observer = Observer(stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, settings)
    with project_clock():
        observer.see(started)
        asyncio.run(observer.pull_names())


def versions(rig: SystemRig) -> list[tuple[int, dt.datetime]]:
    """Every version: its package and when it was first seen."""
    return rig.query("SELECT package_id, valid_from FROM mart.package_history ORDER BY valid_from, package_id")


def assert_true(rig: SystemRig, package_id: int, instant: dt.datetime) -> None:
    """The version of a package and its lab results at an instant are what really was then."""
    truth = rig.true_package(package_id, instant)
    measurement = truth["measurement"]
    quantities = [Decimal(truth["checked_in_quantity"]), UNITS[measurement], Decimal(truth["available"])]
    expected = [
        truth["product_id"],
        *(_date(name, truth["origin"][name]) for name in ORIGIN),
        truth["checked_in_to"],
        sorted(int(office) for office, held in truth["holdings"].items() if Decimal(held) > 0),
        *(_date(name, truth["origin"][name]) for name in LATER),
        measurement,
        *quantities,
        UNITS[measurement],
    ]
    assert rig.query(_VERSION, package_id, instant, instant) == [tuple(expected)]
    results = [
        (each["id"], None if each["potency"] is None else Decimal(each["potency"])) for each in truth["lab_results"]
    ]
    assert rig.query(_RESULTS, package_id, instant, instant) == sorted(results)


def _date(name: str, text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text is not None and (name.endswith("_date") or name == "best_by") else text


def in_stock(rig: SystemRig) -> list[int]:
    """The packages that offices hold, by what they list."""
    instant = rig.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [
        line for office in rig.offices for line in rig.simulation.admin("GET", f"truth/offices/{office}?at={instant}")
    ]
    return sorted({package["id"] for line in lines for package in line["packages"]})


def of_packages(paths: list[str]) -> list[str]:
    """The requests of the package endpoints."""
    return [path for path in paths if "packages" in path]


def test_before_any_stock_is_known_nothing_is_asked(rig: SystemRig) -> None:
    rig.requests()
    assert rig.run_due(PACKAGES)["state"] == "success"
    assert rig.requests() == []


def test_without_the_pro_plan_one_request_is_asked_and_stock_is_complete(rig: SystemRig) -> None:
    rig.simulation.admin("PATCH", "switches", {"pro": False})
    rig.requests()
    run = rig.triggered_by(PACKAGES, lambda: rig.run_due(SNAPSHOT))
    assert run["state"] == "success"
    assert {task["state"] for task in rig.tasks(run)} == {"skipped"}
    assert len(of_packages(rig.requests())) == 1
    (task,) = rig.tasks(run, "look_at_packages")
    (told,) = (entry["reason"] for entry in rig.rest.log(task) if entry.get("event") == "Skipping task.")
    assert "PRO Plan" in told
    assert "starts by itself" in told
    assert versions(rig) == []
    assert rig.stock("mart.inventory_current") == rig.truth(rig.now)


def test_once_upgraded_the_next_run_lands_every_package(rig: SystemRig) -> None:
    # One that is used up within the hour is looked for by its id.
    seen = set(in_stock(rig))
    moment = rig.step(60)
    rig.requests()
    # The run that is due, and no other: each updates the asset.
    run = rig.triggered_by(PACKAGES, lambda: rig.run_due(UPDATES))
    assert run["state"] == "success"
    assert {package_id for package_id, _ in versions(rig)} == seen | set(in_stock(rig))
    assert {valid_from for _, valid_from in versions(rig)} == {moment}
    for package_id, _ in versions(rig):
        assert_true(rig, package_id, moment)
    (result,) = rig.returned(run, "look_at_packages")
    assert set(result) == {"requests", "lookups", "derived", "left", "unknown_fields", "note"}
    assert result["requests"] == len(of_packages(rig.requests()))
    assert result["left"] == {"left_over": 0, "waiting": 0}
    written = json.dumps(result)
    assert not any(str(package_id) in written for package_id, _ in versions(rig))
    assert len(written) < 500


def test_what_changed_is_looked_at_again_and_what_vanished_by_its_id(rig: SystemRig) -> None:
    before = versions(rig)
    lines = rig.simulation.admin("GET", f"truth/offices/{rig.offices[0]}")
    stocked = [line for line in lines if Decimal(line["quantity"]) > 5 and line["packages"]]
    # Not every product is tested.
    sold = next(line for line in stocked if rig.true_package(line["packages"][-1]["id"], rig.now)["lab_results"])
    emptied = next(line for line in stocked if line is not sold)
    gone, tested = emptied["packages"][0]["id"], sold["packages"][-1]["id"]
    rig.event("empty_package", package_id=gone)
    rig.event("sell", office_id=rig.offices[0], product_id=sold["product_id"], quantity=1)
    rig.event("retest", package_id=tested)
    moment = rig.step(60)
    rig.requests()
    assert rig.triggered_by(PACKAGES, lambda: rig.run_now(UPDATES))["state"] == "success"

    asked = of_packages(rig.requests())
    assert asked.count(f"inventory/packages/{gone}") == 1
    assert asked.count(f"inventory/products/{sold['product_id']}/packages") == 1
    new = [version for version in versions(rig) if version not in before]
    assert {gone, tested} <= {package_id for package_id, _ in new}
    for package_id, valid_from in versions(rig):
        assert_true(rig, package_id, valid_from)
        assert_true(rig, package_id, moment)
    last = "SELECT available_quantity, is_current FROM mart.package_history WHERE package_id = %s AND valid_from = %s"
    assert rig.query(last, gone, moment) == [(0, True)]
    ends = "SELECT valid_to FROM mart.package_history WHERE package_id = %s AND valid_from < %s"
    assert rig.query(ends, gone, moment) == [(moment,)]
    # One that was tested on that very day before is told as a correction.
    events = "SELECT DISTINCT event FROM mart.lab_result WHERE package_id = %s AND valid_from = %s"
    assert {event for (event,) in rig.query(events, tested, moment)} & {"retested", "corrected"}


def test_no_way_to_run_it_again_asks_or_changes_anything(rig: SystemRig, started: dt.datetime) -> None:
    rig.leave_alone(UPDATES)
    before = versions(rig)
    rig.step(60)
    rig.requests()
    run = rig.run_now(PACKAGES)
    assert run["state"] == "success"
    assert rig.clear(run)["state"] == "success"
    (past,) = rig.backfill(PACKAGES, started - dt.timedelta(days=1), started, "completed")
    assert past["state"] == "success"
    assert rig.requests() == []
    assert versions(rig) == before


def test_an_export_of_metrc_is_compared_with_what_was_seen(rig: SystemRig, tmp_path: Path) -> None:
    (moment,) = {valid_from for _, valid_from in versions(rig)[-1:]}
    instant = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    with DIRECT.open(f"{rig.simulation.url}/_admin/truth/metrc-export?at={instant}", timeout=30) as answer:
        header, first, second, *others = answer.read().decode().splitlines()
    tag, item, quantity, unit, licence = next(csv.reader([first]))
    doctored = ",".join([tag, f'"{item}"', f'"{Decimal(quantity) * 2 + 10:,}"', unit, licence])
    export = tmp_path / "active packages.csv"
    export.write_text("\n".join([header, doctored, "no tag at all", *others]))

    # What was looked at later than at that moment is told as of then.
    rig.step(60)
    run = rig.run_now("metrc_reconciliation", export=str(export), exported_at=instant)
    assert run["state"] == "success"
    found = rig.query("SELECT tag, kind, metrc_quantity FROM mart.metrc_discrepancy ORDER BY kind")
    missing = next(csv.reader([second]))[0]
    assert found == [
        (missing, "missing_in_metrc", None),
        (tag, "quantity_differs", Decimal(quantity) * 2 + 10),
    ]
    (result,) = rig.returned(run, "reconcile")
    assert result["rows"] == len(others) + 1
    assert [reason.split(":")[0] for reason in result["first_bad_rows"]] == ["line 3"]


def test_lineage_leads_from_raw_to_the_marts(rig: SystemRig, lineage: Path) -> None:
    """What the runs above told OpenLineage, with nothing but its provider and a transport."""
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

    assert leads(f"{SNAPSHOT}.snapshot_office", "raw.response", "inventory.stock_change")
    assert leads(f"{SNAPSHOT}.snapshot_office", "inventory.stock_change", "mart.inventory_daily")
    assert leads(f"{UPDATES}.pull_updates", "raw.response", "inventory.stock_change")
    assert leads(f"{UPDATES}.roll_up", "inventory.stock_change", "mart.stock_movement_daily")
    assert leads(f"{PACKAGES}.look_at_packages", "raw.response", "inventory.package_state")
    assert leads(f"{PACKAGES}.look_at_packages", "inventory.package_change", "mart.package_history")
    # What Airflow's own checks read goes by the same names: it is one graph.
    assert tables(f"{SNAPSHOT}.check_columns", "inputs") == {"mart.inventory_daily"}
    assert tables(f"{PACKAGES}.check_versions", "inputs") == {"mart.package_history"}
