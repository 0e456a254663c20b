"""Fault injection: each kind changes the responses that it matches, as often as defined, and no others."""

from __future__ import annotations

import email.utils
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from simulator import Faults
from simulator.faults import CHOICES, KINDS, table
from simulator.malformed import SUBSTITUTES


def ids(items):
    return [item["product_id"] for item in items]


def test_latency(client, simulator):
    simulator.faults.add("latency", ms=30, count=1)
    began = time.perf_counter()
    assert client.get("offices").status == 200
    assert time.perf_counter() - began >= 0.02


@pytest.mark.parametrize("form", ["none", "seconds", "date"])
def test_429_on_demand(client, simulator, form):
    simulator.faults.add("rate_limited", retry_after=form, wait=7, count=1)
    refused = client.get("offices")
    assert refused.status == 429
    header = refused.headers["Retry-After"]
    if form == "date":
        dates = (email.utils.parsedate_to_datetime(text) for text in (header, refused.headers["Date"]))
        assert (next(dates) - next(dates)).total_seconds() == 7
    else:
        assert header == {"seconds": "7", "none": None}[form]
    assert client.get("offices").status == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx(client, simulator, status):
    simulator.faults.add("status", status=status, body="html", retry_after="seconds", wait=2, count=1)
    refused = client.get("offices")
    assert (refused.status, refused.headers["Retry-After"]) == (status, "2")
    assert refused.headers["Content-Type"].startswith("text/html")


def test_reset_before_the_response(client, simulator):
    simulator.faults.add("reset", count=1)
    with pytest.raises(ConnectionError):
        client.get("offices")
    assert simulator.requests.all()[0].status is None
    assert client.get("offices").status == 200


def test_reset_in_the_body(client, simulator):
    simulator.faults.add("reset_body", count=1)
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        client.get("offices")
    assert client.get("offices").status == 200


