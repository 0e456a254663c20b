"""Every unknown of the API has a switch, and the switch does what its row says."""

from __future__ import annotations

import email.utils
import time
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.rate import TokenBucket
from simulator.switches import SWITCHES, Switches


def switch(simulator, **settings):
    simulator.switches.update(settings)


def ids(answer):
    return [(item["office_id"], item["product_id"]) for item in answer.json()["items"]]


def test_another_skip_name_is_ignored_without_a_word(client, simulator, office):
    path = f"inventory/office/{office}?limit=3"
    assert ids(client.get(f"{path}&offest=3")) == ids(client.get(path))
    switch(simulator, skip_parameter="offest")
    assert ids(client.get(f"{path}&offset=3")) == ids(client.get(path))
    assert ids(client.get(f"{path}&offest=3")) != ids(client.get(path))


def test_unknown_parameters_may_empty_a_list(client, simulator, office):
    switch(simulator, unknown_parameters="empty")
    path = f"inventory/office/{office}"
    assert ids(client.get(f"{path}?limit=3&offset=0"))
    assert client.get(f"{path}?limit=3&begin=0").json() == {"items": [], "count": 0, "total": 0}


def test_default_limit(client, simulator, office):
    switch(simulator, default_limit=10)
    assert client.get(f"inventory/office/{office}").json()["count"] == 10


def test_order_shuffled_differs_between_requests(client, simulator, office):
    switch(simulator, order="shuffled")
    orders = [ids(client.get(f"inventory/office/{office}")) for _ in range(3)]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1] or orders[1] != orders[2]


def test_order_recent_shows_the_last_change_first(client, simulator, office, product):
    switch(simulator, order="recent")
    simulator.world.sell(office, product, 1)
    for path in (f"inventory/office/{office}", "inventory/updated/0", f"inventory/products/{product}"):
        assert ids(client.get(path))[0] == (office, product)


@pytest.mark.parametrize("name", ["total", "count"])
@pytest.mark.parametrize(
    ("says", "expected"), [("missing", KeyError), ("null", None), ("zero", 0), ("low", 11), ("high", 13), ("right", 12)]
)
def test_total_and_count_may_lie(client, simulator, office, name, says, expected):
    switch(simulator, **{name: says})
    body = client.get(f"inventory/office/{office}?limit=500").json()
    assert body.get(name, KeyError) == expected
    assert len(body["items"]) == 12


@pytest.mark.parametrize("status", [402, 403])
def test_without_pro_only_the_package_endpoints_refuse(client, simulator, office, product, status):
    switch(simulator, pro=False, non_pro_status=status)
    package_id = simulator.world.truth.state(office, product).packages[0][0]
    assert client.get(f"inventory/packages/{package_id}").status == status
    assert client.get(f"inventory/products/{product}/packages").status == status
    assert client.get(f"inventory/products/{product}", key="wrong").status == 401
    assert client.get(f"inventory/office/{office}").json()["items"][0]["packages"]


@pytest.mark.parametrize(("control", "packages"), [("null", None), ("empty", [])])
def test_package_control(client, simulator, office, control, packages):
    switch(simulator, package_control=control)
    assert all(item["packages"] == packages for item in client.items(f"inventory/office/{office}"))
    switch(simulator, package_control="on")
    assert any(item["packages"] for item in client.items(f"inventory/office/{office}"))


def test_an_emptied_package(make):
    client = make(offices=1, products=1, packages_per_product=1)
    simulator = client.simulator
    (package_id,) = simulator.world.packages
    simulator.world.empty_package(package_id)
    shown = client.get(f"inventory/packages/{package_id}")
    assert (shown.status, shown.json()["available_in_office"]) == (200, [])
    assert list(shown.json()["available_quantity"].values()) == [0]
    product = simulator.world.packages[package_id].product_id
    assert client.get(f"inventory/products/{product}/packages").json() == {"items": [], "count": 0, "total": 0}
    switch(simulator, emptied_package="missing")
    assert client.get(f"inventory/packages/{package_id}").status == 404


def test_zero_in_the_lists(make):
    client = make(offices=1, products=2)
    simulator = client.simulator
    (office,) = simulator.world.offices
    emptied, kept = (state.product_id for state in simulator.world.truth.office(office))
    simulator.world.set_quantity(office, emptied, 0)
    stamp = int(simulator.clock.now().timestamp())
    assert ids(client.get(f"inventory/office/{office}")) == [(office, emptied), (office, kept)]
    assert ids(client.get(f"inventory/updated/{stamp}")) == [(office, emptied)]
    switch(simulator, office_lists_zero=False, updated_lists_zero=False)
    assert ids(client.get(f"inventory/office/{office}")) == [(office, kept)]
    assert ids(client.get(f"inventory/updated/{stamp}")) == []
    assert client.get(f"inventory/office/{office}").json()["total"] == 1


