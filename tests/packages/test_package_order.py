"""Package fetches may be late-arriving, out of order and in any batches: the versions are those of the model."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st
from package_model import lab_versions, versions
from psycopg.rows import dict_row

from indicaonline.errors import RetriableError
from indicaonline.records import LabResult, Outcome, PackageDetail, Page
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.package_staging import PackageFetch
from indicaonline.warehouse.packages import Derived, load_fetches

START = dt.datetime(2025, 3, 8, 20, tzinfo=dt.UTC)
PACKAGES = (91, 92, 2**63 - 1)
ATTRIBUTES_OF_OTHER_VERSIONS = """
    SELECT a.package_id, a.valid_from
    FROM inventory.package_attributes AS a
    LEFT JOIN inventory.package_state AS b ON a.package_id = b.package_id AND a.valid_from = b.valid_from
    WHERE b.attributes_from IS DISTINCT FROM a.valid_from
    UNION ALL
    SELECT s.package_id, s.valid_from
    FROM inventory.package_state AS s
    INNER JOIN inventory.package_attributes AS a ON s.package_id = a.package_id
    WHERE a.valid_from <= s.valid_from
    GROUP BY s.package_id, s.valid_from
    HAVING s.attributes_from <> max(a.valid_from)
"""
"""Attributes that begin no version, and versions without the latest attributes until then: marts rely on neither."""
ANALYTES = [(1, 1), (1, None), (2, 1), (2**63 - 1, -7)]

quantities = st.sampled_from([None, {}, {"unit": None}, {"gram": Decimal("2.50")}, {"gram": Decimal("2.5")},
                              {"gram": Decimal(0)}, {"gram": Decimal(1), "ounce": Decimal("0.0353")}])  # fmt: skip
results = st.lists(st.sampled_from(ANALYTES), unique=True, max_size=3).flatmap(
    lambda analytes: st.tuples(
        *(
            st.builds(
                LabResult,
                st.just(analyte),
                st.just(code),
                st.sampled_from([None, Decimal(0), Decimal("19.85")]),
                st.sampled_from([{}, {}, {"method": "HPLC"}]),
            )
            for analyte, code in analytes
        )
    ).map(list)
)


@st.composite
def details(draw: st.DrawFn, package_id: int) -> PackageDetail:
    """The possible contents of an answer about a package."""
    return PackageDetail(
        id=package_id,
        vendor=draw(st.sampled_from(["Harbor Farms", "Tab\tand\nline \\N", None])),
        batch_id="BCH-2025-1347",
        uid=draw(st.sampled_from([None, "1A40003000027E2000000151"])),
        available_in_office=draw(st.sampled_from([None, [], [101], [102, 101]])),
        best_by=draw(st.sampled_from([None, dt.date(2026, 6, 10)])),
        measurement="weight",
        checked_in_quantity={"gram": 28},
        available_quantity=draw(quantities),
        tested_date=draw(st.sampled_from([None, dt.date(2025, 6, 20)])),
        lab_results=draw(st.none() | results),
        unknown=draw(st.sampled_from([{}, {}, {"room": {"shelf": Decimal("2.10")}}])),
    )


@st.composite
def fetches(draw: st.DrawFn, pull_id: int) -> PackageFetch:
    """A product's list over one or two pages, or one package by its id, there or gone or not answered."""
    product = draw(st.sampled_from([1, 2]))
    at = START + dt.timedelta(seconds=draw(st.integers(0, 6)))
    if draw(st.booleans()):
        package = draw(st.sampled_from(PACKAGES))
        request = PullRequest(kind="package", started_at=START, product_id=product, package_id=package)
        kind = draw(st.sampled_from(["there", "there", "gone", "failed"]))
        if kind == "failed":
            failed = Outcome(False, 0, 1, None, None, None, "an outage", RetriableError("an outage"))
            return PackageFetch(pull_id, request, failed, [])
        pages = [Page(1, 1, at, [draw(details(package))], [])] if kind == "there" else []
        return PackageFetch(pull_id, request, Outcome(True, 1, 1, 1, at, at), pages, is_gone=kind == "gone")
    request = PullRequest(kind="packages", started_at=START, product_id=product)
    complete = draw(st.booleans())
    pages = []
    for number in range(1, draw(st.integers(1, 2)) + 1):
        listed = draw(st.lists(st.sampled_from(PACKAGES), unique=True, max_size=2))
        pages.append(Page(1, number, at, [draw(details(package)) for package in listed], []))
        at += dt.timedelta(seconds=draw(st.integers(0, 1)))
    first, last = pages[0].observed_at, pages[-1].observed_at
    return PackageFetch(
        pull_id, request, Outcome(complete, 1, 1, None, first, last, None if complete else "moved"), pages
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[PackageFetch], list[list[PackageFetch]]]:
    """Fetches in the order of time, and the batches in which they are loaded."""
    history = [draw(fetches(number)) for number in range(1, draw(st.integers(1, 7)) + 1)]
    waiting = draw(st.permutations(history))
    batches = []
    while waiting:
        size = draw(st.integers(1, len(waiting)))
        batches.append(waiting[:size])
        waiting = waiting[size:]
    return history, batches


