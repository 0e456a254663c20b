"""Lives of a warehouse whose every statement is counted: stock, and packages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
from plan_meter import Meter

from indicaonline.records import InventoryItem, LabResult, Outcome, PackageDetail, Page, Rejected
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.package_staging import PackageFetch
from indicaonline.warehouse.packages import load_fetches
from indicaonline.warehouse.refresh_queue import PackageTask, enqueue_due, plan_fetches
from rig import Rig

DAY = dt.date(2025, 2, 28)
A_DAY = dt.timedelta(days=1)
RESULTS = 4

SetStatistics = Callable[[str], None]


def live_stock(rig: Rig, set_statistics: SetStatistics) -> None:
    """Load offices one after the other, publish, roll up, enqueue packages, load a late-arriving pull, and rebuild."""
    set_statistics("start")
    *others, last = rig.offices
    for number, office in enumerate(others):
        rig.pull(office)
        set_statistics("any" if number else "first")
    set_statistics("before the last")
    rig.pull(last)
    rig.publish(last, DAY)
    set_statistics("any")
    rig.step(days=1)
    delayed_at = rig.simulator.clock.now() - dt.timedelta(hours=2)
    rig.pull(last)
    rig.publish(last, DAY)  # what it showed has changed since
    rig.roll_up()
    with warehouse(rig.connect, rig.settings) as connection:
        enqueue_due(connection, Settings(package_sweep_age_hours=720))
        plan_fetches(connection, PackageTask(), fetches=50, batch=50)
    set_statistics("any")
    rig.rebuild(DAY)
    pull_partly(rig, last, delayed_at)
    rig.publish(last, DAY + A_DAY)
    rig.step(days=3)
    rig.publish(last, DAY + 3 * A_DAY)  # carried
    pull_partly(rig, last, rig.simulator.clock.now())
    rig.publish(last, DAY + 4 * A_DAY)  # a part of it was in quarantine
    rig.step(days=1)
    rig.publish(last, DAY + 5 * A_DAY)
    rig.roll_up()


def pull_partly(rig: Rig, office: int, at: dt.datetime) -> None:
    """A complete pull of an office in which every tenth product is rejected and every tenth is gone."""
    known = rig.query("SELECT product_id FROM inventory.stock WHERE office_id = %s ORDER BY product_id", [office])
    products = [row["product_id"] for row in known]
    items = [
        InventoryItem(product, office, "unit", Decimal(number), None)
        for number, product in enumerate(products)
        if number % 10 > 1
    ]
    rejected = [Rejected("a bad value", "{}", product, office) for n, product in enumerate(products) if n % 10 == 1]
    request = PullRequest(kind="office", started_at=at, office_id=office)
    with warehouse(rig.connect, rig.settings) as connection, Load(connection, request) as load:
        load.add([Page(1, 1, at, items, rejected)])
        outcome = Outcome(True, 1, 1, None, at, at)
        load.shrinkage(outcome)
        load.apply(outcome)


def live_packages(meter: Meter, dsn: str, products: int, set_statistics: SetStatistics) -> None:
    """Load package fetches in large batches: few at first, then all, changed, and late-arriving."""
    set_statistics("start")
    start = dt.datetime(2025, 3, 1, 9, tzinfo=dt.UTC)
    batches = [(range(100), 0, 1), (range(100, products), 1, 1), (range(products), 9, 2), (range(products), 5, 3)]
    with warehouse(lambda: meter.connect(dsn), Settings()) as connection:
        for number, (some, hours, version) in enumerate(batches):
            at = start + dt.timedelta(hours=hours)
            load_fetches(connection, [_fetch(connection, product, at, version) for product in some])
            set_statistics(("first", "before the last", "any", "any")[number])


def _fetch(connection: psycopg.Connection[Any], product: int, at: dt.datetime, version: int) -> PackageFetch:
    row = connection.execute("SELECT nextval('ops.pull_id')").fetchone()
    assert row is not None
    results = [LabResult(analyte, 1, Decimal(version)) for analyte in range(RESULTS)]
    left: dict[str, int] = {"gram": version}
    packages = [
        PackageDetail(id=product * 2 + n, vendor="Harbor Farms", available_quantity=left, lab_results=results)
        for n in range(2)
    ]
    request = PullRequest(kind="packages", started_at=at, product_id=product)
    return PackageFetch(row[0], request, Outcome(True, 1, 1, None, at, at), [Page(1, 1, at, packages, [])])


@contextmanager
def metered(rig: Rig, meter: Meter) -> Iterator[None]:
    """Count what a rig's connections execute."""
    connect = rig.connect
    rig.connect = lambda: meter.connect(rig.dsn)  # type: ignore[method-assign]
    try:
        yield
    finally:
        rig.connect = connect  # type: ignore[method-assign]
