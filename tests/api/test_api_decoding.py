"""Bodies into items: exact numbers, and bad items that harm no neighbour."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicaonline.api.decoding import INVENTORY, NAMES, OFFICES, PRODUCTS
from indicaonline.errors import UnreadableAnswerError
from indicaonline.records import KNOWN_MEASUREMENTS, InventoryItem, Office, PackageQuantity

ids = st.integers(1, 2**63 - 1)
quantities = st.integers(-(10**15), 10**15) | st.decimals(-(10**15), 10**15, allow_nan=False, places=6)
packages = st.none() | st.lists(st.builds(PackageQuantity, ids, quantities), unique_by=lambda package: package.id)
measurements = st.sampled_from(["unit", "unit_range", "weight", "weight_range"])
items = st.builds(InventoryItem, ids, ids, measurements, quantities, packages)


def render_item(item: InventoryItem) -> str:
    held = "null"
    if item.packages is not None:
        held = ",".join(f'{{"id":{package.id},"quantity":{package.quantity}}}' for package in item.packages)
        held = f"[{held}]"
    return (
        f'{{"product_id":{item.product_id},"office_id":{item.office_id},"measurement":"{item.measurement}",'
        f'"quantity":{item.quantity},"packages":{held}}}'
    )


def render(parts: list[str]) -> bytes:
    return f'{{"items":[{",".join(parts)}],"count":{len(parts)},"total":{len(parts)}}}'.encode()


GOOD = '{"product_id":1,"office_id":2,"measurement":"weight","quantity":28.35,"packages":[{"id":3,"quantity":14.17}]}'


def good(**changes: object) -> str:
    return json.dumps({**json.loads(GOOD), **changes})


def test_the_guides_own_body() -> None:
    body = INVENTORY.read(f'{{"items":[{GOOD}],"count":1,"total":1}}'.encode())
    item = InventoryItem(1, 2, "weight", Decimal("28.35"), [PackageQuantity(3, Decimal("14.17"))])
    assert body.items == [item]
    assert (body.rejected, body.count, body.total, body.bare) == ([], 1, 1, False)


@given(st.lists(items))
def test_what_was_rendered_is_decoded(sent: list[InventoryItem]) -> None:
    body = INVENTORY.read(render([render_item(item) for item in sent]))
    assert body.items == sent
    assert [str(item.quantity) for item in body.items] == [str(item.quantity) for item in sent]
    assert body.rejected == []
    assert body.total == len(sent)


@pytest.mark.parametrize("text", ["50", "50.0", "-3.5", "0", "-0.0", "1e3", "1E-7", "28.350", "1" + "0" * 15, "1e15"])
def test_numbers_keep_all_their_digits(text: str) -> None:
    part = GOOD.replace("28.35", text)
    (item,) = INVENTORY.read(render([part])).items
    assert str(item.quantity) == str(Decimal(text)) if isinstance(item.quantity, Decimal) else text
    assert item.quantity == Decimal(text)


BAD: dict[str, tuple[str, bool]] = {
    # name: (item, whether both ids can be read)
    "null quantity": (good(quantity=None), True),
    "no quantity": (GOOD.replace('"quantity":28.35,', ""), True),
    "word": (good(quantity="plenty"), True),
    "number with a unit": (good(quantity="28.35 g"), True),
    "number with separators": (good(quantity="1,028.35"), True),
    "empty text": (good(quantity=""), True),
    "number of foreign digits": (good(quantity="\u0663"), True),
    "true": (good(quantity=True), True),
    "list": (good(quantity=[1]), True),
    "object": (good(quantity={"unit": 1}), True),
    "NaN": (GOOD.replace("28.35", "NaN"), True),
    "Infinity": (GOOD.replace("28.35", "-Infinity"), True),
    "beyond 10^15": (GOOD.replace("28.35", "1000000000000000.1"), True),
    "beyond 10^15, integer": (GOOD.replace("28.35", str(10**15 + 1)), True),
    "huge exponent": (GOOD.replace("28.35", "1e400"), True),
    "exponent beyond all bounds": (GOOD.replace("28.35", "1e99999999999999999999"), True),
    "tiny": (GOOD.replace("28.35", "1e-20000"), True),
    "endless digits": (GOOD.replace("28.35", "0." + "1" * 20_000), True),
    "endless integer": (GOOD.replace("28.35", "9" * 5_000), True),
    "blank measurement": (good(measurement=" "), True),
    "endless measurement": (good(measurement="x" * 201), True),
    "measurement with NUL": (good(measurement="we\0ight"), True),
    "measurement a number": (good(measurement=5), True),
    "null measurement": (good(measurement=None), True),
    "no measurement": (GOOD.replace('"measurement":"weight",', ""), True),
    "package without id": (good(packages=[{"quantity": 1}]), True),
    "package with a word as id": (good(packages=[{"id": "three", "quantity": 1}]), True),
    "package twice": (good(packages=[{"id": 3, "quantity": 1}, {"id": 3, "quantity": 2}]), True),
    "package null": (good(packages=[None]), True),
    "package without quantity": (good(packages=[{"id": 3}]), True),
    "package quantity a word": (good(packages=[{"id": 3, "quantity": "some"}]), True),
    "package quantity huge": (good(packages=[{"id": 3, "quantity": 10**16}]), True),
    "packages an object": (good(packages={"id": 3, "quantity": 1}), True),
    "no product id": (GOOD.replace('"product_id":1,', ""), False),
    "null office id": (good(office_id=None), False),
    "a word as id": (good(product_id="one"), False),
    "zero id": (good(product_id=0), False),
    "negative id": (good(office_id=-2), False),
    "id beyond bigint": (good(office_id=2**63), False),
    "null item": ("null", False),
    "number item": ("5", False),
    "list item": ("[]", False),
    "empty object": ("{}", False),
}


@pytest.mark.parametrize("name", BAD)
@settings(max_examples=6)
@given(before=st.lists(items, max_size=3), after=st.lists(items, max_size=3))
def test_a_bad_item_is_one_rejected_item(name: str, before: list[InventoryItem], after: list[InventoryItem]) -> None:
    part, with_ids = BAD[name]
    body = INVENTORY.read(render([*map(render_item, before), part, *map(render_item, after)]))
    assert body.items == [*before, *after]
    (rejected,) = body.rejected
    assert rejected.reason
    assert len(rejected.body) <= 2_000
    assert (INVENTORY.rejected_key(rejected) == (1, 2)) is with_ids
    assert (INVENTORY.rejected_key(rejected) is None) is not with_ids


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["product_id", "office_id", "measurement", "quantity", "packages"])


@given(st.lists(items, max_size=3), fields, json_values)
def test_any_mutation_harms_only_its_item(neighbours: list[InventoryItem], field: str, value: Any) -> None:
    parts = [*map(render_item, neighbours), good(**{field: value})]
    body = INVENTORY.read(render(parts))
    assert body.items[: len(neighbours)] == neighbours
    assert len(body.items) + len(body.rejected) == len(parts)
    for item in body.items:
        assert type(item.quantity) in (int, Decimal)


def test_null_and_absent_packages_are_unknown_and_an_empty_list_is_empty() -> None:
    parts = [good(packages=None), GOOD.split(',"packages"')[0] + "}", good(packages=[])]
    assert [item.packages for item in INVENTORY.read(render(parts)).items] == [None, None, []]


def test_unknown_fields_are_allowed() -> None:
    (item,) = INVENTORY.read(render([good(reserved=1.5, name="\u00e9")])).items
    assert item.product_id == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b'{"items":[{"product_id":12\xff\xfe,,,',
        b'{"items":[',
        b"null",
        b"5",
        b'"items"',
        b"{}",
        b'{"items":null,"count":0,"total":0}',
        b'{"items":{},"count":0,"total":0}',
        b'{"error":"no"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError) as raised:
        INVENTORY.read(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("total", ["null", '"5"', "-1", "1.5", "true", "[]", "1e400"])
def test_a_total_that_is_no_number_is_no_total(total: str) -> None:
    body = INVENTORY.read(f'{{"items":[{GOOD}],"total":{total}}}'.encode())
    assert (len(body.items), body.count, body.total) == (1, None, None)


def test_a_bare_list_has_neither_count_nor_total() -> None:
    body = OFFICES.read(b' [{"id": 5, "name": "North", "type": 1}, {"id": 6}, {"name": "?"}]')
    assert body.items == [Office(5, "North"), Office(6, None)]
    assert (body.count, body.total, body.bare) == (None, None, True)
    assert OFFICES.rejected_key(body.rejected[0]) is None


def test_a_product_may_lack_all_but_its_id() -> None:
    assert PRODUCTS.read(b'[{"id":1,"brand_id":null,"category_id":4}]').items[0].category_id == 4


def test_bytes_that_are_no_text_are_a_fault_of_one_field() -> None:
    body = NAMES.read(b'{"items":[{"id":1,"name":"caf\xe9"},{"id":2,"name":"tea"}],"total":2}')
    assert [(item.id, item.name) for item in body.items] == [(1, None), (2, "tea")]
    (aside,) = body.set_aside
    assert (aside.field, aside.item_id, aside.reason) == ("name", 1, "name is not UTF-8")
    aside.body.encode()


@pytest.mark.parametrize("field", ["product_id", "office_id", "quantity"])
def test_a_number_in_text_is_that_number_and_counted(field: str) -> None:
    number = json.loads(GOOD)[field]
    body = INVENTORY.read(render([GOOD, good(**{field: f" {number} "})]))
    first, second = body.items
    assert first == second
    assert body.deviations == {f"{field}: a number sent as text": 1}


def test_numbers_in_the_text_of_packages_and_a_package_twice() -> None:
    twice = [{"id": "3", "quantity": "+014.170"}, {"id": 3, "quantity": 14.17}]
    body = INVENTORY.read(render([good(packages=twice)]))
    assert body.items == INVENTORY.read(render([GOOD])).items
    assert body.deviations == {
        "packages.id: a number sent as text": 1,
        "packages.quantity: a number sent as text": 1,
        "packages: the same package twice": 1,
    }


@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip() and "\0" not in text))
def test_any_measurement_is_kept_as_it_is(unit: str) -> None:
    whole, one_by_one = render([good(measurement=unit)]), render([good(measurement=unit), "null"])
    for body in (INVENTORY.read(whole), INVENTORY.read(one_by_one)):
        assert body.items[0].measurement == unit
        assert sum(body.deviations.values()) == (unit not in KNOWN_MEASUREMENTS)


def test_the_ids_of_what_is_rejected_may_be_text() -> None:
    (rejected,) = INVENTORY.read(render([good(product_id="1", office_id="2", quantity=None)])).rejected
    assert INVENTORY.rejected_key(rejected) == (1, 2)


def test_decoding_is_fast() -> None:
    parts = [
        f'{{"product_id":{n},"office_id":456,"measurement":"weight","quantity":{n}.25,'
        f'"packages":[{{"id":{n},"quantity":1.5}},{{"id":{n + 1},"quantity":2.25}}]}}'
        for n in range(1, 501)
    ]
    page = render(parts)
    started = time.perf_counter()
    for _ in range(20):
        INVENTORY.read(page)
    # 20 pages of 500 take about 0.02 s here; the bound is for slow machines, and still far below the generic way.
    assert time.perf_counter() - started < 0.5
