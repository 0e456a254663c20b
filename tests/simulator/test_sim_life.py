"""The world's life depends on the seed and on time alone, and its memory keeps all of it."""

from __future__ import annotations

import itertools
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import World
from simulator.events import take
from simulator.stock import Line

DAY = 86_400


def lively(**arguments):
    return World(**{"seed": 3, "offices": 3, "products": 15, "life": 30.0, **arguments})


def memory(world):
    return world.events, world.packages.log, list(world.packages)


@pytest.fixture(scope="module")
def two_days():
    world = lively()
    world.clock.step(2 * DAY)
    return world


@settings(max_examples=25)
@given(st.lists(st.integers(0, 20_000), max_size=12))
def test_life_does_not_depend_on_the_steps(two_days, steps):
    world = lively()
    for step in itertools.takewhile(lambda _: world.clock.seconds() < world.start + 2 * DAY, steps):
        world.clock.step(min(step, world.start + 2 * DAY - world.clock.seconds()))
    world.clock.set(world.start + 2 * DAY)
    assert memory(world) == memory(two_days)


@pytest.mark.parametrize("other", [{"seed": 4}, {"products": 16}, {"start": "2025-03-02T15:00:00+00:00"}])
def test_another_world_lives_another_life(two_days, other):
    world = lively(**other)
    world.clock.step(2 * DAY)
    assert memory(world) != memory(two_days)


def test_all_kinds_of_life_happen(two_days):
    world = lively()
    world.clock.step(30 * DAY)
    reasons = Counter(change.reason for change in world.events)
    assert set(reasons) == {"opening", "sale", "delivery", "transfer", "waste", "correction", "removed"}
    assert {"retest", "relabel", "correct_potency", "drop_analyte"} < {moment.reason for moment in world.packages.log}
    quantities = [change.quantity for change in world.events if change.quantity is not None]
    assert 0 < sum(quantity < 0 for quantity in quantities) < len(quantities) / 100
    opening = {(state.office_id, state.product_id) for state in world.events if state.reason == "opening"}
    assert {(state.office_id, state.product_id) for state in world.events} > opening  # products that appear
    assert any(world.truth.package(package_id).available == 0 for package_id in world.packages)


def test_without_life_nothing_happens():
    world = lively(life=0)
    world.clock.step(30 * DAY)
    assert {change.reason for change in world.events} == {"opening"}


def test_quantities_are_exact(two_days):
    for change in two_days.events:
        for quantity in (change.quantity, *(held for _, held in change.packages)):
            assert quantity is None or isinstance(quantity, Decimal)
            assert quantity is None or quantity == round(quantity, 2)


def test_the_log_is_in_order_and_whole(two_days):
    world = two_days
    assert [event.at for event in world.events] == sorted(event.at for event in world.events)
    pairs = {(event.office_id, event.product_id) for event in world.events}
    by_pair = [change for pair in pairs for change in world.truth.changes(*pair)]
    assert sorted(by_pair, key=repr) == sorted(world.events, key=repr)


def test_the_state_at_every_second_is_what_the_log_says(two_days):
    world, office = two_days, 101
    changes = world.truth.changes(office)
    for second in {change.at + shift for change in changes for shift in (-1, 0, 1)}:
        expected = {change.product_id: change for change in changes if change.at <= second}
        listed = {product: change for product, change in expected.items() if change.quantity is not None}
        if second >= world.start:
            assert {state.product_id: state for state in world.truth.office(office, second)} == listed


def test_packages_and_lines_agree(two_days):
    world = two_days
    for second in range(world.start, world.start + 2 * DAY, 7 * 3600):
        on_lines = {
            (office, package_id): held
            for office in world.offices
            for state in world.truth.office(office, second)
            for package_id, held in state.packages
        }
        states = [world.truth.package(package_id, second) for package_id in world.packages]
        in_book = {(office, state.id): held for state in states if state for office, held in state.holdings.items()}
        assert on_lines == in_book