def test_updated_inclusive_or_exclusive_in_seconds_or_milliseconds(client, simulator, office, product):
    simulator.world.sell(office, product, 1)
    stamp = int(simulator.clock.now().timestamp())

    def listed(timestamp):
        return (office, product) in ids(client.get(f"inventory/updated/{timestamp}"))

    assert (listed(stamp), listed(stamp + 1)) == (True, False)
    switch(simulator, updated_inclusive=False)
    assert (listed(stamp - 1), listed(stamp)) == (True, False)
    switch(simulator, updated_unit="ms")
    assert (listed(stamp * 1000 - 1), listed(stamp * 1000)) == (True, False)
    switch(simulator, updated_inclusive=True)
    assert (listed(stamp * 1000), listed(stamp * 1000 + 1)) == (True, False)


def test_updated_reaches_back_only_so_far(client, simulator, office, product):
    simulator.world.sell(office, product, 1)
    simulator.clock.step(100)
    switch(simulator, updated_reach_seconds=100)
    assert (office, product) in ids(client.get("inventory/updated/0"))
    simulator.clock.step(1)
    assert client.get("inventory/updated/0").json()["total"] == 0


def test_a_removed_product_is_never_in_updated(make):
    client = make(offices=1)
    simulator = client.simulator
    (office,) = simulator.world.offices
    gone = simulator.world.add_product(office).product_id
    simulator.world.remove_product(office, gone)
    assert (office, gone) not in ids(client.get("inventory/updated/0?limit=500"))


def test_units_of_a_packages_quantities(make):
    client = make(offices=1)
    simulator = client.simulator
    (office,) = simulator.world.offices
    package_id = simulator.world.deliver(
        office, simulator.world.add_product(office, measurement="weight").product_id, "28.35"
    ).package_id

    def quantity():
        return client.get(f"inventory/packages/{package_id}").json()["available_quantity"]

    assert quantity() == {"gram": Decimal("28.35")}
    switch(simulator, quantity_keys="null")
    assert quantity() == {"unit": None}
    switch(simulator, quantity_keys="several")
    assert quantity() == {"gram": Decimal("28.35"), "ounce": Decimal("1.0000")}


def test_lab_measurement_and_lab_milligrams(client, simulator):
    switch(simulator, lab_measurement=7, lab_milligrams=8)
    truth = [simulator.world.truth.package(each) for each in simulator.world.packages]
    for in_milligrams, code in ((False, 7), (True, 8)):
        package_id = next(each.id for each in truth if each.lab_results and each.in_milligrams is in_milligrams)
        results = client.get(f"inventory/packages/{package_id}").json()["lab_results"]
        assert {result["measurement"] for result in results} == {code}


def test_extra_package_fields(client, simulator):
    world = simulator.world
    package_id = next(each for each in world.packages if world.truth.package(each).lab_results)
    plain = client.get(f"inventory/packages/{package_id}").json()
    switch(simulator, extra_package_fields=True)
    truth = world.truth.package(package_id)
    rich = client.get(f"inventory/packages/{package_id}").json()
    assert rich == plain | truth.extra | {"lab_results": [each | truth.lab_extra for each in plain["lab_results"]]}
    assert rich in client.get(f"inventory/products/{truth.product_id}/packages").json()["items"]
    world.relabel(package_id, notes='a "note"', room="Vault 9", method="NIR")
    moved = client.get(f"inventory/packages/{package_id}").json()
    assert (moved["notes"], moved["location"]) == ('a "note"', {"room": "Vault 9"})
    assert {each["method"] for each in moved["lab_results"]} == {"NIR"}
    assert world.truth.package(package_id, world.start).extra == truth.extra
    switch(simulator, extra_package_fields=False)
    assert client.get(f"inventory/packages/{package_id}").json() == plain


@pytest.mark.parametrize("kind", ["json", "html", "empty"])
def test_error_bodies(client, simulator, kind):
    switch(simulator, error_body=kind)
    answer = client.get("offices/1")
    assert answer.status == 404
    if kind == "json":
        assert answer.json()["error"]["code"] == 404
    else:
        assert answer.body.startswith(b"<!DOCTYPE html>") == (kind == "html")
        assert (answer.body == b"") == (kind == "empty")


