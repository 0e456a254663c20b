"""Parser of an export of active packages from Metrc.

Columns are in any order and have several names. :mod:`indicaonline.metrc.tables` reads the file. Messages never repeat
values of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import takewhile
from typing import NamedTuple

from indicaonline.errors import SettingError
from indicaonline.metrc.tables import Table, open_tables
from indicaonline.records import BIGGEST_QUANTITY, MetrcBadRow, MetrcRow

HEADERS = {
    "tag": ("Tag", "Package Tag", "Package Label", "Label"),
    "item": ("Item", "Item Name", "Product Name"),
    "quantity": ("Quantity", "Qty"),
    "unit": ("Unit of Measure", "Unit of Measure Name", "Unit of Measure Abbreviation", "UoM", "Unit"),
    "license": ("Facility License Number", "Facility License", "License Number", "License"),
}
"""The columns and their names, in order of preference. Capitals, spaces and punctuation are ignored."""

NEEDED = ("tag", "quantity")
# Metrc's reports begin with a title, the facility and the time.
HEADER_LINES = 50
"""First lines of the file among which the header is searched."""
LONGEST_TEXT = 300

_TAG = re.compile(r"[0-9A-Za-z]{24}")
# Exports write a tag as a formula, ="1A4...", to keep spreadsheet programs from converting it to a number.
_FORMULA = re.compile(r'=\s*"(.*)"', re.S)
# A comma only separates thousands. 12,5 is ambiguous, and rejected.
_DIGITS = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[Ee][+-]?[0-9]{1,2})?"
# In accounting, parentheses mark a negative number.
_QUANTITY = re.compile(rf"(?:([+-]?{_DIGITS})|\(({_DIGITS})\))(?:\s*([^\s0-9.,()+-][^0-9]*))?")


class Header(NamedTuple):
    """The header: its table, its line, the index of each column, and the number of cells."""

    table: Table
    line: int
    columns: dict[str, int]
    width: int


def read_export(blocks: Iterable[bytes]) -> Iterator[MetrcRow | MetrcBadRow]:
    """Yield the rows of an export, in order, without empty ones. Lines count from 1, including lines inside quotes.

    Raises :class:`~indicaonline.errors.SettingError` for a missing column or an unreadable workbook.
    """
    # A tag that comes twice is found in the database, because this streams.
    with open_tables(blocks) as tables:
        header = _header(tables)
        for line, cells in header.table.records():
            if line <= header.line:
                continue
            if cells is None:
                yield MetrcBadRow(line, "A quote is not closed, or in the wrong place, or a cell is too long.")
            elif any(cell.strip() for cell in cells):
                yield _row(line, _fitted(cells, header), header)


def quantity_of(text: str) -> tuple[Decimal, str] | None:
    """Return the number and the unit (or an empty text) in a text such as ``1,234.5 g``; None if it is no number."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return None
    number = Decimal((match[1] or f"-{match[2]}").replace(",", ""))
    if abs(number) > BIGGEST_QUANTITY:
        return None
    # Without an exponent, so that 1E+3 and 1000 are written alike.
    return Decimal(f"{number:f}"), match[3] or ""


def _header(tables: Iterable[Table]) -> Header:
    """Return the first row that names the most required columns, then the most columns."""
    # All ways to split a CSV are tried, so a title with a comma or semicolon does not decide.
    best, most = None, (0, 0)
    for table in tables:
        for line, cells in takewhile(lambda record: record[0] <= HEADER_LINES, table.records()):
            columns = _columns(cells or [])
            named = (len(columns.keys() & NEEDED), len(columns))
            if named > most:
                best, most = Header(table, line, columns, len(cells or [])), named
    missing = [" or ".join(HEADERS[field][:2]) for field in NEEDED if best is None or field not in best.columns]
    if best is None or missing:
        raise SettingError(
            f"The export has no column {', and none '.join(missing)}: one of its first {HEADER_LINES} lines must name"
            " the columns."
        )
    return best


def _columns(cells: list[str]) -> dict[str, int]:
    # The first column of a name counts.
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        places.setdefault(_letters(cell), place)
    return {
        field: next(places[_letters(name)] for name in names if _letters(name) in places)
        for field, names in HEADERS.items()
        if any(_letters(name) in places for name in names)
    }


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _fitted(cells: list[str], header: Header) -> list[str]:
    """Return the cells of a row; for a sheet, with the width of the header unless cells beyond it are filled."""
    # A row of a CSV with fewer cells was truncated, and is rejected.
    if not header.table.is_sheet:
        return cells
    filled = max(place for place, cell in enumerate(cells, 1) if cell.strip())
    return cells[: max(filled, header.width)] + [""] * (header.width - len(cells))


def _row(line: int, cells: list[str], header: Header) -> MetrcRow | MetrcBadRow:
    if len(cells) != header.width:
        return MetrcBadRow(line, f"The row has {len(cells)} cells, the header has {header.width}.")
    text = {field: _storable(cells[place]) for field, place in header.columns.items()}
    if not text["tag"]:
        return MetrcBadRow(line, "The tag is missing.")
    if not _TAG.fullmatch(text["tag"]):
        return MetrcBadRow(line, "The tag is not 24 letters and digits.")
    tag = text["tag"].upper()
    quantity = quantity_of(text["quantity"])
    if quantity is None:
        return MetrcBadRow(line, "The quantity is not a number.", tag)
    # The column of units takes precedence over a unit in the quantity.
    unit = text.get("unit") or quantity[1]
    if not unit:
        return MetrcBadRow(line, "The quantity has no unit.", tag)
    return MetrcRow(line, tag, text.get("item") or None, quantity[0], unit, text.get("license", "").upper() or None)


def _storable(cell: str) -> str:
    """Return the text of a cell, without surrounding spaces."""
    text = cell.strip()
    if formula := _FORMULA.fullmatch(text):
        text = formula[1].replace('""', '"').strip()
    # PostgreSQL's text cannot hold U+0000.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_TEXT]
