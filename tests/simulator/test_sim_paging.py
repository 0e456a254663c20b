"""Pages: nothing, one item, exactly full pages, one item more, and past the end."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("products", [0, 1, 499, 500, 501, 1000, 1001])
def test_all_pages_together_are_the_office_exactly_once(make, products):
    client = make(offices=1, products=products, packages_per_product=1)
    (office,) = client.simulator.world.offices
    items = client.items(f"inventory/office/{office}")
    assert len(items) == products
    assert [item["product_id"] for item in items] == [
        state.product_id for state in client.simulator.world.truth.office(office)
    ]
    assert client.get(f"inventory/office/{office}?limit=1").json()["total"] == products


def test_no_offices_at_all(make):
    client = make(offices=0, products=3)
    assert client.get("offices").json() == {"items": [], "count": 0, "total": 0}
    assert client.get("inventory/updated/0").json()["items"] == []


def test_a_page_past_the_end_is_empty_and_still_knows_the_total(client, office):
    body = client.get(f"inventory/office/{office}?limit=5&offset=1000").json()
    assert body == {"items": [], "count": 0, "total": 12}


@pytest.mark.parametrize(
    "path", ["offices", "products", "products/lab-results", "inventory/updated/0", "inventory/products/{}/packages"]
)
def test_every_list_is_paged(client, product, path):
    path = path.format(product)
    whole = client.get(f"{path}?limit=500").json()
    assert whole["total"] == len(whole["items"]) > 1
    assert client.items(path, limit=1) == whole["items"]
    assert client.get(f"{path}?limit=1").json()["count"] == 1
