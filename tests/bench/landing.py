"""What PostgreSQL alone does with package details: seconds, WAL and disk of answers that are landed without a network.

10,000 packages with 13 lab results each arrive, then their quantities change several times, then nothing changes, then
all lab results do. The disk is that after a VACUUM, which autovacuum would do in time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from decimal import Decimal

import psycopg

from indicaonline.records import LabResult, Outcome, PackageDetail, Page, RawResponse
from indicaonline.settings import Settings
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.migrate import migrate
from indicaonline.warehouse.package_staging import PackageFetch
from indicaonline.warehouse.packages import load_fetches
from servers.postgres import Server

LISTS = 5000
PACKAGES_EACH = 2
RESULTS = 13
AT_ONCE = 100
CHANGES = 8
START = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
SIZE = """
    SELECT sum(pg_total_relation_size(oid))
    FROM pg_class
    WHERE relkind = 'r' AND relname IN ('package_state', 'package_attributes', 'lab_panel')
"""


def compare(server: Server, _: argparse.Namespace) -> None:
    """Land each kind of change once, quantities several times, and print what it took."""
    dsn = server.create_database("bench_landing")
    try:
        migrate(lambda: psycopg.connect(dsn), Settings())
        with psycopg.connect(dsn) as connection:
            _measure(connection)
    finally:
        server.drop_database("bench_landing")


def _measure(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    print(f"\n{LISTS:,} lists x {PACKAGES_EACH} packages x {RESULTS} lab results, landed {AT_ONCE} lists at a time.\n")
    print(f"{'':22}{'seconds':>9}{'WAL MB':>8}{'bytes a package on disk':>26}")
    # How often each package was used, and its results corrected, by then.
    turns = {"arrival": (0, 0)}
    turns |= {f"quantity, {number}": (number, 0) for number in range(1, CHANGES + 1)}
    turns |= {"nothing": (CHANGES, 0), "lab results": (CHANGES, 1)}
    size = _size(connection)
    for number, (name, (used, corrected)) in enumerate(turns.items()):
        fetches = _fetches(number, used, corrected)
        wal, began = _wal(connection), time.perf_counter()
        for start in range(0, LISTS, AT_ONCE):
            load_fetches(connection, fetches[start : start + AT_ONCE])
        seconds, wal = time.perf_counter() - began, _wal(connection) - wal
        before, size = size, _size(connection)
        grown = (size - before) / LISTS / PACKAGES_EACH
        print(f"{name:22}{seconds:9.2f}{wal / 1e6:8.1f}{grown:26,.0f}")


def _size(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    connection.autocommit = True
    for table in ("package_state", "package_attributes", "lab_panel"):
        connection.execute(f"VACUUM ANALYZE inventory.{table}".encode())
    row = connection.execute(SIZE).fetchone()
    connection.autocommit = False
    assert row is not None
    return int(str(row[0]))


def _wal(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    connection.commit()
    assert row is not None
    return int(str(row[0]))


def _fetches(number: int, used: int, corrected: int) -> list[PackageFetch]:
    """Answers of an hour in which every package has been used so often, and its results corrected so often."""
    at = START + dt.timedelta(hours=number)
    fetches = []
    for product in range(LISTS):
        packages = [_package(product, place, used, corrected) for place in range(PACKAGES_EACH)]
        pull_id = number * LISTS + product + 1
        request = PullRequest(kind="packages", started_at=at, product_id=product)
        outcome = Outcome(complete=True, read=1, reads=1, total=PACKAGES_EACH, first_page_at=at, last_page_at=at)
        response = RawResponse(
            read=1, page=1, requested_at=at, observed_at=at, server_dated=True, path=f"products/{product}/packages",
            parameters={}, status=200, body=b'{"data": []}',
        )  # fmt: skip
        fetches.append(PackageFetch(pull_id, request, outcome, [Page(1, 1, at, packages, [])], [response]))
    return fetches


def _package(product: int, place: int, used: int, corrected: int) -> PackageDetail:
    package_id = 10_000_000_000 + product * 10 + place
    return PackageDetail(
        id=package_id,
        vendor=f"Vendor {product % 60}",
        source_uid=f"1A4060301{package_id:015}",
        batch_id=f"BCH-2025-{product % 5000}",
        harvest_production_date=dt.date(2025, 1, 1),
        uid=f"1A4060300{package_id:015}",
        checked_in_to=101,
        check_in_date=dt.date(2025, 2, 1),
        available_in_office=[101],
        packaged_date=dt.date(2025, 1, 5),
        best_by=dt.date(2025, 12, 1),
        measurement="weight",
        checked_in_quantity={"gram": Decimal("28.5")},
        available_quantity={"gram": Decimal("28.5") - used},
        tested_date=dt.date(2025, 1, 20),
        lab_results=[
            LabResult(id=701 + analyte, measurement=1, potency=Decimal(f"{analyte + corrected}.{product % 100:02}"))
            for analyte in range(RESULTS)
        ],
    )
