"""Cells of CSV files that spreadsheets open: text of others is made harmless, and read back as it was."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

# Spreadsheets take a cell that begins with one of these for a formula, also after blanks, and also in the full-width
# forms of East Asian keyboards (OWASP, CSV Injection). Tab, CR and LF can split a cell.
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def safe_cell(value: object) -> str:
    """Return a value as the text of a cell that no spreadsheet takes for a formula; None as an empty cell.

    Numbers stay numbers, times are ISO, lists and mappings are JSON. :func:`read_cell` returns the text again.
    """
    text = _text(value)
    # An apostrophe before it makes a spreadsheet show the rest as text. Text that begins with apostrophes and then a
    # sign gets one more, so that reading can always remove one.
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def read_cell(cell: str) -> str:
    """Return the text of a cell that :func:`safe_cell` made, or that a spreadsheet wrote."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV file (RFC 4180, but lines end with LF) with a header, its cells made safe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in header])
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    # :f, because str(Decimal) may use an exponent, which people misread.
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return msgspec.json.encode(value).decode()
