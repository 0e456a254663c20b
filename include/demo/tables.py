"""Results of queries as tables of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

import psycopg


def query_table(dsn: str, query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> str:
    """Return the rows of a query as a table with its column names; empty text if there are none."""
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(query.encode(), parameters)
        head = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
    return text_table(head, rows) if rows else ""


def text_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as text, with columns as wide as their widest value and numbers aligned to the right."""
    cells = [list(head), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    right = [isinstance(value, int | float | Decimal) for value in rows[0]] if rows else [False] * len(head)
    lines = [
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join(f"  {line}" for line in [lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