def test_a_transfer_moves_a_part_in_one_second():
    world = World(offices=2, products=2)
    one, two = world.offices
    state = world.truth.office(one)[0]
    (package_id, held), *_ = state.packages
    before = world.truth.state(two, state.product_id)
    sent, arrived = world.transfer(package_id, one, two, 1).changes
    assert sent.at == arrived.at
    assert sent.quantity == state.quantity - 1
    assert arrived.quantity == (before.quantity if before else 0) + 1
    assert world.truth.package(package_id).holdings == {one: held - 1, two: 1}


def test_an_emptied_package_leaves_every_list_and_stays_in_the_truth():
    world = World(offices=1, products=1)
    package_id = next(iter(world.packages))
    before = world.clock.now()
    happening = world.empty_package(package_id)
    (state,) = world.truth.office(101)
    assert package_id not in dict(state.packages)
    assert package_id not in [each.id for each in world.truth.packages(state.product_id)]
    assert world.truth.package(package_id, before).available > 0
    assert world.truth.package_changes(package_id)[-1].at == happening.second


def test_a_retest_changes_date_and_potency_but_no_stock():
    world = World(offices=1, products=5)
    package_id = next(each for each in world.packages if world.truth.package(each).lab_results)
    first = world.truth.package(package_id)
    world.retest(package_id, "2025-03-05")
    second = world.truth.package(package_id)
    world.retest(package_id, "2025-03-09", same_potency=True)
    third = world.truth.package(package_id)
    assert (str(second.tested_date), str(third.tested_date)) == ("2025-03-05", "2025-03-09")
    assert first.lab_results != second.lab_results == third.lab_results
    assert len(world.events) == 5


def test_a_removed_product_is_absent_until_it_returns():
    world = World(offices=1, products=2)
    product = world.truth.office(101)[0].product_id
    gone = world.remove_product(101, product).at
    world.clock.step(10)
    back = world.deliver(101, product, 5)
    assert world.truth.state(101, product, gone) is None
    assert world.truth.state(101, product).packages == ((back.package_id, Decimal(5)),)
    assert [change.quantity for change in world.truth.changes(101, product)][1:] == [None, Decimal(5)]


def test_packages_follow_a_quantity_or_are_given():
    world = World(offices=1, products=1)
    product = next(iter(world.truth.office(101))).product_id
    world.set_quantity(101, product, "28.35")
    state = world.truth.state(101, product)
    assert sum(held for _, held in state.packages) == state.quantity == Decimal("28.35")
    package_id = state.packages[0][0]
    world.set_quantity(101, product, -3, {package_id: "14.17"})
    state = world.truth.state(101, product)
    assert (state.quantity, state.packages) == (-3, ((package_id, Decimal("14.17")),))


def test_floats_and_unknown_ids_are_refused():
    world = World(offices=1, products=1)
    with pytest.raises(TypeError):
        world.set_quantity(101, next(iter(world.products)), 28.35)
    with pytest.raises(ValueError, match="finite"):
        world.set_quantity(101, next(iter(world.products)), "NaN")
    with pytest.raises(KeyError):
        world.sell(999, next(iter(world.products)), 1)
    with pytest.raises(KeyError):
        world.retest(1)


@given(st.lists(st.integers(1, 50), max_size=5), st.integers(0, 300), st.booleans())
def test_taking_from_packages_takes_what_is_there(held, amount, newest_first):
    contents = tuple((number, Decimal(quantity)) for number, quantity in enumerate(held))
    left = take(contents, Decimal(amount), newest_first=newest_first)
    assert sum(q for _, q in left) == max(0, sum(held) - amount)
    assert [number for number, _ in left] == sorted(number for number, _ in left)
    assert all(quantity > 0 for _, quantity in left)


def test_a_line_knows_nothing_before_its_first_change(two_days):
    change = two_days.events[-1]
    assert Line(change).at(change.at - 1) is None
