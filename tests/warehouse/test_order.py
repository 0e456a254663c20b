"""Observations may be late-arriving and out of order: the warehouse is the same, and equal to the model."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import dict_row

from indicaonline.api.decoding import Body
from indicaonline.api.progress import Progress
from indicaonline.records import InventoryItem, Outcome, PackageQuantity, Page, Rejected
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.publish import publish_day
from model import Model, Pull

START = dt.datetime(2025, 3, 8, 20, tzinfo=dt.UTC)  # the business day that follows has 23 hours
OFFICES = (7, 8)
PRODUCTS = (1, 2, 3)
DAYS = [dt.date(2025, 3, 7) + dt.timedelta(days=passed) for passed in range(5)]
TABLES = {
    "inventory.stock_change": "office_id, product_id, observed_at",
    "inventory.package_change": "office_id, product_id, package_id, observed_at",
    "inventory.stock": "office_id, product_id",
    "inventory.daily_stock": "snapshot_date, office_id, product_id",
}

quantities = st.sampled_from([Decimal(0), Decimal(5), Decimal("2.50"), Decimal(-1)])
clocks = st.sampled_from([0, 0, 0, -1, 1, -3, 600])
packages = st.none() | st.dictionaries(st.sampled_from([91, 92]), quantities, max_size=2)


@st.composite
def items(draw: st.DrawFn, office: int) -> InventoryItem | Rejected:
    """Possible items of a product on a page."""
    product = draw(st.sampled_from(PRODUCTS))
    if draw(st.integers(0, 9)) == 0:
        return Rejected("a bad value", "{}", product, office)
    held = draw(packages)
    listed = None if held is None else [PackageQuantity(package, quantity) for package, quantity in held.items()]
    measurement = draw(st.sampled_from(["unit", "unit", "unit", "weight"]))
    return InventoryItem(product, office, measurement, draw(quantities), listed)


@st.composite
def pulls(draw: st.DrawFn) -> Pull:
    """A pull of an office, of changes or of a product, whole or not, over one to three pages of servers whose clocks
    differ.
    """
    kind = draw(st.sampled_from(["office", "office", "updated", "product"]))
    offices = (draw(st.sampled_from(OFFICES)),) if kind == "office" else OFFICES
    complete = draw(st.sampled_from([True, True, False]))
    at = START + dt.timedelta(seconds=draw(st.integers(0, 12)) * 6 * 3600 + draw(st.integers(0, 2)))
    seen: set[tuple[int, int]] = set()
    pages = []
    for _ in range(draw(st.integers(1, 3))):
        shown = []
        for office in offices:
            for item in draw(st.lists(items(office), max_size=3)):
                # A complete pull shows nothing twice; an incomplete one may, on another page.
                key = (office, item.product_id)
                if key in seen and (complete or key in {(i.office_id, i.product_id) for i in shown}):
                    continue
                seen.add(key)
                shown.append(item)
        pages.append((at + dt.timedelta(seconds=draw(clocks)), shown))
        at += dt.timedelta(seconds=draw(st.integers(0, 2)))
    return Pull(kind, offices[0] if kind == "office" else None, complete, pages)


def apply(connection: psycopg.Connection[Any], pull: Pull, pull_id: int) -> None:
    """Put a pull into the warehouse through the code that every pull goes through."""
    since = pull.first_page_at - dt.timedelta(hours=6) if pull.kind == "updated" else None
    product_id = PRODUCTS[0] if pull.kind == "product" else None
    request = PullRequest(
        kind=pull.kind, started_at=START, office_id=pull.office_id, since=since, product_id=product_id
    )
    progress = Progress(1, None)
    with Load(connection, request, pull_id) as load:
        for number, (at, shown) in enumerate(pull.pages, start=1):
            good = [item for item in shown if isinstance(item, InventoryItem)]
            load.add([Page(1, number, at, good, [item for item in shown if isinstance(item, Rejected)])])
            progress.add(number, [], Body([], [], None, None), at, 1)
        load.apply(Outcome(pull.complete, 1, 1, None, progress.first_page_at, progress.last_page_at))


def contents(connection: psycopg.Connection[Any]) -> dict[str, list[dict[str, Any]]]:
    """Every derived row, in a fixed order."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return {
            table: cursor.execute(f"SELECT * FROM {table} ORDER BY {key}".encode()).fetchall()
            for table, key in TABLES.items()
        }


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget everything."""
    connection.execute(
        "TRUNCATE inventory.stock_change, inventory.package_change, inventory.stock, inventory.page_presence,"
        " inventory.daily_stock, inventory.office, ops.pull, ops.held_back_product, ops.quarantine, ops.publication,"
        " ops.watermark"
    )
    connection.commit()


@given(history=st.lists(pulls(), min_size=1, max_size=7), data=st.data())
def test_any_order_of_loading_gives_what_the_model_says(
    warehouse_dsn: str, history: list[Pull], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(history))))
    published_early = data.draw(st.integers(0, len(history)))
    model = Model(Settings(), history)
    with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
        empty(connection)
        for step, index in enumerate(order):
            if step == published_early:
                publish_all(connection)
            apply(connection, history[index], index + 1)
        before = contents(connection)
        publish_all(connection)
        after = contents(connection)
    if published_early < len(history):
        # What was published early was published again by every load that changed what it depends on.
        early = {office for office in OFFICES if model.knows(office, [history[i] for i in order[:published_early]])}
        assert [row for row in before["inventory.daily_stock"] if row["office_id"] in early] == [
            row for row in after["inventory.daily_stock"] if row["office_id"] in early
        ]
    assert after["inventory.stock_change"] == model.stock_changes()
    assert after["inventory.package_change"] == model.package_changes()
    assert after["inventory.daily_stock"] == model.days(DAYS)


def publish_all(connection: psycopg.Connection[Any]) -> None:
    """Publish every day of every office that is known by now."""
    for (office,) in connection.execute("SELECT office_id FROM inventory.office ORDER BY 1").fetchall():
        for day in DAYS:
            publish_day(connection, office, day)
