"""The SQL files of ``include/sql``, one purpose a file, and their rows as structs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.rows import class_row

ROOT = Path(__file__).resolve().parents[3] / "include" / "sql"

Connection: TypeAlias = psycopg.Connection[Any]
Row = TypeVar("Row")


@functools.cache
def read_sql(name: str) -> str:
    """The text of ``include/sql/<name>.sql``, comments included."""
    return (ROOT / f"{name}.sql").read_text(encoding="utf-8")


def fetch_all(
    connection: Connection, kind: type[Row], name: str, parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    """Execute ``include/sql/<name>.sql``; returns its rows, whose columns are the fields of ``kind``."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(read_sql(name), parameters).fetchall()


def fetch_one(connection: Connection, kind: type[Row], name: str, parameters: Mapping[str, Any] | None = None) -> Row:
    """:func:`fetch_all`, for a statement that always returns one row."""
    # Unpacking, and not fetchone(): a statement that returns two rows is a bug that should not pass unnoticed.
    (row,) = fetch_all(connection, kind, name, parameters)
    return row
