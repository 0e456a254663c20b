"""The clock is frozen, runs, steps and is set; no second ever shows two states."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from simulator import Clock, World

START = "2025-03-01T15:00:00+00:00"


def test_a_frozen_clock_moves_only_when_it_is_moved():
    clock = Clock(START)
    assert clock.now() == dt.datetime(2025, 3, 1, 15, tzinfo=dt.UTC)
    assert clock.step(3600) == dt.datetime(2025, 3, 1, 16, tzinfo=dt.UTC)
    assert clock.set("2025-03-02T00:00:00-08:00") == dt.datetime(2025, 3, 2, 8, tzinfo=dt.UTC)
    assert clock.step(0) == clock.now()


def test_a_running_clock_passes_as_real_time_does(monkeypatch):
    real = [5_000_000_000]
    monkeypatch.setattr(time, "time_ns", lambda: real[0])
    clock = Clock(START, running=True)
    assert clock.seconds() == clock.start
    real[0] += 1_999_999_999
    assert clock.seconds() == clock.start + 1
    clock.freeze()
    real[0] += 10**12
    assert clock.seconds() == clock.start + 1
    clock.run()
    real[0] += 10**9
    assert clock.seconds() == clock.start + 2
    clock.set(clock.start + 100)
    assert clock.seconds() == clock.start + 100
    assert clock.running


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Clock("2025-03-01T15:00:00")


@pytest.mark.parametrize("step", [-1, 1.5, True])
def test_a_step_is_whole_and_forwards(step):
    with pytest.raises(ValueError, match="whole number"):
        Clock(START).step(step)


def test_the_clock_goes_back_only_where_nothing_has_happened_since():
    world = World(offices=1, products=1)
    world.clock.step(1000)
    world.clock.set(world.start + 10)
    happened = world.sell(101, next(iter(world.truth.office(101))).product_id, 1)
    world.clock.step(1000)
    world.clock.set(happened.at)
    with pytest.raises(ValueError, match="cannot go back"):
        world.clock.set(happened.second - 1)
    with pytest.raises(ValueError, match="cannot go back"):
        world.clock.set(world.start - 1)


def test_an_event_moves_a_frozen_clock_to_the_next_second():
    world = World(offices=1, products=1)
    product = next(iter(world.truth.office(101))).product_id
    before = world.clock.seconds()
    assert world.sell(101, product, 1).second == world.clock.seconds() == before + 1


def test_an_event_on_a_running_clock_waits_for_the_next_second(monkeypatch):
    real = [10**9]
    monkeypatch.setattr(time, "time_ns", lambda: real[0])
    world = World(offices=1, products=1, clock=Clock(START, running=True))
    product = next(iter(world.truth.office(101))).product_id
    before = world.truth.state(101, product)
    happening = world.set_quantity(101, product, 5)
    assert not happening.done
    assert world.truth.state(101, product) == before
    real[0] += 10**9
    assert world.truth.state(101, product).quantity == 5
    assert happening.done


def test_an_event_can_be_ordered_for_later():
    world = World(offices=1, products=1)
    product = next(iter(world.truth.office(101))).product_id
    happening = world.set_quantity(101, product, 5, at="2025-03-01T16:00:00+00:00")
    world.clock.step(3599)
    assert not happening.done
    world.clock.step(1)
    assert happening.changes[0].at == happening.second == world.clock.seconds()
    with pytest.raises(ValueError, match="to come"):
        world.set_quantity(101, product, 6, at=world.clock.now())


def test_the_future_is_not_known():
    world = World(offices=1, products=1)
    with pytest.raises(ValueError, match="future"):
        world.truth.office(101, world.clock.seconds() + 1)
