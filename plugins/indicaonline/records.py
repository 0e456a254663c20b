"""Typed records of the IndicaOnline Open API, of pulls, and of exports from Metrc.

The API side makes them and the warehouse side stores them. Times are zone-aware and in UTC. Quantities are exact
(:class:`~decimal.Decimal`, or :class:`int` for an integer literal). Ids fit a ``bigint``.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeAlias, TypeVar

import msgspec

from indicaonline.errors import IndicaOnlineError

# Source: the vendor's product guide. Other texts are stored unchanged, because a new unit must not stop a pull.
KNOWN_MEASUREMENTS = ("unit", "unit_range", "weight", "weight_range")
"""The documented values of ``measurement``."""

# measurement is part of a primary key, and PostgreSQL refuses a B-tree row of more than 2,704 bytes.
LONGEST_MEASUREMENT = 200
"""In characters."""

Measurement = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_MEASUREMENT)]
Item = TypeVar("Item")

BIGGEST_ID = 2**63 - 1
"""The largest ``bigint``."""
BIGGEST_QUANTITY = 10**15
"""A larger quantity is an error of its source."""

Id = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_ID)]
"""An id of the API. Decoding checks the bounds."""

# Some texts are indexed, and PostgreSQL refuses a B-tree row of more than 2,704 bytes; UTF-8 has up to 4 a character.
LONGEST_TEXT = 500
"""In characters."""

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]

Ours = Annotated[dict[str, Any], msgspec.Meta(min_length=1, max_length=0)]
"""A field that the API does not have: decoding refuses any value of one with this name."""

if TYPE_CHECKING:
    Quantity: TypeAlias = Decimal | int
else:
    # Decoded untyped, then checked: msgspec also decodes JSON strings for a field declared Decimal.
    Quantity = Any


# gc=False: a pull holds hundreds of thousands of these, and a record of two numbers is never part of a cycle.
class PackageQuantity(msgspec.Struct, frozen=True, gc=False):
    """The quantity of one package in an office, inside an :class:`InventoryItem`."""

    id: Id
    quantity: Quantity


class InventoryItem(msgspec.Struct, frozen=True):
    """The stock of one product in one office: an item of the three inventory endpoints.

    The unit of every quantity is ``measurement``.
    """

    product_id: Id
    office_id: Id
    measurement: Measurement
    quantity: Quantity
    # None for null and for a missing field: unknown, which is not the empty list.
    packages: list[PackageQuantity] | None = None


# Unknown fields are forbidden, so that a body that has any is decoded field by field, which keeps them.
class LabResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of one analyte of a package. ``id`` is the analyte, ``measurement`` the vendor's unit code.

    ``unknown`` keeps the fields that the guide does not document.
    """

    id: Id
    measurement: Annotated[int, msgspec.Meta(ge=-BIGGEST_ID, le=BIGGEST_ID)] | None
    potency: Quantity | None
    unknown: Ours = msgspec.field(default_factory=dict)


class PackageDetail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Origin, dates, quantities and lab results of one package (PRO plan accounts only).

    ``checked_in_quantity`` and ``available_quantity`` map the name of a unit to a number or None. ``unknown`` keeps the
    fields that the guide does not document. ``unread`` keeps, as received, fields that were set aside, and dates that
    have a time.
    """

    id: Id
    vendor: Text | None = None
    source_uid: Text | None = None
    batch_id: Text | None = None
    harvest_production_date: dt.date | None = None
    uid: Text | None = None
    checked_in_to: Id | None = None
    check_in_date: dt.date | None = None
    available_in_office: list[Id] | None = None
    packaged_date: dt.date | None = None
    best_by: dt.date | None = None
    measurement: Text | None = None
    checked_in_quantity: dict[Text, Quantity | None] | None = None
    available_quantity: dict[Text, Quantity | None] | None = None
    tested_date: dt.date | None = None
    lab_results: list[LabResult] | None = None
    unknown: Ours = msgspec.field(default_factory=dict)
    unread: Ours = msgspec.field(default_factory=dict)


class Office(msgspec.Struct, frozen=True):
    """A location or storage that holds stock. ``unread``, also below, keeps fields that were set aside."""

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
    """The parameters of a comparison. ``source`` is the export's address without secrets, ``tolerance`` from 0 to 1."""

    source: str
    exported_at: dt.datetime
    # False if exported_at is the time at which the file was last written.
    is_exported_at_given: bool
    tolerance: Decimal
    # Of rows without a license: Metrc's grid has it only in the file's name. In capitals.
    license: str | None = None


class MetrcRow(msgspec.Struct, frozen=True):
    """A package in an export from Metrc: its tag in capitals, and its quantity in Metrc's name of the unit.

    ``line`` is the line of the file where the row begins, from 1. ``license`` is that of the facility.
    """

    line: int
    tag: str
    item: str | None
    quantity: Decimal
    unit: str
    license: str | None


class MetrcBadRow(msgspec.Struct, frozen=True):
    """An unusable row of an export, with the reason, and its tag if that is readable."""

    line: int
    reason: str
    tag: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """One unusable item."""

    reason: str
    body: str
    """The item as received, at most 2,000 characters."""
    # Without both ids the pull is incomplete, because any product may be the one that is unusable.
    product_id: int | None = None
    office_id: int | None = None
    item_id: int | None = None
    """The item's own id, on lists whose items have one (packages, offices, products, names)."""


class SetAside(msgspec.Struct, frozen=True):
    """One unusable field or lab result. The rest of its item is used."""

    field: str
    """The name of the field; inside a list with the list's name before it, such as ``lab_results.potency``."""
    reason: str
    body: str
    """The field as received, beside the id of its item, as JSON of at most 2,000 characters."""
    item_id: int | None = None


class RawResponse(msgspec.Struct, frozen=True):
    """One response as received, with the API key masked in case that a server echoes it."""

    read: int
    page: int
    requested_at: dt.datetime
    observed_at: dt.datetime
    """The server's ``Date`` header or, without one, the client's clock."""
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
    # msgspec copies an empty list or dict that is a default for each instance.
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class Outcome(msgspec.Struct, frozen=True):
    """The result of a pull.

    ``read`` is the number of the read to apply: the complete one, else the last one with a page, else 0.
    ``first_page_at`` and ``last_page_at`` are the earliest and latest times of its pages, in any order. ``problem`` is
    the reason why the pull is incomplete, in one line. ``error`` is the exception that stopped it, to be raised once
    the pages are stored.
    """

    complete: bool
    read: int
    reads: int
    total: int | None
    first_page_at: dt.datetime | None
    last_page_at: dt.datetime | None
    problem: str | None = None
    error: IndicaOnlineError | None = None
