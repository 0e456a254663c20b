"""Decoding of bodies: a whole page at once or, if an item on it is unusable, item by item.

A list body is ``{"items": [...], "count": n, "total": n}`` (guide "Tracking inventory"). A bare JSON list, without
count and total, is accepted, too. An unusable item becomes a :class:`~indicaonline.records.Rejected` with the reason
and the ids that are readable. An unusable field of a package or a reference list becomes a
:class:`~indicaonline.records.SetAside`, and the rest of its item is used.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from indicaonline.api import items
from indicaonline.api.items import LONGEST_EXCERPT, Fields, an_id, is_usable, is_usable_package
from indicaonline.api.values import UNKNOWN_MEASUREMENT, exact
from indicaonline.errors import UnreadableAnswerError
from indicaonline.records import (
    KNOWN_MEASUREMENTS,
    InventoryItem,
    Named,
    Office,
    PackageDetail,
    Product,
    Rejected,
    SetAside,
)

Item = TypeVar("Item")
Key = Hashable


class Body(msgspec.Struct, Generic[Item], frozen=True):
    """One decoded list body. ``count`` and ``total`` are None if missing or unreadable."""

    items: list[Item]
    rejected: list[Rejected]
    count: int | None
    total: int | None
    bare: bool = False
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class Decoded(msgspec.Struct, Generic[Item], frozen=True):
    """A decoded body of one item, or the reason why that is unusable; see :class:`~indicaonline.records.Page`."""

    item: Item | Rejected
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class _Envelope(msgspec.Struct):
    items: list[msgspec.Raw]
    count: Any = None
    total: Any = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_BARE = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(float_hook=exact)
# The errors of msgspec and json are ValueErrors. Both raise RecursionError for deep nesting.
_BAD = (ValueError, ArithmeticError, RecursionError)


class Shape(Generic[Item]):
    """The functions that read one kind of item and identify it within its list."""

    def __init__(
        self,
        *,
        convert: Callable[[Fields], Item],
        key: Callable[[Item], Key],
        rejected_key: Callable[[Rejected], Key | None],
        whole: Callable[[bytes], Body[Item] | None] = lambda body: None,
    ) -> None:
        self._convert = convert
        self._whole = whole
        self.key = key
        self.rejected_key = rejected_key

    def read(self, body: bytes) -> Body[Item]:
        """Decode a list body. Raises :class:`UnreadableAnswerError` for anything but a list of items."""
        # msgspec accepts U+0000 in text and PostgreSQL does not, so such a page is read item by item.
        whole = self._whole(body) if b"\\u0000" not in body else None
        if whole is not None:
            return whole
        parts, count, total, bare = _split(body)
        read: Body[Item] = Body([], [], _count(count), _count(total), bare, [], Counter())
        for part in parts:
            decoded = self._one(part)
            if isinstance(decoded.item, Rejected):
                read.rejected.append(decoded.item)
                continue
            read.items.append(decoded.item)
            read.set_aside.extend(decoded.set_aside)
            for words, times in decoded.deviations.items():
                read.deviations[words] = read.deviations.get(words, 0) + times
        return read

    def read_one(self, body: bytes) -> Decoded[Item]:
        """Decode a body of one item. Raises :class:`UnreadableAnswerError` for anything but a JSON object."""
        value = any_json(body)
        if not isinstance(value, dict):
            raise UnreadableAnswerError("The response is not a JSON object, as the guide documents it.", status=200)
        return self._one(value)

    def _one(self, part: msgspec.Raw | object) -> Decoded[Item]:
        # Kept for the ids of a rejected item.
        value: object = None
        try:
            value = any_json(bytes(part)) if isinstance(part, msgspec.Raw) else part
            if not isinstance(value, dict):
                return Decoded(_reject(part, value, "is not a JSON object"))
            fields = Fields(value)
            item = self._convert(fields)
        except (UnreadableAnswerError, *_BAD) as error:
            return Decoded(_reject(part, value, str(error) or type(error).__name__))
        return Decoded(item, fields.set_aside, Counter(fields.deviations))


def any_json(body: bytes) -> object:
    """Decode any JSON, with exact numbers. Raises :class:`UnreadableAnswerError` for anything else."""
    try:
        return _ANY.decode(body)
    except _BAD:
        return _loose(body)


def _split(body: bytes) -> tuple[list[Any], object, object, bool]:
    """Return the items, count, total, and whether the list is bare."""
    # msgspec.Raw leaves the items undecoded, so that one item of a wrong type does not fail the page. Items of
    # a page that is not strict JSON are decoded.
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
    raise UnreadableAnswerError("The response is JSON, but not a list of items, as the guide documents it.", status=200)


def _loose(body: bytes) -> object:
    """Decode JSON that is not strict: NaN, Infinity, bytes that are not UTF-8."""
    try:
        # surrogateescape keeps invalid bytes, so that only the items that contain them are rejected later. A byte order
        # mark is not allowed (RFC 8259, section 8.1), but some servers send it.
        text = body.decode("utf-8-sig", "surrogateescape")
        return json.loads(text, parse_float=_loose_number, parse_int=_loose_number, strict=False)
    except _BAD:
        excerpt = " ".join(body[:200].decode("utf-8", "replace").split())
    # Outside of the except block: the error of json holds the whole body.
    raise UnreadableAnswerError(f"The response is not JSON; it begins: {excerpt[:100]}", status=200)


def _loose_number(text: str) -> object:
    # int() refuses more than 4,300 digits. NaN is rejected later, with its item only.
    try:
        return int(text) if text.lstrip("-").isdigit() else exact(text)
    except ValueError:
        return float("nan")


def _count(value: object) -> int | None:
    # bool is a subclass of int, and the ledger stores a bigint.
    return value if type(value) is int and 0 <= value < 2**63 else None


def _reject(part: msgspec.Raw | object, value: object, reason: str) -> Rejected:
    # An item that is decoded already is encoded again, with text for values that JSON cannot represent.
    text = bytes(part).decode("utf-8", "replace") if isinstance(part, msgspec.Raw) else json.dumps(part, default=str)
    fields = value if isinstance(value, dict) else {}
    return Rejected(
        reason=reason[:500],
        body=text[:LONGEST_EXCERPT],
        product_id=an_id(fields.get("product_id")),
        office_id=an_id(fields.get("office_id")),
        item_id=an_id(fields.get("id")),
    )


class _Page(msgspec.Struct, Generic[Item]):
    items: list[Item]
    count: int | None = None
    total: int | None = None


_INVENTORY_PAGE = msgspec.json.Decoder(_Page[InventoryItem], float_hook=exact)
_PACKAGE_PAGE = msgspec.json.Decoder(_Page[PackageDetail], float_hook=exact)


def _whole(
    body: bytes, decoder: msgspec.json.Decoder[_Page[Item]], usable: Callable[[Item], bool]
) -> Body[Item] | None:
    """Decode the page at once; None if any item has to be checked alone."""
    try:
        page = decoder.decode(body)
    except _BAD:
        return None
    return Body(page.items, [], _count(page.count), _count(page.total)) if all(map(usable, page.items)) else None


def _whole_inventory(body: bytes) -> Body[InventoryItem] | None:
    page = _whole(body, _INVENTORY_PAGE, is_usable)
    if page is None:
        return None
    # Blank text, which is no unit, is among the unknown ones.
    unknown = [item.measurement for item in page.items if item.measurement not in KNOWN_MEASUREMENTS]
    if not all(map(str.strip, unknown)):
        return None
    deviations = {f"measurement: {UNKNOWN_MEASUREMENT}": len(unknown)} if unknown else {}
    return msgspec.structs.replace(page, deviations=deviations)


def _whole_packages(body: bytes) -> Body[PackageDetail] | None:
    return _whole(body, _PACKAGE_PAGE, is_usable_package)


def _inventory_key(entry: InventoryItem | Rejected) -> Key | None:
    if entry.product_id is None or entry.office_id is None:
        return None
    return entry.product_id, entry.office_id


def _by_id(
    convert: Callable[[Fields], Item], whole: Callable[[bytes], Body[Item] | None] = lambda body: None
) -> Shape[Item]:
    return Shape(
        convert=convert,
        whole=whole,
        key=lambda item: getattr(item, "id"),  # noqa: B009 - every kind here has one, which no type says
        rejected_key=lambda entry: entry.item_id,
    )


@cache
def packages(zone: dt.tzinfo) -> Shape[PackageDetail]:
    """Return the shape of packages. ``zone`` is the time zone of dates that the API sends as instants."""
    return _by_id(lambda fields: items.package_detail(fields, zone), _whole_packages)


INVENTORY: Shape[InventoryItem] = Shape(
    convert=items.inventory_item, key=_inventory_key, rejected_key=_inventory_key, whole=_whole_inventory
)
OFFICES: Shape[Office] = _by_id(items.office)
PRODUCTS: Shape[Product] = _by_id(items.product)
NAMES: Shape[Named] = _by_id(items.named)
NAME_LISTS: dict[type, Shape[Any]] = {Office: OFFICES, Product: PRODUCTS, Named: NAMES}
"""The shape of a reference list, by the kind of its records."""
