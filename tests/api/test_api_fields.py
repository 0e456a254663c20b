"""Fields of packages and lists: what cannot be read is set aside, and all else lands."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.api.decoding import NAMES, OFFICES, PRODUCTS, Body, Shape, packages
from indicaonline.json_values import DEEPEST, as_json
from indicaonline.records import LabResult, PackageDetail, Rejected

INPUTS = Path(__file__).with_name("inputs")
PACKAGES = packages(ZoneInfo("America/New_York"))
PACKAGE: dict[str, Any] = {
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
PRODUCT = {"id": 1, "name": "A", "brand_id": 7, "category_id": 4, "strain_type_id": 0, "measurement": "unit"}
OFFICE = {"id": 5, "name": "North", "medical_state_license_number": "", "adult_use_state_license_number": "C-1"}
SHAPES: list[tuple[Shape[Any], dict[str, Any]]] = [
    (PACKAGES, PACKAGE),
    (PRODUCTS, PRODUCT),
    (OFFICES, OFFICE),
    (NAMES, {"id": 3, "name": "THC"}),
]


def listed(shape: Shape[Any], *items: object) -> Body[Any]:
    return shape.read(json.dumps({"items": items, "total": len(items)}).encode())


def package(**changes: object) -> PackageDetail:
    """A package with some fields changed, of which none is set aside."""
    body = listed(PACKAGES, {**PACKAGE, **changes})
    assert (body.rejected, body.set_aside) == ([], [])
    (item,) = body.items
    assert isinstance(item, PackageDetail)
    return item


def kept(name: str) -> Body[Any]:
    """A body among the inputs, whose file is named after its kind."""
    shape = PACKAGES if name.startswith("package") else PRODUCTS
    return shape.read((INPUTS / f"{name}.json").read_bytes())


def test_a_date_with_a_time_is_its_date_and_the_text_stays() -> None:
    body = kept("package-date-with-time")
    (item,) = body.items
    assert (item.check_in_date, item.uid) == (dt.date(2025, 6, 15), "1A40603000027E2000000151")
    assert item.lab_results == [LabResult(1, 1, Decimal("19.85"))]
    assert item.unread == {"check_in_date": "2025-06-15T13:22:10Z"}
    assert body.deviations == {"check_in_date: a date with a time": 1}
    assert (body.rejected, body.set_aside) == ([], [])


def test_a_result_below_a_limit_is_set_aside_and_the_others_land() -> None:
    body = kept("package-lab-below-limit")
    assert body.items[0].lab_results == [LabResult(2, 1, 3)]
    (aside,) = body.set_aside
    assert (aside.field, aside.item_id) == ("lab_results.potency", 9)
    assert aside.reason == "lab_results.potency is text in place of a number"
    assert json.loads(aside.body) == {"id": 9, "lab_results": {"id": 1, "measurement": 1, "potency": "<LOQ"}}


def test_a_result_that_came_twice_is_taken_once() -> None:
    body = kept("package-lab-same-row-twice")
    assert body.items[0].lab_results == [LabResult(1, 1, Decimal("19.85"))]
    assert body.deviations == {"lab_results: the same result twice": 1}
    assert body.set_aside == []


def test_0_is_no_id() -> None:
    body = kept("package-zero-for-none")
    assert (body.items[0].checked_in_to, body.set_aside) == (None, [])
    assert body.deviations == {"checked_in_to: 0 in place of no id": 1}


def test_an_id_beyond_bigint_is_set_aside_and_all_products_land() -> None:
    body = kept("product-brand-id-too-big")
    assert [(item.id, item.name, item.brand_id) for item in body.items] == [(1, "A", None), (2, "B", 7)]
    (aside,) = body.set_aside
    assert (aside.field, json.loads(aside.body)) == ("brand_id", {"id": 1, "brand_id": 1180591620717411303424})
    assert list(body.items[0].unread) == ["brand_id"]


def test_an_id_as_text_is_read_as_the_number_it_is() -> None:
    body = kept("product-brand-id-as-text")
    assert [(item.name, item.brand_id) for item in body.items] == [("A", 7)]
    assert body.deviations == {"brand_id: a number sent as text": 1}


def test_a_list_whose_ids_are_text_is_a_list() -> None:
    body = listed(NAMES, {"id": "1", "name": "THC"}, {"id": "02", "name": "CBD"}, {"id": "x", "name": "?"})
    assert [(item.id, item.name) for item in body.items] == [(1, "THC"), (2, "CBD")]
    assert [NAMES.rejected_key(entry) for entry in body.rejected] == [None]


def test_the_guides_own_package() -> None:
    found = package(colour="green", unread=5)
    assert found.lab_results == [LabResult(1, 1, Decimal("19.85")), LabResult(2, 1, None)]
    assert found.available_quantity == {"gram": Decimal("3.5"), "ounce": None}
    assert str(found.best_by) == "2026-06-10"
    assert found.unknown == {"colour": "green", "unread": 5}
    assert found.unread == {}


def test_a_package_may_be_nearly_empty() -> None:
    assert PACKAGES.read_one(b'{"id": 5}').item == PackageDetail(5)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-06-10T02:30:00Z", "2026-06-09"),  # 22:30 of the day before, in New York
        ("2026-06-10T02:30:00+00:00", "2026-06-09"),
        ("2026-06-09T23:59:59.999999999-0400", "2026-06-09"),
        ("2026-06-10 02:30", "2026-06-10"),
        ("2026-06-10T23:30:00", "2026-06-10"),
        ("2026-06-10T00:00:00", "2026-06-10"),
        ("2026-06-10 00:00:00.000Z", "2026-06-10"),
        ("2026-06-10T00:00:00-07:00", "2026-06-10"),
    ],
)
def test_the_date_of_a_time(text: str, day: str) -> None:
    found = package(best_by=text)
    assert str(found.best_by) == day
    assert found.unread == {"best_by": text}


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_date_is_none(value: str | None) -> None:
    assert package(best_by=value).best_by is None


def test_an_integer_in_place_of_text_is_text() -> None:
    assert package(batch_id=1347).batch_id == "1347"


def test_numbers_in_text_and_offices_that_are_0() -> None:
    results = [{"id": "1", "measurement": "1", "potency": " 1.5e1 "}]
    found = package(available_quantity={"gram": "3.50"}, lab_results=results, available_in_office=[0, "101"])
    assert found.available_quantity == {"gram": Decimal("3.50")}
    assert found.lab_results == [LabResult(1, 1, Decimal(15))]
    assert found.available_in_office == [101]


ASIDE: list[tuple[str, object]] = [
    ("best_by", "06/10/2026"),
    ("best_by", 20260610),
    ("best_by", "2026-02-30"),
    ("best_by", "20260610"),
    ("best_by", "0001-01-01T05:00:00+14:00"),
    ("vendor", ["x"]),
    ("vendor", "nul\0"),
    ("vendor", "half \ud800"),
    ("uid", "x" * 501),
    ("available_in_office", 101),
    ("available_in_office", [101, "north"]),
    ("checked_in_to", -1),
    ("checked_in_to", "nowhere"),
    ("checked_in_to", True),
    ("available_quantity", {"gram": "some"}),
    ("available_quantity", {"gram": 1, "ounce": float("nan")}),
    ("available_quantity", 3.5),
    ("lab_results", {"id": 1}),
]


@pytest.mark.parametrize(("field", "value"), ASIDE)
def test_a_bad_field_is_set_aside_and_the_rest_lands(field: str, value: object) -> None:
    body = listed(PACKAGES, {**PACKAGE, field: value}, {**PACKAGE, "id": 2})
    first, second = body.items
    assert getattr(first, field) is None
    assert list(first.unread) == [field]
    assert body.rejected == []
    (aside,) = body.set_aside
    assert (aside.field, aside.item_id) == (field, 98765)
    for other in PackageDetail.__struct_fields__:
        if other not in {"id", "unread", field}:
            assert getattr(first, other) == getattr(second, other)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"measurement": 1, "potency": 1}, "lab_results.id"),
        ({"id": 0, "measurement": 1, "potency": 1}, "lab_results.id"),
        ({"id": 7, "measurement": "%", "potency": 1}, "lab_results.measurement"),
        ({"id": 7, "measurement": 1, "potency": "ND"}, "lab_results.potency"),
        ({"id": 7, "measurement": 1, "potency": 10**16}, "lab_results.potency"),
        (None, "lab_results"),
        (5, "lab_results"),
    ],
)
def test_a_bad_result_is_set_aside_and_the_others_land(bad: object, field: str) -> None:
    good = {"id": 8, "measurement": 1, "potency": 2}
    body = listed(PACKAGES, {**PACKAGE, "lab_results": [bad, good]})
    assert body.items[0].lab_results == [LabResult(8, 1, 2)]
    assert [aside.field for aside in body.set_aside] == [field]


def test_of_different_results_of_one_analyte_none_is_chosen() -> None:
    twice = [{"id": 7, "measurement": 1, "potency": potency} for potency in (1, 2, 1)]
    body = listed(PACKAGES, {**PACKAGE, "lab_results": [*twice, {"id": 7, "measurement": 2, "potency": 3}]})
    assert body.items[0].lab_results == [LabResult(7, 2, 3)]
    assert [aside.reason for aside in body.set_aside] == ["lab_results holds different results of one analyte"] * 3


@pytest.mark.parametrize("value", [None, 0, -1, "x", True, 2**63, [], 1.5])
@pytest.mark.parametrize(("shape", "good"), SHAPES)
def test_an_item_without_an_id_is_rejected(shape: Shape[Any], good: dict[str, Any], value: object) -> None:
    body = listed(shape, {**good, "id": value}, {**good, "id": 2})
    assert [item.id for item in body.items] == [2]
    assert [shape.rejected_key(entry) for entry in body.rejected] == [None]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    # What strategies of text hardly ever find: halves of surrogate pairs, NUL, numbers and dates as text.
    | st.sampled_from(["\ud800", "a\0b", "7", "1e999999999", "2025-06-15T13:22:10Z", 10**400, "9" * 2_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(("shape", "good"), SHAPES)
@given(st.data())
def test_any_value_in_any_field_costs_only_that_field(shape: Shape[Any], good: dict[str, Any], data: Any) -> None:
    field = data.draw(st.sampled_from([*good, "unheard_of"]))
    body = listed(shape, {**good, "id": 1}, {**good, "id": 2, field: data.draw(anything)}, {**good, "id": 3})
    before, after = listed(shape, {**good, "id": 1}, {**good, "id": 3}).items
    assert (body.items[0], body.items[-1]) == (before, after)
    assert len(body.items) + len(body.rejected) == 3
    assert not body.rejected or field == "id"
    for item in body.items:
        for name in good:
            assert name in {"id", field} or getattr(item, name) == getattr(before, name)
        json.loads(as_json(item.unread))
    for entry in (*body.set_aside, *body.rejected):
        assert entry.reason
        assert len(entry.body) <= 2_000


@given(st.data())
def test_a_list_of_packages_is_decoded_at_once_as_it_is_field_by_field(data: Any) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from([*PACKAGE, "unread", "unknown"]), anything, max_size=2))
    results = st.fixed_dictionaries({"id": st.integers(1, 3), "measurement": anything, "potency": anything})
    sent = {**PACKAGE, "lab_results": data.draw(st.lists(results, max_size=3)), **fields}
    one = PACKAGES.read_one(json.dumps(sent).encode())
    body = listed(PACKAGES, sent)
    # Of a rejected one the excerpts differ: that of a list is the text received, that of one package is rendered.
    reasons = [entry.reason for entry in body.rejected]
    assert [*body.items, *reasons] == [one.item.reason if isinstance(one.item, Rejected) else one.item]
    assert (body.set_aside, body.deviations) == (one.set_aside, one.deviations)


@given(st.data())
def test_any_lab_results_cost_only_themselves(data: Any) -> None:
    results = st.fixed_dictionaries({"id": anything, "measurement": anything, "potency": anything}) | anything
    good = {"id": 8, "measurement": 99, "potency": 2}
    body = listed(PACKAGES, {**PACKAGE, "lab_results": [*data.draw(st.lists(results, max_size=4)), good]})
    (item,) = body.items
    decoded = {(result.id, result.measurement): result for result in item.lab_results}
    assert len(decoded) == len(item.lab_results)
    assert (8, 99) in decoded or any("different results" in aside.reason for aside in body.set_aside)


@given(anything)
def test_anything_is_storable_as_json(value: object) -> None:
    text = as_json({"it": value})
    text.encode()
    assert "\\u0000" not in text
    json.loads(text)


def test_what_nests_beyond_all_bounds_is_text() -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    value = json.loads(as_json(deep))
    depth = 0
    while isinstance(value, list):
        (value,), depth = value, depth + 1
    assert depth == DEEPEST
    assert value.count("[") == 500 - DEEPEST


def test_a_body_that_is_one_item_is_read_likewise() -> None:
    found = PACKAGES.read_one(json.dumps({**PACKAGE, "best_by": "soon", "vendor": 5}).encode())
    assert isinstance(found.item, PackageDetail)
    assert [aside.field for aside in found.set_aside] == ["best_by"]
    assert found.deviations == {"vendor: a number in place of text": 1}
    assert isinstance(PACKAGES.read_one(b'{"id": "x"}').item, Rejected)


def test_a_package_within_a_list_that_is_no_strict_json() -> None:
    """A NaN makes Python's own parser read the whole page: the other packages are read the same."""
    text = json.dumps({"items": [PACKAGE, {**PACKAGE, "id": 2, "available_quantity": {"gram": float("nan")}}]})
    first, second = PACKAGES.read(text.encode()).items
    assert first == package()
    assert (second.available_quantity, list(second.unread)) == (None, ["available_quantity"])
