"""Rows as JSON, and as a page to print."""

from __future__ import annotations

import datetime as dt
import html
from decimal import Decimal
from typing import Any

import msgspec

from indicaonline.csv_cells import cell_text
from indicaonline.warehouse.analyst import Rows

# Numbers in JavaScript are doubles: a larger integer would lose digits, so it is sent as text.
EXACT = 2**53


def as_json(rows: Rows) -> bytes:
    """Return ``{"columns": [...], "rows": [[...]], "more": ...}``. Decimals are text with all digits; times are UTC."""
    cells = [[_json_cell(cell) for cell in row] for row in rows.rows]
    return msgspec.json.encode({"columns": rows.columns, "rows": cells, "more": rows.more})


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, int) and abs(cell) > EXACT:
        return str(cell)
    return cell.total_seconds() if isinstance(cell, dt.timedelta) else cell


def as_page(title: str, rows: Rows, style: str) -> str:
    """Return an HTML page with the rows as a table, for paper."""
    head = "".join(f"<th>{html.escape(column.replace('_', ' '))}</th>" for column in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell_text(cell))}</td>" for cell in row) + "</tr>" for row in rows.rows
    )
    note = "<p>There are more rows than this page holds: take the CSV.</p>" if rows.more else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<link rel="stylesheet" href="{html.escape(style)}"><h1>{html.escape(title)}</h1>{note}'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></html>"
    )
