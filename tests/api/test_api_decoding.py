"""Bodies into items: exact numbers, and bad items that harm no neighbour."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicaonline.api.decoding import INVENTORY, NAMES, OFFICES, PACKAGES, PRODUCTS
from indicaonline.errors import UnreadableAnswerError
from indicaonline.records import InventoryItem, LabResult, Named, Office, PackageDetail, PackageQuantity, Rejected

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
    "number as text": (good(quantity="28.35"), True),
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
    "unknown measurement": (good(measurement="bushel"), True),
    "null measurement": (good(measurement=None), True),
    "no measurement": (GOOD.replace('"measurement":"weight",', ""), True),
    "package without id": (good(packages=[{"quantity": 1}]), True),
    "package with text id": (good(packages=[{"id": "3", "quantity": 1}]), True),
    "package twice": (good(packages=[{"id": 3, "quantity": 1}, {"id": 3, "quantity": 2}]), True),
    "package null": (good(packages=[None]), True),
    "package without quantity": (good(packages=[{"id": 3}]), True),
    "package quantity as text": (good(packages=[{"id": 3, "quantity": "1"}]), True),
    "package quantity huge": (good(packages=[{"id": 3, "quantity": 10**16}]), True),
    "packages an object": (good(packages={"id": 3, "quantity": 1}), True),
    "no product id": (GOOD.replace('"product_id":1,', ""), False),
    "null office id": (good(office_id=None), False),
    "text id": (good(product_id="1"), False),
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


def test_names_and_products_reject_what_has_the_wrong_type_and_keep_its_id() -> None:
    body = NAMES.read(b'{"items":[{"id":1,"name":"THC"},{"id":2,"name":7}]}')
    assert body.items == [Named(1, "THC")]
    assert [NAMES.rejected_key(entry) for entry in body.rejected] == [2]
    assert PRODUCTS.read(b'[{"id":1,"brand_id":null,"category_id":4}]').items[0].category_id == 4


PACKAGE = {
    "id": 98765,
    "vendor": "GreenFields Collective",
    "source_uid": None,
    "batch_id": "BCH-2025-1347",
    "harvest_production_date": "2025-06-10",
    "uid": "1A40003000027E2000000151",
    "checked_in_to": 101,
    "check_in_date": "2025-06-15",
    "available_in_office": [101, 102],
    "packaged_date": "2025-06-14",
    "best_by": "2026-06-10",
    "measurement": "weight",
    "checked_in_quantity": {"unit": None},
    "available_quantity": {"gram": 3.5, "ounce": None},
    "tested_date": "2025-06-20",
    "lab_results": [{"id": 1, "measurement": 1, "potency": 19.85}, {"id": 2, "measurement": 1, "potency": None}],
}


def package(**changes: object) -> PackageDetail | Rejected:
    return PACKAGES.read_one(json.dumps({**PACKAGE, **changes}).encode())


def test_the_guides_own_package() -> None:
    found = package(colour="green")
    assert isinstance(found, PackageDetail)
    assert found.lab_results == [LabResult(1, 1, Decimal("19.85")), LabResult(2, 1, None)]
    assert found.available_quantity == {"gram": Decimal("3.5"), "ounce": None}
    assert str(found.best_by) == "2026-06-10"
    assert found.uid == "1A40003000027E2000000151"
    assert found.unknown == {"colour": "green"}


def test_a_package_may_be_nearly_empty() -> None:
    assert PACKAGES.read_one(b'{"id": 5}') == PackageDetail(5)


@pytest.mark.parametrize(
    "changes",
    [
        {"best_by": ""},
        {"best_by": None},
    ],
)
def test_an_empty_date_is_none(changes: dict[str, object]) -> None:
    found = package(**changes)
    assert isinstance(found, PackageDetail)
    assert found.best_by is None


@pytest.mark.parametrize("text", ["2026-06-10T00:00:00", "2026-06-10 00:00:00.000Z", "2026-06-10T00:00:00-07:00"])
def test_a_midnight_is_its_date(text: str) -> None:
    found = package(best_by=text)
    assert isinstance(found, PackageDetail)
    assert str(found.best_by) == "2026-06-10"


def test_an_integer_in_place_of_text_is_text() -> None:
    found = package(batch_id=1347)
    assert isinstance(found, PackageDetail)
    assert found.batch_id == "1347"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"best_by": "2026-06-10T13:00:00"},
        {"best_by": "06/10/2026"},
        {"best_by": 20260610},
        {"vendor": ["x"]},
        {"vendor": "nul\0"},
        {"available_in_office": [0]},
        {"available_in_office": 101},
        {"checked_in_to": -1},
        {"available_quantity": {"gram": "3.5"}},
        {"available_quantity": 3.5},
        {"lab_results": [{"id": 1, "measurement": 1, "potency": "high"}]},
        {"lab_results": [{"measurement": 1, "potency": 1}]},
        {"lab_results": [{"id": 1, "measurement": 1, "potency": 1}, {"id": 1, "measurement": 1, "potency": 2}]},
    ],
)
def test_a_bad_package_is_rejected_with_its_id(changes: dict[str, object]) -> None:
    found = package(**changes)
    assert isinstance(found, Rejected)
    assert found.item_id == (None if "id" in changes else 98765)
    body = PACKAGES.read(json.dumps({"items": [{**PACKAGE, **changes}, {**PACKAGE, "id": 2}]}).encode())
    assert [item.id for item in body.items] == [2]
    assert len(body.rejected) == 1


def test_bytes_that_are_no_text_spoil_one_item() -> None:
    body = NAMES.read(b'{"items":[{"id":1,"name":"caf\xe9"},{"id":2,"name":"tea"}],"total":2}')
    assert body.items == [Named(2, "tea")]
    assert [entry.item_id for entry in body.rejected] == [1]
    body.rejected[0].body.encode()


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