@pytest.mark.parametrize("keep", [0, 0.5, 1])
def test_a_truncated_body(client, simulator, keep):
    whole = client.get("offices").body
    simulator.faults.add("truncated", keep=keep, count=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        client.get("offices")
    assert len(caught.value.partial) + caught.value.expected == len(whole)
    assert whole.startswith(caught.value.partial)


def test_garbage(client, simulator):
    simulator.faults.add("garbage", count=1)
    answer = client.get("offices")
    assert answer.status == 200
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        answer.json()


@pytest.mark.parametrize("status", [200, 502])
def test_html(client, simulator, status):
    simulator.faults.add("html", status=status, count=1)
    answer = client.get("offices")
    assert answer.status == status
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_a_slow_drip_is_whole_in_the_end(client, simulator):
    whole = client.get("offices").body
    simulator.faults.add("drip", pieces=5, ms=5, count=1)
    began = time.perf_counter()
    assert client.get("offices").body == whole
    assert time.perf_counter() - began >= 0.01


def test_an_empty_200(client, simulator, office):
    simulator.faults.add("empty", path=f"office/{office}", count=1)
    assert client.get(f"inventory/office/{office}").body == b'{"items":[],"count":0,"total":0}'
    assert client.get(f"inventory/office/{office}").json()["total"] == 12


@pytest.mark.parametrize(
    ("move", "follows", "seen", "distinct", "totals"),
    [
        ("delete", True, 11, 11, {12, 11}),
        ("delete", False, 11, 11, {12}),
        ("insert", True, 13, 12, {12, 13}),
        ("insert", False, 13, 12, {12}),
        ("reorder", True, 12, 11, {12}),
    ],
)
def test_pages_that_move(client, simulator, office, move, follows, seen, distinct, totals):
    simulator.faults.add("page_moves", move=move, total_follows=follows, count=1)
    bodies = [client.get(f"inventory/office/{office}?limit=5&offset={skip}").json() for skip in (0, 5, 10)]
    items = [product for body in bodies for product in ids(body["items"])]
    assert (len(items), len(set(items))) == (seen, distinct)
    assert {body["total"] for body in bodies} == totals
    assert len(set(ids(client.items(f"inventory/office/{office}", limit=5)))) == 12  # the next read is still


def test_the_world_moves_between_pages(make):
    client = make(offices=1, products=6)
    (office,) = client.simulator.world.offices
    client.simulator.faults.add("world_moves", count=1)
    before = ids(client.get(f"inventory/office/{office}?limit=3").json()["items"])
    page = client.get(f"inventory/office/{office}?limit=3&offset=3").json()
    assert page["total"] == 5
    assert client.simulator.world.truth.state(office, before[0]) is None


OF_PACKAGES = {"text_office", "zero_office", "date_with_time", "text_potency", "quoted_potency"}


@pytest.mark.parametrize("variant", sorted(set(CHOICES["variant"]) - OF_PACKAGES))
def test_malformed_items(client, simulator, office, variant):
    path = f"inventory/office/{office}?limit=500"
    whole = client.get(path)
    rule = simulator.faults.add("malformed", variant=variant, items=1, count=1)
    malformed = client.get(path)
    pairs = zip(whole.json()["items"], malformed.json()["items"], strict=True)
    different = [(good, bad) for good, bad in pairs if repr(good) != repr(bad)]
    assert len(different) == 1
    (good, bad) = different[0]
    assert json.loads(rule.touched[0], parse_float=Decimal) == good
    if variant == "null_item":
        assert bad is None
    elif variant.startswith("no_") and variant != "no_id":
        assert set(good) - set(bad) == {variant.removeprefix("no_")}
    assert simulator.world.truth.state(office, good["product_id"]).quantity == good["quantity"]


def test_a_malformed_package(client, simulator, office):
    product = simulator.world.truth.office(office)[0].product_id
    simulator.faults.add("malformed", variant="text_office", count=1)
    malformed, whole = (client.get(f"inventory/products/{product}/packages").json()["items"] for _ in range(2))
    assert [item["checked_in_to"] for item in malformed if item not in whole] == ["nowhere"]


def test_a_body_of_ones_own(client, simulator):
    simulator.faults.add("body", text='{"items":[null]}', count=1)
    assert client.get("offices").json() == {"items": [None]}


def test_every_variant_has_its_substitute():
    assert set(SUBSTITUTES) | {"null_item"} == set(CHOICES["variant"])


def test_several_items_of_a_page(client, simulator, office):
    simulator.faults.add("malformed", variant="null_item", items=50)
    assert client.get(f"inventory/office/{office}").json()["items"] == [None] * 12


def test_a_held_response_waits_for_its_release(client, simulator):
    simulator.faults.add("hold", path="offices", count=1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, "offices")
        assert simulator.requests.wait_for(1, "offices")
        assert client.get("products").status == 200  # only the one response is held
        assert not waiting.done()
        simulator.faults.release()
        assert waiting.result(timeout=5).status == 200


def test_a_call_happens_before_the_answer(client, simulator, office, product):
    simulator.faults.add("call", path="offset=5", function=lambda: simulator.world.set_quantity(office, product, 77))
    assert client.get(f"inventory/office/{office}?limit=5&offset=5").status == 200
    assert simulator.world.truth.state(office, product).quantity == 77


def test_path_count_and_after(client, simulator):
    rule = simulator.faults.add("status", path=r"^offices\?limit=1$", count=2, after=1)
    statuses = [client.get(path).status for path in ["products", *["offices?limit=1"] * 4, "offices"]]
    assert statuses == [200, 200, 503, 503, 200, 200]
    assert rule.hits == 2


def test_only_one_fault_replaces_a_response(client, simulator):
    first, second = simulator.faults.add("status", count=1), simulator.faults.add("garbage", count=1)
    assert client.get("offices").status == 503
    assert (first.hits, second.hits) == (1, 0)
    assert simulator.requests.all()[0].faults == ["status"]


def test_a_probability_is_repeatable():
    def fired(seed):
        faults = Faults(seed)
        faults.add("status", probability=0.3)
        return [bool(faults.pick("offices", "", 0)) for _ in range(200)]

    assert fired(1) == fired(1) != fired(2)
    assert 30 < sum(fired(1)) < 90


def test_rules_can_be_removed(client, simulator):
    rule = simulator.faults.add("status")
    simulator.faults.remove(rule.id)
    assert client.get("offices").status == 200
    with pytest.raises(KeyError):
        simulator.faults.remove(rule.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "explosion"},
        {"kind": "reset", "ms": 1},
        {"kind": "page_moves", "move": "up"},
        {"kind": "status", "probability": 2},
        {"kind": "malformed", "variant": "odd"},
    ],
)
def test_a_wrong_rule_is_refused(wrong):
    with pytest.raises(ValueError, match=r"no fault|no option|cannot be|probability"):
        Faults().add(**wrong)


def test_faults_never_touch_the_truth(client, simulator, office):
    before = simulator.world.truth.office(office)
    for kind in set(KINDS) - {"call", "hold", "world_moves"}:
        simulator.faults.add(kind, count=1)
    for _ in range(12):
        try:
            client.get(f"inventory/office/{office}?limit=5&offset=5")
        except (ConnectionError, http.client.HTTPException):
            continue
    assert simulator.world.truth.office(office) == before


def test_every_kind_has_a_row():
    assert all(f"| `{kind}` |" in table() for kind in KINDS)
