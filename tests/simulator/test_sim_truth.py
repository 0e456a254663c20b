"""The answers of the API in a second agree with the truth of that second."""

from __future__ import annotations

import email.utils
from datetime import timedelta
from decimal import Decimal


def shown(items):
    return {
        (item["office_id"], item["product_id"]): (
            item["measurement"],
            item["quantity"],
            tuple((package["id"], package["quantity"]) for package in item["packages"]),
        )
        for item in items
    }


def true(states):
    return {(s.office_id, s.product_id): (s.measurement, s.quantity, s.packages) for s in states}


def test_an_offices_answers_through_a_lively_week(make):
    client = make(seed=5, offices=2, products=30, life=20.0)
    world, seen = client.simulator.world, []
    for _ in range(40):
        client.simulator.clock.step(4 * 3600 + 13)
        for office in world.offices:
            answer = client.get(f"inventory/office/{office}?limit=500")
            at = email.utils.parsedate_to_datetime(answer.headers["Date"])
            seen.append((office, at, shown(answer.json()["items"])))
    for office, at, items in seen:  # asked long after: the truth of then has not changed since
        assert items == true(world.truth.office(office, at))


def test_updated_lists_exactly_what_changed(make):
    client = make(seed=6, offices=3, products=30, life=20.0)
    world, since = client.simulator.world, client.simulator.clock.now()
    for _ in range(20):
        since = client.simulator.clock.now() + timedelta(seconds=1)
        client.simulator.clock.step(1800)
        changed = {(c.office_id, c.product_id) for c in world.truth.changes(since=since)}
        states = [state for pair in changed if (state := world.truth.state(*pair)) is not None]
        assert shown(client.items(f"inventory/updated/{int(since.timestamp())}", limit=7)) == true(states)


def test_packages_are_shown_as_they_are(make):
    client = make(seed=8, offices=2, products=10, life=20.0)
    world = client.simulator.world
    client.simulator.clock.step(5 * 86_400)
    for product in world.products:
        items = client.items(f"inventory/products/{product}/packages", limit=3)
        states = world.truth.packages(product)
        assert [item["id"] for item in items] == [state.id for state in states]
        for item, state in zip(items, states, strict=True):
            assert sum(item["available_quantity"].values()) == state.available
            assert sum(item["checked_in_quantity"].values()) == state.checked_in_quantity
            assert item["available_in_office"] == [office for office, held in state.holdings.items() if held > 0]
            assert item["tested_date"] == (state.tested_date and state.tested_date.isoformat())
            assert [(each["id"], each["potency"]) for each in item["lab_results"]] == state.lab_results


def test_decimals_keep_their_digits(make):
    client = make(offices=1, products=1, packages_per_product=1)
    product = next(iter(client.simulator.world.truth.office(101))).product_id
    for text in ("28.35", "0.1", "14.170", "0.000000000000000001", "123456789012345678.123456789", "-3", "1E+3"):
        client.simulator.world.set_quantity(101, product, text, {})
        body = client.get("inventory/office/101").body
        plain = format(Decimal(text), "f")
        assert f'"quantity":{plain},"packages":[]'.encode() in body


def test_large_worlds_are_served_from_what_is_kept(make):
    client = make(offices=1, products=2000)
    first = client.get("inventory/office/101?limit=500&offset=1500").body
    assert client.get("inventory/office/101?limit=500&offset=1500").body == first
    last = client.simulator.world.truth.office(101)[-1]
    client.simulator.world.sell(101, last.product_id, 1)
    assert client.get("inventory/office/101?limit=500&offset=1500").body != first
