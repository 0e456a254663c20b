"""Runs of `package_history` and of the comparison with Metrc: what they land is the truth about every package."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from dag_rig import DagRig
from package_truth import assert_true, listed_packages, versions
from rig import MIDNIGHT_IN_LOS_ANGELES
from servers.rest import CLIENT
from system_rig import METRC, METRC_TASK, PACKAGES, PACKAGES_TASK, SNAPSHOT, UPDATES

YESTERDAY = dt.datetime(2025, 2, 28, 8, tzinfo=dt.UTC)
HOUR = dt.datetime(2025, 3, 1, 7, tzinfo=dt.UTC)


@pytest.fixture
def rig(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """Two offices whose names are known, ten minutes after midnight."""
    rig = make_dag_rig({}, seed=3, offices=2, products=12, life=8.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    rig.rig.reference()
    rig.requests()
    return rig


@pytest.fixture
def rig_of_two(make_dag_rig: Callable[..., DagRig]) -> DagRig:
    """The same, with two tasks for packages, and a budget that neither can exceed."""
    settings = {"package_tasks": "2", "package_requests_per_run": "7"}
    rig = make_dag_rig(settings, seed=3, offices=2, products=12, life=8.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(600)
    rig.rig.reference()
    rig.requests()
    return rig


@pytest.fixture
def landed(rig: DagRig) -> DagRig:
    """The rig, after a snapshot, and all packages."""
    assert rig.run(SNAPSHOT, YESTERDAY, run_type="scheduled").state == "success"
    assert rig.run(PACKAGES).state == "success"
    rig.has_triggered(PACKAGES)
    rig.requests()
    return rig


def of_packages(paths: list[str]) -> list[str]:
    """The requests of the package endpoints."""
    return [path for path in paths if "packages" in path]


def test_before_any_stock_is_known_nothing_is_asked(rig: DagRig) -> None:
    assert rig.run(PACKAGES).state == "success"
    assert rig.requests() == []


def test_without_the_pro_plan_one_request_is_asked_and_stock_is_complete(
    rig: DagRig, capfd: pytest.CaptureFixture[str]
) -> None:
    rig.simulation.admin("PATCH", "switches", {"pro": False})
    assert rig.run(SNAPSHOT, YESTERDAY, run_type="scheduled").state == "success"
    assert rig.has_triggered(PACKAGES)
    capfd.readouterr()
    run = rig.run(PACKAGES)
    assert run.state == "success"
    assert {state for states in run.states().values() for state in states} == {"skipped"}
    assert len(of_packages(rig.requests())) == 1
    (reason,) = (line for line in capfd.readouterr().out.splitlines() if "Skipping task." in line)
    assert "PRO Plan" in reason
    assert "starts by itself" in reason
    assert versions(rig) == []
    assert rig.stock("mart.inventory_current") == rig.truth(rig.now)


def test_two_tasks_share_the_budget_and_the_event_has_the_counts_of_both(rig_of_two: DagRig) -> None:
    rig = rig_of_two
    rig.simulation.admin("PATCH", "switches", {"pro": False})
    assert rig.run(SNAPSHOT, YESTERDAY, run_type="scheduled").state == "success"
    assert len(of_packages(rig.requests())) == 0
    run = rig.run(PACKAGES)
    assert run.states() == {"refresh_packages": {"skipped"}, "sum_up": {"skipped"}, "check_versions": {"skipped"}}
    assert len(of_packages(rig.requests())) == 2
    rig.behave()
    seen = rig.event_extras(PACKAGES)
    left = None
    while left != 0:
        run = rig.run(PACKAGES)
        assert run.state == "success"
        results = run.returned(PACKAGES_TASK)
        requests = [result["requests"] for result in results]
        assert sum(requests) == len(of_packages(rig.requests())) <= 7
        assert requests[0] <= 4
        assert requests[1] <= 3
        (total,) = run.returned("sum_up")
        assert total["packages"] == sum(result["derived"]["packages"] for result in results)
        assert total["versions"] == sum(result["derived"]["versions"] for result in results)
        seen.append(total)
        assert rig.event_extras(PACKAGES) == seen, "one event a run"
        left = results[-1]["left"]["left_over"]
    assert {package_id for package_id, _ in versions(rig)} == set(listed_packages(rig))
    for package_id, valid_from in versions(rig):
        assert_true(rig, package_id, valid_from)


def test_once_upgraded_the_next_run_lands_every_package(rig: DagRig) -> None:
    rig.simulation.admin("PATCH", "switches", {"pro": False})
    assert rig.run(SNAPSHOT, YESTERDAY, run_type="scheduled").state == "success"
    assert rig.run(PACKAGES).state == "success"
    assert versions(rig) == []
    rig.behave()
    # One that is used up within the hour is fetched by its id.
    seen = set(listed_packages(rig))
    moment = rig.step(60)
    rig.has_triggered(PACKAGES)
    assert rig.run(UPDATES, HOUR, run_type="scheduled").state == "success"
    assert rig.has_triggered(PACKAGES)
    rig.requests()
    run = rig.run(PACKAGES)
    assert run.state == "success"
    assert {package_id for package_id, _ in versions(rig)} == seen | set(listed_packages(rig))
    assert {valid_from for _, valid_from in versions(rig)} == {moment}
    for package_id, _ in versions(rig):
        assert_true(rig, package_id, moment)
    (result,) = run.returned(PACKAGES_TASK)
    counts = {"requests", "fetches", "derived", "left", "unknown_fields", "rejected", "set_aside", "deviations", "note"}
    assert set(result) == counts
    assert result["requests"] == len(of_packages(rig.requests()))
    assert result["left"] == {"left_over": 0, "waiting": 0}
    written = json.dumps(result)
    assert not any(str(package_id) in written for package_id, _ in versions(rig))
    assert len(written) < 500


def test_what_changed_is_fetched_again_and_what_vanished_by_its_id(landed: DagRig) -> None:
    rig, before = landed, versions(landed)
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
    assert rig.run(UPDATES).state == "success"
    assert rig.has_triggered(PACKAGES)
    rig.requests()
    assert rig.run(PACKAGES).state == "success"

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
    # One that was tested on that very day before is a correction.
    events = "SELECT DISTINCT event FROM mart.lab_result WHERE package_id = %s AND valid_from = %s"
    assert {event for (event,) in rig.query(events, tested, moment)} & {"retested", "corrected"}


def test_no_way_to_run_it_again_asks_or_changes_anything(landed: DagRig) -> None:
    rig, before = landed, versions(landed)
    rig.step(60)
    run = rig.run(PACKAGES)
    assert run.state == "success"
    assert run.clear().state == "success"
    past = rig.run(PACKAGES, logical_date=rig.now - dt.timedelta(days=1))
    assert past.state == "success"
    assert rig.requests() == []
    assert versions(rig) == before


def test_an_export_of_metrc_is_compared_with_what_was_seen(landed: DagRig, tmp_path: Path) -> None:
    rig, moment = landed, versions(landed)[-1][1]
    instant = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = CLIENT.get(f"{rig.simulation.url}/_admin/truth/metrc-export", params={"at": instant})
    header, first, second, *others = answer.text.splitlines()
    tag, item, quantity, unit, licence = next(csv.reader([first]))
    doctored = ",".join([tag, f'"{item}"', f'"{Decimal(quantity) * 2 + 10:,}"', unit, licence])
    export = tmp_path / "active packages.csv"
    export.write_text("\n".join([header, doctored, "no tag at all", *others]))

    # What was fetched later has its state of that moment.
    rig.step(60)
    run = rig.run(METRC, export=str(export), exported_at=instant)
    assert run.state == "success"
    found = rig.query("SELECT tag, kind, metrc_quantity FROM mart.metrc_discrepancy ORDER BY kind")
    missing = next(csv.reader([second]))[0]
    assert found == [
        (missing, "missing_in_metrc", None),
        (tag, "quantity_differs", Decimal(quantity) * 2 + 10),
    ]
    (result,) = run.returned(METRC_TASK)
    assert result["rows"] == len(others) + 1
    assert [reason.split(":")[0] for reason in result["first_bad_rows"]] == ["line 3"]