def test_the_date_may_be_missing_or_wrong(client, simulator):
    switch(simulator, date_header=False)
    assert client.get("offices").headers["Date"] is None
    switch(simulator, date_header=True, date_skew_seconds=-3600)
    date = email.utils.parsedate_to_datetime(client.get("offices").headers["Date"])
    assert (date - simulator.clock.now()).total_seconds() == -3600


def seconds_off(client, simulator, path):
    date = email.utils.parsedate_to_datetime(client.get(path).headers["Date"])
    return (date - simulator.clock.now()).total_seconds()


def test_servers_with_clocks_of_their_own_take_the_pages_in_turn(client, simulator, office):
    path = f"inventory/office/{office}?limit=3&offset="
    switch(simulator, server_clocks=[0, -5, 60], date_skew_seconds=1)
    first = [seconds_off(client, simulator, f"{path}{offset}") for offset in (0, 3, 6, 9)]
    again = [seconds_off(client, simulator, f"{path}{offset}") for offset in (9, 6, 3, 0)]
    assert first == [1, -4, 61, 1]
    assert again == [-4, 1, 61, -4]


def test_a_single_object_comes_from_the_next_server_each_time(client, simulator):
    package = next(iter(simulator.world.packages))
    switch(simulator, server_clocks=[0, -5])
    assert [seconds_off(client, simulator, f"inventory/packages/{package}") for _ in range(3)] == [0, -5, 0]


@pytest.mark.parametrize("clocks", [7, "0", [1.5], [True], [None]])
def test_clocks_are_whole_seconds(simulator, clocks):
    with pytest.raises(ValueError, match="server_clocks"):
        switch(simulator, server_clocks=clocks)


def test_latency(client, simulator):
    switch(simulator, latency_ms=30)
    began = time.perf_counter()
    client.get("offices")
    assert time.perf_counter() - began >= 0.02


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_the_rate_limit(client, simulator, form):
    switch(simulator, rate_limit=0.01, rate_limit_retry_after=form, rate_limit_wait=5, date_skew_seconds=60)
    assert client.get("offices").status == 200
    refused = client.get("offices")
    assert refused.status == 429
    header = refused.headers["Retry-After"]
    if form == "date":
        date, until = (email.utils.parsedate_to_datetime(text) for text in (refused.headers["Date"], header))
        assert (until - date).total_seconds() == 5
    else:
        assert header == {"seconds": "5", "none": None}[form]


def test_the_bucket_fills_with_time():
    now = [0.0]
    bucket = TokenBucket(lambda: now[0])
    assert [bucket.wait(2) for _ in range(3)] == [0, 0, 0.5]
    now[0] = 0.5
    assert [bucket.wait(2), bucket.wait(2)] == [0, 0.5]
    assert bucket.wait(None) == 0


def test_reference_lists_bare_missing_and_elsewhere(client, simulator):
    switch(simulator, reference_shape="list")
    assert isinstance(client.get("offices").json(), list)
    switch(simulator, reference_shape="items", reference_missing=["brands"])
    assert client.get("products/brands").status == 404
    assert client.get("products/categories").status == 200
    paths = ("offices_path", "products_path", "brands_path", "categories_path", "lab_results_path")
    switch(simulator, reference_missing=[], **{name: f"lists/{name}" for name in paths})
    assert client.get("offices").status == 404
    assert client.get("lists/offices_path").json()["total"] == 3
    assert client.get("lists/lab_results_path").json()["total"] == 20
    assert client.get(f"lists/offices_path/{next(iter(simulator.world.offices))}").status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order", "random"),
        ("pro", 1),
        ("non_pro_status", 404),
        ("rate_limit", 0),
        ("rate_limit", "5"),
        ("latency_ms", -1),
        ("updated_reach_seconds", True),
        ("lab_measurement", None),
        ("reference_missing", ["vendors"]),
        ("offices_path", "/offices"),
        ("skip_parameter", ""),
    ],
)
def test_a_wrong_setting_is_refused_and_changes_nothing(name, value):
    switches = Switches(order="recent")
    with pytest.raises(ValueError, match=name):
        switches.update({"pro": False, name: value})
    assert switches.as_dict() == Switches(order="recent").as_dict()


def test_an_unknown_switch_is_refused():
    with pytest.raises(AttributeError, match="skip_name"):
        Switches(skip_name="offset")


def test_every_switch_has_a_test_in_this_file():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in SWITCHES if name not in source] == []
