"""Pulls one product in all offices at this moment, for ``product_stock`` and the command line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import NotFoundError, SettingError, one_line
from indicaonline.jobs.inventory import finish, land
from indicaonline.records import Outcome
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.product_stock import (
    NamedProduct,
    OfficeStock,
    product_name,
    products_named,
    staged_stock,
)
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

# An account has tens of offices. The bound is for XCom, where megabytes would block a task's heartbeats.
OFFICES_SHOWN = 500
PRODUCTS_SHOWN = 10
NO_ABSENCE = "An office without a row did not list the product, which proves no absence."


class ProductStock(msgspec.Struct, frozen=True):
    """The stock of a product in each office that lists it, at the time of the pull, and the result of the load.

    ``offices`` are the first 500 of ``office_count``. ``product_name`` is None where the catalogue does not list it.
    """

    product_id: int
    product_name: str | None
    pull: LoadResult
    office_count: int
    offices: list[OfficeStock]


async def pull_product(
    open_client: Callable[[], IndicaOnlineClient], connect: Connect, settings: Settings, product_id: int
) -> ProductStock:
    """Pull the stock of one product in all offices, land it and apply it like any other pull; returns what it lists.

    Absence is not inferred, so no office can be emptied, and the circuit breaker does not apply. Raises
    :class:`~indicaonline.errors.NotFoundError` for a product that the API does not know,
    :class:`~indicaonline.errors.RetriableError` where the pull is incomplete, and the error that stopped it. Rows
    received until then are stored.
    """
    with ExitStack() as stack:
        connection = await asyncio.to_thread(stack.enter_context, warehouse(connect, settings))
        request = PullRequest(kind="product", started_at=now(), product_id=product_id)
        load = await asyncio.to_thread(stack.enter_context, Load(connection, request))
        async with open_client() as client:
            outcome = await land(client.product_inventory(product_id), load)
        if not outcome.complete:
            await finish(load, _explained(outcome, product_id), f"product {product_id}")
        # Before the load is applied, which ends with a commit that empties the staging tables.
        name, offices = await asyncio.to_thread(_read, connection, outcome, product_id)
        result = await asyncio.to_thread(load.apply, outcome)
    log.info("Pull %s of product %s: %s offices, %s changes.", result.pull_id, product_id, len(offices), result.changes)
    return ProductStock(product_id, name, result, len(offices), offices[:OFFICES_SHOWN])


def find_product(connect: Connect, settings: Settings, text: str) -> int:
    """Return the id of the only product whose name contains a text, or whose name it is.

    Raises :class:`~indicaonline.errors.SettingError`, one line, where there is none, or with the candidates where there
    are several.
    """
    with warehouse(connect, settings) as connection:
        found = products_named(connection, text, PRODUCTS_SHOWN + 1)
    exact = [product for product in found if product.name.lower() == text.lower()]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0].product_id
    if not found:
        raise SettingError(
            f"The catalogue in the warehouse has no product whose name contains '{text}': use its id, or run"
            " reference_data_daily if it is new."
        )
    raise SettingError(f"'{text}' is part of several names: {_candidates(found)}. Use an id.")


def stock_lines(stock: ProductStock) -> list[str]:
    """Return the stock of a product as a table, its totals by measurement, and the number of its pull."""
    rows = [("office", "quantity", "measurement", "packages", "observed at")]
    rows += [
        (
            f"{office.office_id} {one_line(office.office_name or '')}".strip(),
            f"{office.quantity:f}",
            one_line(office.measurement),
            "" if office.package_count is None else str(office.package_count),
            f"{office.observed_at:%Y-%m-%dT%H:%M:%SZ}",
        )
        for office in stock.offices
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    # Weight and units are never added together.
    totals: dict[str, Decimal] = {}
    for office in stock.offices:
        totals[office.measurement] = totals.get(office.measurement, Decimal(0)) + office.quantity
    summed = ", ".join(f"{quantity:f} {one_line(measurement)}" for measurement, quantity in totals.items())
    name = f" ({one_line(stock.product_name)})" if stock.product_name else ""
    return [
        f"Product {stock.product_id}{name}: {f'{summed} in {stock.office_count} offices' if summed else 'no office'}.",
        *(table if stock.offices else []),
        NO_ABSENCE,
        f"Stored as pull {stock.pull.pull_id}: {stock.pull.changes} changes.",
    ]


def _candidates(found: Sequence[NamedProduct]) -> str:
    shown = [f"{product.product_id} ({product.name})" for product in found[:PRODUCTS_SHOWN]]
    return ", ".join(shown) + (", and more" if len(found) > PRODUCTS_SHOWN else "")


def _read(connection: Connection, outcome: Outcome, product_id: int) -> tuple[str | None, list[OfficeStock]]:
    return product_name(connection, product_id), staged_stock(connection, outcome.read, product_id)


def _explained(outcome: Outcome, product_id: int) -> Outcome:
    """Return the outcome, its error in the words of the question where the API does not know the product."""
    # 404 alone: the message of a 400 says already that the id is rejected.
    if not isinstance(outcome.error, NotFoundError):
        return outcome
    error = NotFoundError(f"The API knows no product {product_id}: {outcome.error}", status=outcome.error.status)
    return msgspec.structs.replace(outcome, problem=str(error), error=error)
