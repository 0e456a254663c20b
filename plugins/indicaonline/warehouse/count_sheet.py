"""Statements about counted stock: the list of an office, and the comparison of a count with the stock of its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, read_sql


class SheetLine(msgspec.Struct, frozen=True):
    """A product in stock, or one package of it, to be counted in ``measurement``."""

    product_id: int
    product_name: str | None
    category: str | None
    package_id: int | None
    uid: str | None
    measurement: str


class Counted(msgspec.Struct, frozen=True):
    """A quantity that a person counted, of a product or of one package of it."""

    product_id: int
    package_id: int | None
    quantity: Decimal
    counted_at: dt.datetime


class Comparison(msgspec.Struct, frozen=True):
    """A counted quantity beside the one of the warehouse at that time.

    ``status`` is ``matches``, ``differs``, ``not_counted`` (in stock, but not on the sheet) or ``not_in_books``
    (counted, but never seen in the office by then). ``observed_at`` is when that stock of the product was last seen.
    """

    status: str
    product_id: int
    product_name: str | None
    package_id: int | None
    measurement: str | None
    expected: Decimal | None
    counted: Decimal | None
    difference: Decimal | None
    counted_at: dt.datetime
    observed_at: dt.datetime | None


def knows_office(connection: Connection, office_id: int) -> bool:
    """Return True if the warehouse knows an office."""
    row = connection.execute(read_sql("count_sheet/has_office"), {"office_id": office_id}).fetchone()
    return row is not None and bool(row[0])


def sheet_lines(connection: Connection, office_id: int, *, by_package: bool) -> list[SheetLine]:
    """Return the products in stock in an office, by category and name, or their packages."""
    parameters = {"office_id": office_id, "by_package": by_package}
    return fetch_all(connection, SheetLine, "count_sheet/select_sheet", parameters)


def compare_counted(
    connection: Connection, office_id: int, at: dt.datetime, counted: Sequence[Counted]
) -> list[Comparison]:
    """Compare a count with the stock of an office as of the time of each row; ``at`` is that of the whole count."""
    parameters = {
        "office_id": office_id,
        "at": at,
        "product_ids": [row.product_id for row in counted],
        "package_ids": [row.package_id for row in counted],
        "quantities": [row.quantity for row in counted],
        "instants": [row.counted_at for row in counted],
    }
    return fetch_all(connection, Comparison, "count_sheet/compare", parameters)
