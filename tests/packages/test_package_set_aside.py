"""Packages of which a field or a result cannot be read: all else is known, and the run says what is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from indicaonline.errors import RetriableError
from indicaonline.settings import Settings
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig, rejections

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
LISTS = r"products/\d+/packages"
INPUTS = Path(__file__).parents[1] / "api" / "inputs"
VERSION = "SELECT check_in_date, checked_in_to, uid, vendor, available_quantity, unknown FROM mart.package_history"
RESULTS = "SELECT analyte_id, potency FROM mart.lab_result WHERE package_id = 9 ORDER BY 1"


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """An account with one product, whose packages were not fetched."""
    settings = Settings(business_time_zone="America/Los_Angeles")
    world = {"seed": 91, "offices": 1, "products": 1, "start": MIDNIGHT_IN_LOS_ANGELES}
    return make_rig(settings, past=pulled_once, **world)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.snapshot(rig.day_start(DAY))


def refresh(rig: Rig, name: str, **replaced: str) -> dict[str, Any]:
    """Return the state of package 9 after the body in a file was the product's list."""
    text = (INPUTS / f"{name}.json").read_text()
    for old, new in replaced.items():
        text = text.replace(old, new)
    rig.simulator.faults.add("body", path=LISTS, text=text)
    rig.packages()
    (row,) = rig.query(f"{VERSION} WHERE package_id = 9 AND is_current")
    assert (row["uid"], row["vendor"], row["available_quantity"]) == ("1A40603000027E2000000151", "V", 4)
    return row


def test_a_date_with_a_time(rig: Rig) -> None:
    row = refresh(rig, "package-date-with-time", **{"T13:22:10Z": "T02:22:10Z"})
    assert row["check_in_date"] == dt.date(2025, 6, 14), "19:22 of the day before, in Los Angeles"
    assert row["unknown"] == {"check_in_date": "2025-06-15T02:22:10Z"}
    assert rig.query(RESULTS) == [{"analyte_id": 1, "potency": Decimal("19.85")}]
    kept = rig.query("SELECT * FROM inventory.package_state")
    rig.rebuild(DAY)
    assert rig.query("SELECT * FROM inventory.package_state") == kept


def test_a_result_below_a_limit(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    refresh(rig, "package-lab-below-limit")
    assert rig.query(RESULTS) == [{"analyte_id": 2, "potency": 3}]
    (row,) = rig.query("SELECT package_id, field, reason, body FROM ops.quarantine")
    assert row == {
        "package_id": 9,
        "field": "lab_results.potency",
        "reason": "lab_results.potency is text in place of a number",
        "body": '{"id":9,"lab_results":{"id":1,"measurement":1,"potency":"<LOQ"}}',
    }
    assert rig.query("SELECT rejected, set_aside FROM ops.pull WHERE kind = 'packages'") == [
        {"rejected": 0, "set_aside": 1}
    ]
    (line,) = rejections(caplog)
    assert "1 fields set aside (lab_results.potency is text in place of a number: 1)." in line
    kept = rig.query("SELECT * FROM inventory.lab_version")
    rig.rebuild(DAY)
    assert rig.query("SELECT * FROM inventory.lab_version") == kept


def test_a_result_that_came_twice(rig: Rig) -> None:
    refresh(rig, "package-lab-same-row-twice")
    assert rig.query(RESULTS) == [{"analyte_id": 1, "potency": Decimal("19.85")}]
    assert rig.value("SELECT count(*) FROM ops.quarantine") == 0


def test_0_in_place_of_no_id(rig: Rig) -> None:
    assert refresh(rig, "package-zero-for-none")["checked_in_to"] is None
    assert rig.value("SELECT count(*) FROM ops.quarantine") == 0


def test_what_postgresql_cannot_hold_costs_only_itself(rig: Rig) -> None:
    numbers = f'"odd":[1e-20000,1e400,{10**400},{2**70},"nul \\u0000","half \\ud800"]'
    row = refresh(rig, "package-zero-for-none", **{'"checked_in_to":0': f'"checked_in_to":{2**70},{numbers}'})
    assert row["checked_in_to"] is None
    assert row["unknown"]["checked_in_to"] == 2**70
    assert row["unknown"]["odd"][3:] == [2**70, "nul \N{REPLACEMENT CHARACTER}", "half \N{REPLACEMENT CHARACTER}"]
    assert [field["field"] for field in rig.query("SELECT field FROM ops.quarantine")] == ["checked_in_to"]


def test_a_run_that_lost_packages_is_not_green(make_rig: MakeRig) -> None:
    rig = make_rig(seed=71, offices=2, products=12, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    pulled_once(rig)
    rig.simulator.faults.add("malformed", variant="no_id", path=LISTS, items=500)
    with pytest.raises(RetriableError, match=r"packages of product .* is incomplete: .* without ids"):
        rig.packages()
    products = rig.value("SELECT count(DISTINCT product_id) FROM inventory.stock WHERE package_ids <> '{}'")
    asked = "SELECT count(*) FROM ops.pull WHERE kind = 'packages' AND status = 'incomplete'"
    assert rig.value(asked) == products > 5, "that one list is unusable stops no other"
    rig.simulator.faults.clear()
    rig.step(hours=2)
    assert rig.packages().left.left_over == 0


def test_a_package_that_cannot_be_used_by_its_id_fails_the_run(rig: Rig) -> None:
    rig.packages()
    package = rig.value("SELECT min(package_id) FROM inventory.package_state")
    rig.step(minutes=30)
    rig.simulator.world.empty_package(package)
    rig.step(minutes=31)
    rig.updates(rig.hour())
    rig.simulator.faults.add("body", path="inventory/packages/", text='{"id":"none"}')
    with pytest.raises(RetriableError, match=f"package {package} is incomplete: The package cannot be used: id is not"):
        rig.packages()
    assert rig.value("SELECT package_id FROM ops.quarantine") == package