@given(histories())
def test_versions_do_not_depend_on_the_order_of_landing(
    warehouse_dsn: str, made: tuple[list[PackageFetch], list[list[PackageFetch]]]
) -> None:
    history, batches = made
    with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
        names = ("package_state", "package_attributes", "lab_panel", "package_presence")
        tables = ", ".join(f"inventory.{name}" for name in names)
        connection.execute(f"TRUNCATE ops.pull, ops.quarantine, ops.package_refresh_queue, {tables} CASCADE".encode())
        total = Derived()
        for batch in batches:
            total += load_fetches(connection, batch)
        for package in PACKAGES:
            assert _states(connection, package) == versions(history, package)
            assert _results(connection, package) == lab_versions(history, package)
        assert connection.execute(ATTRIBUTES_OF_OTHER_VERSIONS).fetchall() == []
        for batch in batches:  # a repetition cannot happen, because a pull lands once; the same words can come again
            again = [_again(fetch) for fetch in batch]
            load_fetches(connection, again)
        for package in PACKAGES:
            assert [row["state"] for row in _states(connection, package)] == [
                row["state"] for row in versions(history, package)
            ]


def _again(fetch: PackageFetch) -> PackageFetch:
    return PackageFetch(fetch.pull_id + 100, fetch.request, fetch.outcome, fetch.pages, is_gone=fetch.is_gone)


def _states(connection: psycopg.Connection[Any], package_id: int) -> list[dict[str, Any]]:
    query = """
        SELECT v.*, s.*, s.attributes_from IS NULL AS is_gone, v.available
        FROM inventory.package_state AS s
        LEFT JOIN inventory.package_version AS v ON s.package_id = v.package_id AND s.valid_from = v.valid_from
        WHERE s.package_id = %s ORDER BY s.valid_from
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query.encode(), [package_id]).fetchall()
    return [
        {name: row[name] for name in ("valid_from", "valid_to", "observed_at")} | {"state": _state(row)} for row in rows
    ]


def _state(row: dict[str, Any]) -> tuple[Any, ...] | str:
    if row["is_gone"]:
        return "gone"
    offices = row["available_in_office"]
    return (
        row["product_id"], row["uid"], row["vendor"], row["batch_id"], row["best_by"], row["tested_date"],
        None if offices is None else tuple(offices), row["measurement"],
        row["checked_in_quantity"], row["checked_in_unit"], _exact(row["checked_in"]),
        row["available_quantity"], row["available_unit"], _exact(row["available"]),
        str(_decimals(row["unknown"])),
    )  # fmt: skip


def _exact(quantities: dict[str, Any] | None) -> frozenset[tuple[str, Decimal | None]] | None:
    if quantities is None:
        return None
    return frozenset((unit, None if value is None else Decimal(str(value))) for unit, value in quantities.items())


def _decimals(value: Any) -> Any:
    return {"room": {"shelf": Decimal("2.10")}} if value == {"room": {"shelf": 2.1}} else value


def _results(connection: psycopg.Connection[Any], package_id: int) -> list[dict[str, Any]]:
    query = """
        SELECT * FROM inventory.lab_version WHERE package_id = %s
        ORDER BY analyte_id, measurement_code IS NULL, measurement_code, valid_from
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query.encode(), [package_id]).fetchall()
    columns = ("potency", "tested_date", "product_id", "uid", "vendor", "batch_id", "unknown")
    return [
        {name: row[name] for name in ("valid_from", "valid_to", "event")}
        | {"analyte": (row["analyte_id"], row["measurement_code"]), "result": tuple(row[name] for name in columns)}
        for row in rows
    ]
