"""Bodies into typed pages: the whole page at once, and item by item only where one of them is bad.

A list body is ``{"items": [...], "count": n, "total": n}`` (guide "Tracking inventory"); a bare JSON
list is accepted too and has neither count nor total. One bad item never harms its neighbours: it
becomes a :class:`~indicaonline.records.Rejected` with the reason and whatever ids could be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import msgspec

from indicaonline.api.items import an_id, exact, inventory_problem, package_detail, text_problem
from indicaonline.errors import UnreadableAnswerError
from indicaonline.records import InventoryItem, Named, Office, PackageDetail, Product, Rejected

Item = TypeVar("Item")
Key = Hashable

_LICENCES = ("medical_state_license_number", "adult_use_state_license_number")

LONGEST_EXCERPT = 2_000


class Body(msgspec.Struct, Generic[Item], frozen=True):
    """One decoded list body. ``count`` and ``total`` are None where the API sent none that can be read."""

    items: list[Item]
    rejected: list[Rejected]
    count: int | None
    total: int | None
    bare: bool = False


class _Envelope(msgspec.Struct):
    items: list[msgspec.Raw]
    count: Any = None
    total: Any = None


class _Ids(msgspec.Struct):
    product_id: Any = None
    office_id: Any = None
    id: Any = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_BARE = msgspec.json.Decoder(list[msgspec.Raw])
_IDS = msgspec.json.Decoder(_Ids)
_ANY = msgspec.json.Decoder(float_hook=exact)
_BAD = (ValueError, ArithmeticError, RecursionError)  # msgspec's own errors are ValueErrors


class Shape(Generic[Item]):
    """How one kind of item is read, checked and told apart from the others of its list."""

    def __init__(
        self,
        *,
        convert: Callable[[Any], Item],
        key: Callable[[Item], Key],
        rejected_key: Callable[[Rejected], Key | None],
        whole: Callable[[bytes], Body[Item] | None] = lambda body: None,
    ) -> None:
        self._convert = convert
        self._whole = whole
        self.key = key
        self.rejected_key = rejected_key

    def read(self, body: bytes) -> Body[Item]:
        """Decode a list body. Raises :class:`UnreadableAnswerError` where it is no list of items at all."""
        whole = self._whole(body) if b"\\u0000" not in body else None
        if whole is not None:
            return whole
        items: list[Item] = []
        rejected: list[Rejected] = []
        parts, count, total, bare = _split(body)
        for part in parts:
            item = self._one(part)
            if isinstance(item, Rejected):
                rejected.append(item)
            else:
                items.append(item)
        return Body(items, rejected, _count(count), _count(total), bare)

    def read_one(self, body: bytes) -> Item | Rejected:
        """Decode a body that is one item. Raises :class:`UnreadableAnswerError` where it is no JSON object."""
        value = any_json(body)
        if not isinstance(value, dict):
            raise UnreadableAnswerError("The answer is not the JSON object that the guide promises.", status=200)
        return self._one(value)

    def _one(self, part: msgspec.Raw | object) -> Item | Rejected:
        try:
            value = _ANY.decode(part) if isinstance(part, msgspec.Raw) else part
            if not isinstance(value, dict):
                return _reject(part, "is not a JSON object")
            return _reject(part, problem) if (problem := text_problem(value)) else self._convert(value)
        except _BAD as error:
            return _reject(part, str(error) or type(error).__name__)


def any_json(body: bytes) -> object:
    """Whatever JSON the body is, numbers exact. Raises :class:`UnreadableAnswerError` where it is none."""
    try:
        return _ANY.decode(body)
    except _BAD:
        return _loose(body)


def _split(body: bytes) -> tuple[list[Any], object, object, bool]:
    """The items still undecoded (or, where the page is not strict JSON, loosely decoded), count, total, bare."""
    try:
        if body.lstrip()[:1] == b"[":
            return list(_BARE.decode(body)), None, None, True
        envelope = _ENVELOPE.decode(body)
        return list(envelope.items), envelope.count, envelope.total, False
    except _BAD:
        value = _loose(body)
    if isinstance(value, list):
        return value, None, None, True
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return value["items"], value.get("count"), value.get("total"), False
    raise UnreadableAnswerError("The answer is JSON, but not the list of items that the guide promises.", status=200)


def _loose(body: bytes) -> object:
    """Decode what is not strict JSON: NaN, Infinity, bytes that are not UTF-8. Such values are rejected later."""
    try:
        text = body.decode("utf-8-sig", "surrogateescape")
        return json.loads(text, parse_float=_loose_number, parse_int=_loose_number, strict=False)
    except _BAD:
        excerpt = " ".join(body[:200].decode("utf-8", "replace").split())
    raise UnreadableAnswerError(f"The answer is not JSON; it begins: {excerpt[:100]}", status=200)


def _loose_number(text: str) -> object:
    try:
        return int(text) if text.lstrip("-").isdigit() else exact(text)
    except ValueError:
        return float("nan")


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _reject(part: msgspec.Raw | object, reason: str) -> Rejected:
    if isinstance(part, msgspec.Raw):
        text = bytes(part).decode("utf-8", "replace")
        try:
            ids = _IDS.decode(part)
        except _BAD:
            ids = _Ids()
    else:  # already decoded loosely: rendered again, with what JSON cannot say as text
        text = json.dumps(part, default=str)
        ids = _Ids(*(part.get(name) for name in _Ids.__struct_fields__)) if isinstance(part, dict) else _Ids()
    return Rejected(
        reason=reason[:500],
        body=text[:LONGEST_EXCERPT],
        product_id=an_id(ids.product_id),
        office_id=an_id(ids.office_id),
        item_id=an_id(ids.id),
    )


class _InventoryPage(msgspec.Struct):
    items: list[InventoryItem]
    count: int | None = None
    total: int | None = None


_INVENTORY_PAGE = msgspec.json.Decoder(_InventoryPage, float_hook=exact)


def _whole_inventory(body: bytes) -> Body[InventoryItem] | None:
    """The page at one stroke, None where anything in it needs a closer look."""
    try:
        page = _INVENTORY_PAGE.decode(body)
    except _BAD:
        return None
    for item in page.items:
        if inventory_problem(item) is not None:
            return None
    return Body(page.items, [], _count(page.count), _count(page.total))


def _inventory_item(value: object) -> InventoryItem:
    item = msgspec.convert(value, InventoryItem)
    problem = inventory_problem(item)
    if problem is not None:
        raise ValueError(problem)
    return item


def _inventory_key(entry: InventoryItem | Rejected) -> Key | None:
    if entry.product_id is None or entry.office_id is None:
        return None
    return entry.product_id, entry.office_id


def _office(value: dict[str, Any]) -> Office:
    """An office from its JSON object. A licence that is empty, or no text, is none: it never costs the office."""
    licences = {name: _licence(value.get(name)) for name in _LICENCES}
    return msgspec.convert({**value, **licences}, Office)


def _licence(value: object) -> str | None:
    text = str(value) if type(value) is int else value
    return text.strip() or None if isinstance(text, str) else None


def _named(kind: type[Item]) -> Shape[Item]:
    return Shape(
        convert=lambda value: msgspec.convert(value, kind),
        key=lambda item: getattr(item, "id"),  # noqa: B009 - every kind here has one, which no type says
        rejected_key=lambda entry: entry.item_id,
    )


INVENTORY: Shape[InventoryItem] = Shape(
    convert=_inventory_item, key=_inventory_key, rejected_key=_inventory_key, whole=_whole_inventory
)
PACKAGES: Shape[PackageDetail] = Shape(
    convert=package_detail, key=lambda package: package.id, rejected_key=lambda entry: entry.item_id
)
OFFICES: Shape[Office] = Shape(convert=_office, key=lambda office: office.id, rejected_key=lambda entry: entry.item_id)
PRODUCTS = _named(Product)
NAMES = _named(Named)
