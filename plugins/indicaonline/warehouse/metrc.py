"""Compares an export from Metrc with the packages as of its time, in the warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from indicaonline.errors import SettingError
from indicaonline.records import MetrcBadRow, MetrcExport, MetrcRow
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql

MOST_BAD_ROWS = 20
"""The number of bad rows that are reported by line; ``ops.metrc_bad_row`` has all of them."""

_ROWS = "COPY staged_metrc (line, tag, item, quantity, unit, license, reason) FROM STDIN"


class Reconciliation(msgspec.Struct, frozen=True):
    """The result of a comparison, in counts; times in UTC. ``differences`` counts tags by kind.

    ``office_ids`` are the offices whose packages the export should have; None means all.
    """

    reconciliation_id: int
    reconciled_at: dt.datetime
    exported_at: dt.datetime
    row_count: int
    bad_row_count: int
    matched: int
    licenses: list[str]
    unknown_licenses: list[str]
    office_ids: list[int] | None
    differences: dict[str, int] = {}
    bad_rows: list[str] = []
    """Line and reason of the first bad rows."""


def reconcile(connection: Connection, export: MetrcExport, rows: Iterable[MetrcRow | MetrcBadRow]) -> Reconciliation:
    """Compare the rows of an export with the packages as of its time; replaces an earlier comparison of the export.

    Commits. Raises :class:`~indicaonline.errors.SettingError`, and stores nothing, where no
    package had been fetched by then, or where no row of the export can be used though it has some.
    """
    with connection.transaction():
        _check_known(connection, export.exported_at)
        bad_rows = _stage(connection, rows, export.license)
        parameters = msgspec.structs.asdict(export)
        connection.execute(read_sql("metrc/delete_same"), parameters)
        row = connection.execute(read_sql("metrc/insert_reconciliation"), parameters).fetchone()
        assert row is not None, "insert_reconciliation.sql always returns one row"
        key = {"reconciliation_id": row[0]}
        connection.execute(read_sql("metrc/insert_bad_rows"), key)
        connection.execute(read_sql("metrc/insert_differences"), key)
        differences = dict(connection.execute(read_sql("metrc/count_differences"), key).fetchall())
        found = fetch_one(connection, Reconciliation, "metrc/count_matched", key)
    return msgspec.structs.replace(found, differences=differences, bad_rows=bad_rows)


def _check_known(connection: Connection, exported_at: dt.datetime) -> None:
    # Against an empty history every row of an export would be a difference.
    row = connection.execute(read_sql("metrc/select_known"), {"exported_at": exported_at}).fetchone()
    if row != (True,):
        raise SettingError(
            f"No package had been fetched by {exported_at:%Y-%m-%d %H:%M:%S}Z: there is nothing to compare with."
            " Take an export that Metrc made after the first run of package_history."
        )


def _stage(connection: Connection, rows: Iterable[MetrcRow | MetrcBadRow], given: str | None) -> list[str]:
    """Copy the rows of an export to ``staged_metrc``; returns line and reason of the first bad ones.

    ``given`` is the licence of rows that name none.
    """
    connection.execute(read_sql("metrc/create_staging"))
    usable = 0
    with connection.cursor() as cursor, cursor.copy(_ROWS) as copy:
        for row in rows:
            if isinstance(row, MetrcRow):
                usable += 1
                copy.write_row((row.line, row.tag, row.item, row.quantity, row.unit, row.license or given, None))
            else:
                copy.write_row((row.line, row.tag, None, None, None, None, row.reason))
    connection.execute(read_sql("metrc/mark_repeated_tags"))
    # Autovacuum cannot see temporary tables: without this the planner assumes a default row count for the joins.
    connection.execute("ANALYZE staged_metrc")
    found = connection.execute(read_sql("metrc/select_bad_rows"), {"most": MOST_BAD_ROWS}).fetchall()
    bad_rows = [f"line {line}: {reason}" for line, reason in found]
    if bad_rows and not usable:
        raise SettingError(f"No row of the export can be used; the first one is {bad_rows[0]}")
    return bad_rows
