"""Pulls of which something, or too much, cannot be used: nothing of it is lost in silence."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from indicaonline.environment import load_settings
from indicaonline.errors import RetriableError, SettingError
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.settings import Settings
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig, rejections

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
INPUTS = Path(__file__).parents[1] / "api" / "inputs"
ODD_UNIT = "kilo\\grams\tof \\N \\. 'bush\"el'\r\n\N{LATIN SMALL LETTER E WITH ACUTE}"


def make(make_rig: MakeRig, **settings: object) -> Rig:
    rig = make_rig(Settings(**settings), seed=81, offices=2, products=20, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    return rig


def malform(rig: Rig, variant: str, items: int = 500, **options: object) -> None:
    rig.simulator.faults.add("malformed", variant=variant, items=items, **options)


@pytest.mark.parametrize("variant", ["text_quantity", "null_quantity", "null_package_quantity"])
def test_an_office_whose_items_are_all_unusable_is_incomplete(
    make_rig: MakeRig, variant: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make(make_rig)
    office = rig.offices[0]
    malform(rig, variant, path=f"office/{office}")
    with pytest.raises(RetriableError, match=f"office {office} is incomplete: 20 of 20 items cannot be used"):
        rig.snapshot(rig.day_start(DAY))
    status = "SELECT status, items, rejected, reads FROM ops.pull WHERE office_id = %s"
    assert rig.query(status, [office]) == [{"status": "incomplete", "items": 0, "rejected": 20, "reads": 1}]
    published = {row["office_id"]: row["basis"] for row in rig.query("SELECT office_id, basis FROM ops.publication")}
    assert published == {office: "missing", rig.offices[1]: "observed"}
    assert rig.value("SELECT last_snapshot_at FROM mart.freshness WHERE office_id = %s", [rig.offices[1]]) is not None
    assert (
        rig.query("SELECT 1 FROM mart.freshness WHERE office_id = %s AND last_snapshot_at > '-infinity'", [office])
        == []
    )
    (line,) = rejections(caplog)
    assert f"of office {office}: 20 of 20 items rejected (" in line


def test_up_to_the_share_a_pull_is_complete_and_says_what_it_lacks(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make(make_rig)
    office = rig.offices[0]
    malform(rig, "text_quantity", items=2, path=f"office/{office}")
    result = rig.pull(office)
    assert (result.status, result.items, result.rejected) == ("complete", 18, 2)
    (line,) = rejections(caplog)
    assert "2 of 20 items rejected (quantity is text in place of a number: 2)." in line
    rig.simulator.faults.clear()
    malform(rig, "text_quantity", items=3, path=f"office/{office}")
    with pytest.raises(RetriableError, match="3 of 20 items"):
        rig.pull(office)
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'incomplete' AND items = 17") == 1
    assert_true_to_life(rig)


def test_absence_is_not_inferred_from_a_pull_of_which_too_much_is_unusable(make_rig: MakeRig) -> None:
    rig = make(make_rig)
    office = rig.offices[0]
    rig.pull(office)
    gone = rig.simulator.world.truth.office(office)[0].product_id
    rig.step(hours=1)
    rig.simulator.world.remove_product(office, gone)
    rig.step(hours=1)
    malform(rig, "null_quantity", items=10, path=f"office/{office}")
    with pytest.raises(RetriableError):
        rig.pull(office)
    assert rig.value("SELECT count(*) FROM inventory.stock_change WHERE reason = 'absent'") == 0
    assert_true_to_life(rig)


def test_changes_of_which_too_much_is_unusable_do_not_move_the_watermark(make_rig: MakeRig) -> None:
    rig = make(make_rig)
    rig.snapshot(rig.day_start(DAY))
    rig.step(hours=1)
    rig.simulator.world.set_quantity(rig.offices[0], rig.simulator.world.truth.office(rig.offices[0])[0].product_id, 3)
    rig.step(hours=1)
    malform(rig, "text_quantity", path="updated")
    with pytest.raises(RetriableError, match=r"of changes is incomplete: .* cannot be used"):
        rig.updates(rig.hour())
    assert rig.value("SELECT count(*) FROM ops.watermark") == 0
    rig.simulator.faults.clear()
    rig.updates(rig.hour())
    assert_true_to_life(rig)


def test_an_unknown_measurement_is_stored_as_it_is_and_counted(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make(make_rig)
    office = rig.offices[0]
    product = rig.simulator.world.truth.office(office)[0].product_id
    row = {"product_id": product, "office_id": office, "measurement": ODD_UNIT, "quantity": "4.50", "packages": []}
    rig.simulator.faults.add("body", path=f"office/{office}", text=json.dumps({"items": [row], "total": 1}), count=1)
    result = rig.pull(office)
    assert (result.status, result.items, result.rejected, result.set_aside, result.deviations) == (
        "complete",
        1,
        0,
        0,
        2,
    )
    rig.publish(office, DAY)
    for table in ("inventory.stock", "inventory.stock_change", "mart.inventory_daily", "mart.inventory_current"):
        assert rig.query(f"SELECT measurement, quantity FROM {table}") == [
            {"measurement": ODD_UNIT, "quantity": Decimal("4.5")}
        ]
    (line,) = rejections(caplog)
    assert "2 values used though not as documented" in line
    assert "quantity: a number sent as text: 1" in line
    assert rig.query("SELECT set_aside, deviations FROM ops.pull") == [{"set_aside": 0, "deviations": 2}]
    rig.roll_up()
    before = rig.query("SELECT * FROM mart.stock_movement_daily")
    assert [row["measurement"] for row in before] == [ODD_UNIT]
    rig.rebuild(DAY)
    assert rig.query("SELECT * FROM mart.stock_movement_daily") == before
    assert rig.query("SELECT measurement, quantity FROM inventory.stock") == [
        {"measurement": ODD_UNIT, "quantity": Decimal("4.5")}
    ]


def test_a_field_of_a_list_that_cannot_be_read_keeps_what_is_known(make_rig: MakeRig) -> None:
    rig = make(make_rig)
    good = {"items": [{"id": 1, "name": "A", "brand_id": 7, "strain_type_id": 0}, {"id": 2, "name": "B"}], "total": 2}
    rig.simulator.faults.add("body", path="^products\\?", text=json.dumps(good), count=1)
    rig.reference("products")
    rig.step(hours=1)
    text = (INPUTS / "product-brand-id-too-big.json").read_text()
    rig.simulator.faults.add("body", path="^products\\?", text=text.replace('"A"', "[]"))
    (result,) = rig.reference("products")
    assert (result.rejected, result.set_aside, result.deviations) == (0, 2, 0)
    assert rig.query("SELECT product_id, name, brand_id, strain_type_id FROM inventory.product ORDER BY 1") == [
        {"product_id": 1, "name": "A", "brand_id": 7, "strain_type_id": None},
        {"product_id": 2, "name": "B", "brand_id": 7, "strain_type_id": None},
    ]
    rows = rig.query("SELECT field, reason, body, product_id FROM ops.quarantine ORDER BY field")
    assert [row["field"] for row in rows] == ["brand_id", "name"]
    assert rows[0]["body"] == '{"id":1,"brand_id":1180591620717411303424}'


def test_a_list_whose_ids_are_text_lands(make_rig: MakeRig) -> None:
    rig = make(make_rig)
    body = {"items": [{"id": "1", "name": "A"}, {"id": "2", "name": 7}], "total": 2}
    rig.simulator.faults.add("body", path="brands", text=json.dumps(body))
    (result,) = rig.reference("brands")
    assert (result.names, result.deviations) == (2, 3)
    assert [row["name"] for row in rig.query("SELECT name FROM inventory.brand ORDER BY brand_id")] == ["A", "7"]


@pytest.mark.parametrize("resource", REFERENCE_LISTS)
def test_a_list_of_which_too_much_is_unusable_fails(make_rig: MakeRig, resource: str) -> None:
    rig = make(make_rig)
    malform(rig, "null_item")
    with pytest.raises(RetriableError, match=f"The list of {resource} is incomplete"):
        rig.reference(resource)


def test_the_share_is_a_setting() -> None:
    assert load_settings(environment={"INDICAONLINE_UNUSABLE_SHARE": "0.25"}).unusable_share == 0.25
    for wrong in ("-0.1", "1.1"):
        with pytest.raises(SettingError, match="INDICAONLINE_UNUSABLE_SHARE must be a number from 0 to 1"):
            load_settings(environment={"INDICAONLINE_UNUSABLE_SHARE": wrong})


def test_the_share_of_the_setting_decides(make_rig: MakeRig) -> None:
    rig = make(make_rig, unusable_share=1)
    malform(rig, "text_quantity")
    assert rig.pull(rig.offices[0]).status == "complete"
