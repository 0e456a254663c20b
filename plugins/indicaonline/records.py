"""Typed records of the IndicaOnline Open API, and of what reading it produced.

Shared by the API side, which makes them, and the warehouse side, which stores them. All times are
zone-aware and in UTC, quantities are exact (:class:`~decimal.Decimal`, or :class:`int` where the
API sent an integer literal), ids are integers of any size that a ``bigint`` holds.

Source: the vendor's guide "Tracking inventory", and the vendor's product and office guides.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from indicaonline.errors import IndicaOnlineError

KNOWN_MEASUREMENTS = ("unit", "unit_range", "weight", "weight_range")
"""The values of ``measurement`` that the vendor's product guide names. Any other text is stored as it is."""

LONGEST_MEASUREMENT = 200
"""In characters: ``measurement`` is part of a primary key, and PostgreSQL bounds the size of an index row."""

Measurement = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_MEASUREMENT)]
Item = TypeVar("Item")

BIGGEST_ID = 2**63 - 1
"""The largest ``bigint``."""

Id = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
"""An id of the API; the bounds are checked when a body is decoded."""

if TYPE_CHECKING:
    Quantity: TypeAlias = Decimal | int
else:
    # Decoded untyped, then checked: a field declared Decimal would also take a number sent as JSON text.
    Quantity = Any


class PackageQuantity(msgspec.Struct, frozen=True, gc=False):
    """How much of one package an office holds, inside an :class:`InventoryItem`."""

    id: Id
    quantity: Quantity


class InventoryItem(msgspec.Struct, frozen=True):
    """What one office holds of one product: an item of the three inventory endpoints.

    ``packages`` is ``None`` where the API sent null or nothing: unknown, not empty. The unit of every
    quantity is ``measurement``.
    """

    product_id: Id
    office_id: Id
    measurement: Measurement
    quantity: Quantity
    packages: list[PackageQuantity] | None = None


class LabResult(msgspec.Struct, frozen=True):
    """One analyte of a package: ``id`` names it, ``measurement`` is the vendor's unit code.

    ``unknown`` keeps the fields that the guide does not name.
    """

    id: Id
    measurement: int | None
    potency: Quantity | None
    unknown: dict[str, Any] = msgspec.field(default_factory=dict)


class PackageDetail(msgspec.Struct, frozen=True):
    """Origin, dates, quantities and lab results of one package (PRO plan accounts only).

    ``checked_in_quantity`` and ``available_quantity`` map a unit's name to a number or None, exactly
    as received. ``unknown`` keeps the fields that the guide does not name. ``unread`` keeps, as received, the value of
    a field that was set aside, and of a date that came with a time.
    """

    id: Id
    vendor: str | None = None
    source_uid: str | None = None
    batch_id: str | None = None
    harvest_production_date: dt.date | None = None
    uid: str | None = None
    checked_in_to: int | None = None
    check_in_date: dt.date | None = None
    available_in_office: list[int] | None = None
    packaged_date: dt.date | None = None
    best_by: dt.date | None = None
    measurement: str | None = None
    checked_in_quantity: dict[str, Quantity | None] | None = None
    available_quantity: dict[str, Quantity | None] | None = None
    tested_date: dt.date | None = None
    lab_results: list[LabResult] | None = None
    unknown: dict[str, Any] = msgspec.field(default_factory=dict)
    unread: dict[str, Any] = msgspec.field(default_factory=dict)


class Office(msgspec.Struct, frozen=True):
    """A location, or storage, that holds stock. State licences are None where it has, or the API tells, none.

    ``unread``, here and in the records below, keeps the values of fields that were set aside.
    """

    id: Id
    name: str | None = None
    medical_state_license_number: str | None = None
    adult_use_state_license_number: str | None = None
    unread: dict[str, Any] = msgspec.field(default_factory=dict)


class Product(msgspec.Struct, frozen=True):
    """A product of the catalogue; ``brand_id`` and ``category_id`` refer to :class:`Named` lists."""

    id: Id
    name: str | None = None
    brand_id: int | None = None
    category_id: int | None = None
    strain_type_id: int | None = None
    measurement: str | None = None
    unread: dict[str, Any] = msgspec.field(default_factory=dict)


class Named(msgspec.Struct, frozen=True):
    """An id and its name: a brand, a category, or a lab-result analyte."""

    id: Id
    name: str | None = None
    unread: dict[str, Any] = msgspec.field(default_factory=dict)


class MetrcExport(msgspec.Struct, frozen=True):
    """Which export is compared, and how. ``source`` is its address without secrets, ``tolerance`` a share from 0 to 1.

    ``is_exported_at_given`` tells whether a person said when the export was made, or the file's own time is taken.
    ``license``, in capitals, is the facility's of rows that name none: Metrc's grid has it only in the file's name.
    """

    source: str
    exported_at: dt.datetime
    is_exported_at_given: bool
    tolerance: Decimal
    license: str | None = None


class MetrcRow(msgspec.Struct, frozen=True):
    """A package in an export of Metrc: its tag in capitals, what is left of it and in which unit, as Metrc names it.

    ``line`` is the line of the file where the row begins, from 1. ``license`` is that of the facility.
    """

    line: int
    tag: str
    item: str | None
    quantity: Decimal
    unit: str
    license: str | None


class MetrcBadRow(msgspec.Struct, frozen=True):
    """A row of an export that cannot be used, and why; with its tag, where that could be read."""

    line: int
    reason: str
    tag: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """One item that could not be read. With both ids it is only itself; without, its pull is incomplete."""

    reason: str
    body: str
    """The item as received, at most 2,000 characters."""
    product_id: int | None = None
    office_id: int | None = None
    item_id: int | None = None
    """The item's own id, on lists whose items have one (packages, offices, products, names)."""


class SetAside(msgspec.Struct, frozen=True):
    """One field, or one lab result, that could not be read. The rest of its item is used."""

    field: str
    """The name of the field; inside a list with the list's name before it, such as ``lab_results.potency``."""
    reason: str
    body: str
    """The field as received, beside the id of its item, as JSON of at most 2,000 characters."""
    item_id: int | None = None


class RawResponse(msgspec.Struct, frozen=True):
    """One response exactly as received (with the API key masked, should a server ever echo it)."""

    read: int
    page: int
    requested_at: dt.datetime
    observed_at: dt.datetime
    """The server's ``Date`` header, or the client's clock where there is none."""
    server_dated: bool
    path: str
    parameters: dict[str, str]
    status: int
    body: bytes


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of one read of a list. ``observed_at`` holds for every item on it.

    ``deviations`` counts, by field, values that were used although they are not as documented: a number sent as text, a
    date with a time, an unknown measurement.
    """

    read: int
    number: int
    observed_at: dt.datetime
    items: list[Item]
    rejected: list[Rejected]
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class Outcome(msgspec.Struct, frozen=True):
    """How a pull ended.

    ``read`` is the read that counts: the complete one, or else the last that saw anything; 0 when
    nothing was seen. ``first_page_at`` and ``last_page_at`` are the earliest and the latest time of its pages,
    whatever their numbers. ``problem`` says in one line why the pull is not complete. ``error`` is what
    stopped it, when something did: to be raised once the pages have landed.
    """

    complete: bool
    read: int
    reads: int
    total: int | None
    first_page_at: dt.datetime | None
    last_page_at: dt.datetime | None
    problem: str | None = None
    error: IndicaOnlineError | None = None
