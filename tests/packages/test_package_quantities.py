"""Packages of which only a quantity changed: refreshed at once, or at most once a business day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from package_oracle import assert_packages_true_to_life, assert_versions_are_the_history

from indicaonline.settings import Settings
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
ANY = r"products/\d+/packages|inventory/packages/"
# Longer than any test, so that the sweep asks for nothing.
NO_SWEEP = 1000


def make(make_rig: MakeRig, refresh: str = "daily", **world: float) -> Rig:
    """An account whose packages were fetched five minutes after midnight."""
    settings = Settings(package_quantity_refresh=refresh, package_sweep_age_hours=NO_SWEEP)
    world |= {"seed": 71, "offices": 2, "products": 12}
    return make_rig(settings, past=fetched_once, start=MIDNIGHT_IN_LOS_ANGELES, **world)


def fetched_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.reference()
    rig.snapshot(rig.day_start(DAY))
    rig.packages()


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make(make_rig)


def asked(rig: Rig) -> list[str]:
    """The package requests since the last time this was called."""
    paths = [entry.path for entry in rig.simulator.requests.all(ANY)]
    rig.simulator.requests.reset()
    return paths


def an_hour_later(rig: Rig) -> list[str]:
    """Let an hour pass, pull its changes and refresh packages; returns the package requests."""
    rig.step(hours=1)
    rig.updates(rig.hour())
    rig.packages()
    return asked(rig)


def listing(product: int) -> str:
    return f"inventory/products/{product}/packages"


def plentiful(rig: Rig, *, offices: int = 1) -> int:
    """A product whose packages outlast a test, in so many offices."""
    query = (
        "SELECT product_id FROM inventory.stock WHERE quantity > 20 AND package_quantities[1] > 10"
        " GROUP BY product_id HAVING count(*) = %s ORDER BY 1 LIMIT 1"
    )
    return int(rig.value(query, [offices]))


def first_package(rig: Rig, office: int, product: int) -> int:
    """The package of a product in an office with the lowest id."""
    query = "SELECT package_ids[1] FROM inventory.stock WHERE office_id = %s AND product_id = %s"
    return int(rig.value(query, [office, product]))


def holder(rig: Rig, product: int) -> int:
    """An office that holds a product."""
    query = "SELECT min(office_id) FROM inventory.stock WHERE product_id = %s AND quantity > 20"
    return int(rig.value(query, [product]))


@pytest.mark.parametrize(("refresh", "requests"), [("immediately", 10), ("daily", 0)])
def test_what_sells_every_hour_is_refreshed_then_or_on_the_next_day(
    make_rig: MakeRig, refresh: str, requests: int
) -> None:
    rig = make(make_rig, refresh)
    product = plentiful(rig)
    office = holder(rig, product)
    before = rig.query("SELECT * FROM mart.package_history ORDER BY package_id, valid_from")
    paths = []
    for _ in range(10):
        rig.simulator.world.sell(office, product, 1)
        paths += an_hour_later(rig)
    assert paths == [listing(product)] * requests
    after = rig.query("SELECT * FROM mart.package_history ORDER BY package_id, valid_from")
    if refresh == "daily":
        assert after == before, "the change log of the inventory makes no version of a package"
        (waiting,) = rig.query("SELECT due, waiting, oldest_due_since FROM mart.package_refresh_queue")
        midnight = dt.datetime(2025, 3, 2, tzinfo=ZoneInfo("America/Los_Angeles"))
        assert waiting == {"due": waiting["due"], "waiting": waiting["due"], "oldest_due_since": midnight}
    rig.step(hours=14)
    rig.updates(rig.hour())
    rig.packages()
    assert asked(rig) == ([listing(product)] if refresh == "daily" else [])
    of_product = "SELECT max(valid_from) FROM mart.package_history WHERE product_id = %s"
    is_new = rig.value(of_product, [product]) == rig.simulator.clock.now()
    assert is_new == (refresh == "daily")
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") == 0
    assert_packages_true_to_life(rig)
    assert_versions_are_the_history(rig)


def test_the_first_change_of_a_day_is_refreshed_at_once(rig: Rig) -> None:
    """The product was not refreshed on that day: there is nothing to wait for."""
    product = plentiful(rig)
    office = holder(rig, product)
    rig.step(days=2, hours=9)
    rig.updates(rig.hour())
    rig.packages()
    asked(rig)
    rig.simulator.world.sell(office, product, 1)
    assert an_hour_later(rig) == [listing(product)]
    rig.simulator.world.sell(office, product, 1)
    assert an_hour_later(rig) == []


def test_new_vanished_and_moved_packages_do_not_wait(rig: Rig) -> None:
    product = plentiful(rig)
    office = holder(rig, product)
    (other,) = set(rig.offices) - {office}
    package = first_package(rig, office, product)
    rig.simulator.world.deliver(office, product, 5)
    assert an_hour_later(rig) == [listing(product)]
    rig.simulator.world.transfer(package, office, other, 2)
    assert an_hour_later(rig) == [listing(product)]
    assert rig.value(
        "SELECT available_in_office FROM mart.package_history WHERE package_id = %s AND is_current", [package]
    ) == sorted(rig.offices)
    rig.simulator.world.empty_package(package)
    assert an_hour_later(rig) == [f"inventory/packages/{package}"]
    assert_packages_true_to_life(rig)


def test_a_list_fetched_for_another_reason_settles_what_waits(rig: Rig) -> None:
    product = plentiful(rig)
    office = holder(rig, product)
    rig.simulator.world.sell(office, product, 1)
    assert an_hour_later(rig) == []
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") > 0
    rig.simulator.world.deliver(office, product, 5)
    assert an_hour_later(rig) == [listing(product)]
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") == 0
    assert_packages_true_to_life(rig)


def test_what_is_due_at_once_does_not_begin_to_wait(rig: Rig) -> None:
    """A transfer that no run has fetched yet, because the budget was used, and then a sale."""
    product = plentiful(rig)
    office = holder(rig, product)
    (other,) = set(rig.offices) - {office}
    package = first_package(rig, office, product)
    rig.simulator.world.transfer(package, office, other, 5)
    rig.step(hours=1)
    rig.updates(rig.hour())
    # The second of two tasks has no share of this budget: it only enqueues.
    rig.settings = Settings(
        package_quantity_refresh="daily", package_sweep_age_hours=NO_SWEEP, package_requests_per_run=1
    )
    assert rig.packages(2, 2).requests == 0
    rig.simulator.world.sell(office, product, 1)
    assert an_hour_later(rig) == [listing(product)]


@pytest.mark.parametrize("refresh", ["immediately", "daily"])
def test_changes_in_several_offices_take_one_request(make_rig: MakeRig, refresh: str) -> None:
    rig = make(make_rig, refresh)
    product = plentiful(rig, offices=2)
    rig.step(days=1)
    rig.updates(rig.hour())
    rig.packages()
    asked(rig)
    for office in rig.offices:
        rig.simulator.world.sell(office, product, 1)
    assert an_hour_later(rig) == [listing(product)]
    assert rig.value("SELECT count(*) FROM ops.package_refresh_queue") == 0
    # The list was fetched after the last change of each office: pulling them one by one makes nothing due.
    rig.step(minutes=1)
    for office in rig.offices:
        rig.pull(office)
    assert rig.packages().requests == 0


def test_busy_days_have_one_request_a_day_for_what_only_sells(make_rig: MakeRig) -> None:
    """And the versions that were seen are true."""
    rig = make(make_rig)
    product = plentiful(rig, offices=2)
    days: list[dt.date] = []
    for hour in range(3 * 24):
        if hour % 5:
            rig.simulator.world.sell(rig.offices[hour % 2], product, "0.01")
        for path in an_hour_later(rig):
            assert path == listing(product)
            days.append(rig.simulator.clock.now().astimezone(ZoneInfo("America/Los_Angeles")).date())
    assert len(days) == len(set(days)) == 3
    assert_packages_true_to_life(rig)
