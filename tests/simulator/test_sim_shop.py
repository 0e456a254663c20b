"""An account of real shops: credible goods, opening hours and weekdays, first in, first out, and stories."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Shop, World
from simulator.__main__ import make_parser
from simulator.catalogue import LINES, STORAGE, make_products
from simulator.goods import CATEGORIES, MEASUREMENTS
from simulator.habits import HOURS, WEEKDAYS
from simulator.labels import DRIFTS
from simulator.stories import STORIES, scenes, second_of

DAY = 86_400
ZONE = "America/Los_Angeles"
MONDAY = "2026-01-19T08:00:00+00:00"


def account(**arguments):
    return World(**{"offices": 4, "products": 60, "life": 6.0, "start": MONDAY, "shop": Shop(ZONE), **arguments})


@pytest.fixture(scope="module")
def lived():
    """Seven weeks of the demo's account."""
    world = account()
    world.clock.step(49 * DAY)
    return world


def local(second):
    return dt.datetime.fromtimestamp(second, ZoneInfo(ZONE))


def test_names_are_unique_and_goods_are_in_their_category_and_measurement():
    products = make_products(1, 2000)
    assert len({product.name for product in products}) == len(products)
    assert {product.form.category for product in products[:60]} == set(CATEGORIES)
    assert {product.measurement for product in products[:8]} == set(MEASUREMENTS)
    for product in products:
        assert product.weighed == ("bulk" in product.name)
        assert ("gummies" in product.name) <= (product.form.category == "Edibles")
        assert product.is_marijuana == (product.form.category != "Gear")


def test_quantities_are_whole_units_or_cents_of_grams(lived):
    for event in lived.events:
        if event.quantity is not None:
            step = Decimal("0.01") if event.measurement.startswith("weight") else 1
            assert event.quantity % step == 0
    left = sorted(event.quantity for event in lived.events if event.quantity and event.measurement == "unit")
    assert 5 < left[len(left) // 10] < left[-len(left) // 100] < 200


def test_shops_sell_in_their_opening_hours_and_most_on_fridays_and_saturdays(lived):
    sales = [local(event.at) for event in lived.events if event.reason == "sale"]
    assert {sale.hour for sale in sales} == set(HOURS)
    days = Counter(sale.weekday() for sale in sales)
    assert sorted(days, key=days.__getitem__) == sorted(range(7), key=WEEKDAYS.__getitem__)
    assert days[5] > 2 * days[0]


def test_the_storage_sells_nothing_and_sends_to_the_shops(lived):
    (storage,) = (office.id for office in lived.offices.values() if office.name == STORAGE)
    reasons = Counter(event.reason for event in lived.events if event.office_id == storage)
    assert not {"sale", "waste"} & set(reasons)
    assert reasons["transfer"] > 20


def test_every_vendor_carries_its_own_products(lived):
    vendors = defaultdict(set)
    for package_id, package in lived.packages.items():
        for state in lived.truth.package_changes(package_id):
            vendors[package.product_id].add(state.origin.vendor)
    for product_id, names in vendors.items():
        assert names <= set(lived.products[product_id].line.vendors)
    assert {vendor for names in vendors.values() for vendor in names} == {
        each for line in LINES for each in line.vendors
    }


def test_the_oldest_package_is_sold_first_except_in_the_story(lived):
    def checked_in(package_id):
        return lived.packages[package_id].checked_in_at

    breaches = set()
    for shelf in lived.shelves.values():
        for line in shelf.lines.values():
            for before, after in pairwise(line.changes):
                held = dict(after.packages)
                taken = [checked_in(each) for each, have in before.packages if held.get(each, 0) < have]
                if after.reason == "sale" and taken and any(checked_in(each) < max(taken) for each in held):
                    breaches.add((lived.offices[after.office_id].name, lived.products[after.product_id].name))
    assert breaches == {("Oakland", "Amber Ridge Sour Diesel 3.5g")}


def test_potency_is_near_the_mean_of_the_product():
    world = account()
    potencies = defaultdict(list)
    for package in world.packages.values():
        product = world.products[package.product_id]
        for number, potency in world.lab_results(package):
            mean = Decimal(product.means[number - 1]).scaleb(-2)
            if potency is not None and mean > 5 and DRIFTS not in product.line.vendors:
                potencies[product.id, number].append(potency / mean)
    assert len(potencies) > 50
    assert all(Decimal("0.94") < each < Decimal("1.06") for ratios in potencies.values() for each in ratios)
    assert max(statistics.pstdev(ratios) for ratios in potencies.values()) > 0.02


def test_one_vendor_becomes_weaker_from_month_to_month(lived):
    by_month = defaultdict(list)
    for package in lived.packages.values():
        product, state = lived.products[package.product_id], lived.truth.current(package)
        if DRIFTS in product.line.vendors and state.tested_date and not state.reason.startswith("correct"):
            strongest = max(range(len(product.means)), key=product.means.__getitem__)
            potency = dict(lived.lab_results(package)).get(strongest + 1)
            if potency:
                by_month[state.origin.vendor, f"{state.origin.packaged_date:%Y-%m}"].append(
                    float(potency) * 100 / product.means[strongest]
                )
    months = ("2025-12", "2026-01", "2026-02")
    drifting = [statistics.median(by_month[DRIFTS, month]) for month in months]
    steady = [statistics.median(by_month["Old Orchard", month]) for month in months]
    assert drifting[0] > drifting[1] + 0.03 > drifting[2] + 0.06
    assert max(steady) - min(steady) < 0.03


def test_every_scene_has_its_office_and_product_in_the_demo(lived):
    assert len(scenes(account())) == len(STORIES)
    assert [scene.day for scene in STORIES if scene.day >= 45] == []
    first = local(second_of(lived, STORIES[0]))
    assert (first.date(), f"{first:%H:%M}") == (dt.date(2026, 1, 19), STORIES[0].time)


def test_a_small_account_has_only_the_stories_it_can_have():
    world = account(offices=1, products=3)
    world.clock.step(49 * DAY)
    assert len(scenes(world)) < len(STORIES)


@settings(max_examples=15)
@given(st.lists(st.integers(0, 200_000), max_size=12))
def test_a_shop_does_not_depend_on_the_steps_of_the_clock(steps):
    def memory(moves):
        world = account(seed=3, products=16)
        for step in itertools.takewhile(lambda _: world.clock.seconds() < world.start + 20 * DAY, moves):
            world.clock.step(min(step, world.start + 20 * DAY - world.clock.seconds()))
        world.clock.set(world.start + 20 * DAY)
        return world.events, world.packages.log

    assert memory(steps) == memory([])


@pytest.mark.parametrize("zone", ["America/Nowhere", "../etc", ""])
def test_an_unknown_zone_is_refused_in_one_line(zone, capsys):
    with pytest.raises(SystemExit):
        make_parser().parse_args([f"--shops={zone}"])
    assert f"{zone!r} is no time zone" in capsys.readouterr().err
