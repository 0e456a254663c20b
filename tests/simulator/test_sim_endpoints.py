"""Every endpoint answers as the guide prints it, with the statuses it names."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

LIST = {"items", "count", "total"}
ITEM = ["product_id", "office_id", "measurement", "quantity", "packages"]
PACKAGE = [
    "id",
    "vendor",
    "source_uid",
    "batch_id",
    "harvest_production_date",
    "uid",
    "checked_in_to",
    "check_in_date",
    "available_in_office",
    "packaged_date",
    "best_by",
    "measurement",
    "checked_in_quantity",
    "available_quantity",
    "tested_date",
    "lab_results",
]


def test_an_inventory_item_has_the_guides_fields_in_the_guides_order(client, office):
    body = client.get(f"inventory/office/{office}").json()
    assert set(body) == LIST
    for item in body["items"]:
        assert list(item) == ITEM
        assert item["office_id"] == office
        assert item["measurement"] in ("unit", "unit_range", "weight", "weight_range")
        assert all(list(package) == ["id", "quantity"] for package in item["packages"])


def test_a_product_is_answered_across_offices(client, simulator, product):
    items = client.get(f"inventory/products/{product}").json()["items"]
    holding = [office for office in simulator.world.offices if simulator.world.truth.state(office, product)]
    assert [item["office_id"] for item in items] == holding


def test_a_package_has_the_guides_fields_in_the_guides_order(client, simulator, office, product):
    (package_id, _), *_ = simulator.world.truth.state(office, product).packages
    by_id = client.get(f"inventory/packages/{package_id}").json()
    of_product = client.get(f"inventory/products/{product}/packages").json()
    assert list(by_id) == PACKAGE
    assert set(of_product) == LIST
    assert by_id in of_product["items"]
    assert by_id["uid"] is None or re.fullmatch(r"1A4[A-Z0-9]{21}|BCH-\d{4}-\d{4}", by_id["uid"])
    for name in ("check_in_date", "packaged_date"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", by_id[name])


def test_lab_results_are_named_by_the_reference_list(client, simulator):
    names = {each["id"]: each["name"] for each in client.items("products/lab-results")}
    states = [simulator.world.truth.package(package_id) for package_id in simulator.world.packages]
    results = [result for state in states for result in state.lab_results]
    assert results
    assert {result.id for result in results} <= set(names)
    assert any(result.potency is None for result in results)  # not tested, which is not zero


@pytest.mark.parametrize("path", ["offices", "products", "products/brands", "products/categories"])
def test_reference_lists_have_ids_and_names(client, path):
    body = client.get(f"{path}?limit=500").json()
    assert set(body) == LIST
    assert body["count"] == body["total"] == len(body["items"]) > 0
    assert all(each["id"] > 100 and each["name"] for each in body["items"])


def test_products_name_their_brand_and_category(client):
    brands = {each["id"] for each in client.items("products/brands")}
    categories = {each["id"] for each in client.items("products/categories")}
    for item in client.items("products"):
        assert item["brand_id"] in brands
        assert item["category_id"] in categories
        assert client.get(f"products/{item['id']}").json() == item


def test_an_absent_licence_is_an_empty_text(client):
    offices = client.items("offices")
    for each in offices:
        assert client.get(f"offices/{each['id']}").json() == each
        assert bool(each["medical_state_license_number"]) == each["is_medical"]
        assert bool(each["adult_use_state_license_number"]) == each["is_recreational"]
    licences = [each[f"{kind}_state_license_number"] for each in offices for kind in ("medical", "adult_use")]
    given = [licence for licence in licences if licence]
    assert "" in licences
    assert len(given) == len(set(given)) >= len(offices)


def test_ids_are_sparse_and_pass_the_32_bit_border(simulator):
    for ids in (sorted(simulator.world.products), sorted(simulator.world.packages)):
        assert all(later - earlier > 1 for earlier, later in pairwise(ids))
    assert max(simulator.world.packages) > 2**31 > min(simulator.world.packages)


@pytest.mark.parametrize("version", ["v2.0", "v2.1", "v2.2", "v2.3"])
def test_every_known_version_answers(client, version):
    assert client.get("offices", version=version).status == 200


ENDPOINTS = ["inventory/products/{}", "inventory/office/{}", "inventory/packages/{}", "inventory/products/{}/packages"]


@pytest.mark.parametrize("path", [*ENDPOINTS, "offices/{}", "products/{}"])
@pytest.mark.parametrize("text", ["abc", "0", "-1", "1.5", "1e3", "99999999999999999999", "%D9%A1"])
def test_an_invalid_id_is_400(client, path, text):
    assert client.get(path.format(text)).status == 400


@pytest.mark.parametrize("path", [*ENDPOINTS, "offices/{}", "products/{}"])
def test_an_unknown_id_is_404(client, path):
    assert client.get(path.format(999_999_999)).status == 404


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "1e9", "2025-01-01"])
def test_an_invalid_timestamp_is_400(client, text):
    assert client.get(f"inventory/updated/{text}").status == 400


@pytest.mark.parametrize("query", ["limit=501", "limit=0", "limit=x", "limit=-1", "limit=", "offset=-1", "offset=x"])
def test_an_invalid_parameter_is_400(client, office, query):
    assert client.get(f"inventory/office/{office}?{query}").status == 400


def test_the_largest_limit_is_500(client, office):
    assert client.get(f"inventory/office/{office}?limit=500").status == 200


def test_a_wrong_or_missing_key_is_401(client):
    assert client.get("offices", key="wrong").status == 401
    assert client.send("GET", "/open_api/v2.3/offices").status == 401
    assert client.get("offices/abc", key="wrong").status == 401


def test_unknown_paths_and_methods_are_refused(client, simulator):
    assert client.get("inventory").status == 404
    assert client.get("offices", version="v3.0").status == 404
    assert client.send("POST", "/open_api/v2.3/offices", {"X-Api-Key": simulator.key}).status == 405


def test_the_date_is_the_simulated_second(client, simulator):
    simulator.clock.step(1)
    date = client.get("offices").headers["Date"]
    assert date == simulator.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert len(client.get("offices").headers.get_all("Date")) == 1
