"""Reads and executes the SQL files of ``include/sql``; returns their rows as structs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.rows import class_row

ROOT = Path(__file__).resolve().parents[1] / "sql"

Connection: TypeAlias = psycopg.Connection[Any]
Row = TypeVar("Row")


@functools.cache
def read_sql(name: str) -> str:
    """Return the text of ``include/sql/<name>.sql``, comments included."""
    # The comments are sent too, and show in pg_stat_activity and in the server's log which file a statement is from.
    return (ROOT / f"{name}.sql").read_text(encoding="utf-8")


def fetch_all(
    connection: Connection, kind: type[Row], name: str, parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    """Execute ``include/sql/<name>.sql``, and return its rows; their columns are the fields of ``kind``."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(read_sql(name), parameters).fetchall()


def fetch_one(connection: Connection, kind: type[Row], name: str, parameters: Mapping[str, Any] | None = None) -> Row:
    """Execute a statement that always returns one row, as :func:`fetch_all` does, and return that row."""
    # Unpacking, not fetchone(), so that a statement that returns two rows raises.
    (row,) = fetch_all(connection, kind, name, parameters)
    return row
