"""Pulls of one product in all offices: an observation like any other, which proves no absence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from indicaonline.errors import BadRequestError, NotFoundError, RetriableError, SettingError
from indicaonline.jobs.product_stock import find_product, stock_lines
from oracle import assert_coverage_is_true, assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

TABLES = ("inventory.stock_change", "inventory.package_change", "inventory.stock", "inventory.page_presence")


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """Three offices with stock and names, in which nothing happens by itself."""
    return make_rig(past=pulled_once, offices=3, products=12, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=10)
    rig.reference()
    for office in rig.offices:
        rig.pull(office)


def shared_product(rig: Rig) -> int:
    """A product that all offices hold."""
    held = [{line.product_id for line in rig.simulator.world.truth.office(office)} for office in rig.offices]
    return min(set.intersection(*held))


def test_what_is_listed_is_the_truth_and_what_is_not_is_unchanged(rig: Rig) -> None:
    product = shared_product(rig)
    sold, gone, _ = rig.offices
    rig.simulator.world.sell(sold, product, 1)
    rig.simulator.world.remove_product(gone, product)
    last_seen = "SELECT quantity, observed_at FROM mart.inventory_current WHERE office_id = %s AND product_id = %s"
    before = rig.query(last_seen, [gone, product])
    moment = rig.step(minutes=30)
    found = rig.product(product)
    truth = {office: rig.simulator.world.truth.state(office, product) for office in rig.offices if office != gone}
    assert {row.office_id: row.quantity for row in found.offices} == {
        office: state.quantity for office, state in truth.items() if state
    }
    assert {row.office_id: row.package_count for row in found.offices} == {
        office: len(state.packages) for office, state in truth.items() if state
    }
    assert {row.observed_at for row in found.offices} == {moment}
    assert all(row.office_name for row in found.offices)
    assert (found.pull.changes, found.office_count) == (1, 2)
    changes = rig.query("SELECT office_id, source FROM mart.inventory_change WHERE observed_at = %s", [moment])
    assert changes == [{"office_id": sold, "source": "product"}]
    # Absence is not inferred: the office still has what it had when it was last seen.
    assert rig.query(last_seen, [gone, product]) == before
    *_, absence, stored = stock_lines(found)
    assert "proves no absence" in absence
    assert stored == f"Stored as pull {found.pull.pull_id}: 1 changes."


def test_a_rebuild_from_raw_gives_the_same_warehouse(rig: Rig) -> None:
    product = shared_product(rig)
    for day in (1, 2):
        rig.simulator.world.sell(rig.offices[0], product, 1)
        rig.step(hours=5)
        rig.product(product)
        rig.step(hours=19, minutes=1)
        rig.snapshot(rig.day_start(dt.date(2025, 3, day)))
    before = {table: rig.query(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in TABLES}
    days = rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4")
    movements = rig.query("SELECT * FROM mart.stock_movement_daily ORDER BY 1, 2, 3")
    pulls = rig.query("SELECT * FROM mart.pull ORDER BY 1")
    assert [pull["kind"] for pull in pulls].count("product") == 2
    result = rig.rebuild(dt.date(2025, 2, 20))
    assert {table: rig.query(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in TABLES} == before
    assert rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4") == days
    assert rig.query("SELECT * FROM mart.stock_movement_daily ORDER BY 1, 2, 3") == movements
    assert rig.query("SELECT * FROM mart.pull ORDER BY 1") == pulls
    (rebuilt,) = rig.query("SELECT * FROM mart.rebuild")
    assert (rebuilt["from_day"], rebuilt["start_at"]) == (dt.date(2025, 2, 20), result.start_at)
    assert (rebuilt["pulls"], rebuilt["days"]) == (result.pulls, result.days)
    assert rebuilt["started_at"] < rebuilt["finished_at"]
    assert (bool(rebuilt["requested_by"]), rebuilt["dag_id"]) == (True, None)
    assert_true_to_life(rig)
    assert_coverage_is_true(rig)


def test_the_packages_of_a_changed_product_are_refreshed(rig: Rig) -> None:
    rig.packages()
    product = shared_product(rig)
    rig.simulator.world.sell(rig.offices[0], product, 1)
    rig.step(minutes=30)
    rig.product(product)
    rig.packages()
    last = rig.query("SELECT kind, product_id FROM mart.pull ORDER BY pull_id DESC LIMIT 1")
    assert last == [{"kind": "packages", "product_id": product}]


def test_a_product_that_no_office_lists_is_an_empty_answer(rig: Rig) -> None:
    product = shared_product(rig)
    for office in rig.offices:
        rig.simulator.world.remove_product(office, product)
    rig.step(minutes=5)
    found = rig.product(product)
    assert (found.office_count, found.offices, found.pull.status, found.pull.changes) == (0, [], "complete", 0)
    assert stock_lines(found)[0].endswith("no office.")
    assert rig.value("SELECT count(*) FROM mart.inventory_current WHERE quantity = 0") == 0


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (400, BadRequestError)])
def test_a_refused_product_is_a_sentence_and_a_row_of_the_ledger(rig: Rig, status: int, error: type[Exception]) -> None:
    rig.simulator.faults.add(kind="status", status=status, path="inventory/products")
    with pytest.raises(error) as caught:
        rig.product(5)
    assert "\n" not in str(caught.value)
    assert str(status) in str(caught.value)
    (row,) = rig.query("SELECT product_id, status, problem FROM mart.pull WHERE kind = 'product'")
    assert (row["product_id"], row["status"], row["problem"]) == (5, "failed", str(caught.value))


def test_an_incomplete_pull_keeps_what_it_received(rig: Rig) -> None:
    product = shared_product(rig)
    rig.simulator.world.sell(rig.offices[0], product, 1)
    rig.step(minutes=5)
    rig.connection_fields |= {"page_size": 1}
    rig.simulator.faults.add(kind="page_moves", move="delete", total_follows=False)
    with pytest.raises(RetriableError, match=f"of product {product} is incomplete"):
        rig.product(product)
    assert rig.value("SELECT status FROM mart.pull WHERE kind = 'product'") == "incomplete"


def test_a_product_is_found_by_a_part_of_its_name(rig: Rig) -> None:
    names = {row["product_id"]: row["product_name"] for row in rig.query("SELECT * FROM mart.product")}
    product, name = next((key, name) for key, name in names.items() if list(names.values()).count(name) == 1)
    assert find_product(rig.connect, rig.settings, name.upper()) == product
    with pytest.raises(SettingError, match="no product whose name contains '100%_'"):
        find_product(rig.connect, rig.settings, "100%_")
    with pytest.raises(SettingError, match=r"several names: .*and more\. Use an id"):
        find_product(rig.connect, rig.settings, "e")
