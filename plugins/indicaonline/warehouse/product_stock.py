"""Queries about one product in all offices: the stock that a pull returned, and the products of a name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all, read_sql


class OfficeStock(msgspec.Struct, frozen=True):
    """The stock of a product in an office as a pull returned it, in ``measurement``.

    ``package_count`` is None where the API did not provide the packages.
    """

    office_id: int
    office_name: str | None
    measurement: str
    quantity: Decimal
    package_count: int | None
    observed_at: dt.datetime


class NamedProduct(msgspec.Struct, frozen=True):
    """A product and its name."""

    product_id: int
    name: str


def staged_stock(connection: Connection, read: int, product_id: int) -> list[OfficeStock]:
    """Return what a read of an open load lists of a product, by office; the load has to be applied afterwards."""
    parameters = {"read": read, "product_id": product_id}
    return fetch_all(connection, OfficeStock, "product_stock/select_staged", parameters)


def products_named(connection: Connection, fragment: str, limit: int) -> list[NamedProduct]:
    """Return at most ``limit`` products whose name contains a text; a name that equals it comes first."""
    parameters = {"fragment": fragment, "most": limit}
    return fetch_all(connection, NamedProduct, "product_stock/find_products", parameters)


def product_name(connection: Connection, product_id: int) -> str | None:
    """Return the name of a product; None where the catalogue does not list it."""
    row = connection.execute(read_sql("product_stock/select_name"), {"product_id": product_id}).fetchone()
    return row[0] if row else None
