"""An export of active packages from Metrc: CSV text into rows, and into what is wrong with the others.

Files come in UTF-8 or UTF-16, with commas, semicolons or tabs, their columns in any order and under several names.
Memory holds one row at a time, however long the file is. No message repeats what is in a file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal

from indicaonline.errors import SettingError
from indicaonline.records import MetrcBadRow, MetrcRow

HEADERS = {
    "tag": ("Tag", "Package Tag", "Package Label", "Label"),
    "item": ("Item", "Item Name", "Product Name"),
    "quantity": ("Quantity", "Qty"),
    "unit": ("Unit of Measure", "Unit of Measure Name", "UoM", "Unit"),
    "license": ("Facility License Number", "Facility License", "License Number", "License"),
}
"""The columns and their names, the best first. Capitals, spaces and punctuation make no difference."""

NEEDED = ("tag", "quantity")
DELIMITERS = (",", ";", "\t")
LONGEST_LINE = 100_000
"""In characters; a longer line is no row of an export."""
MOST_LINES = 20
"""Of one row: a quote that is not closed by then was not meant to be one."""
LONGEST_TEXT = 300
BIGGEST_QUANTITY = 10**15

_TAG = re.compile(r"[0-9A-Za-z]{24}")
# A comma parts thousands and nothing else: 12,5 might be two numbers, so it is none.
_NUMBER = r"[+-]?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?:\.[0-9]{0,30})?|\.[0-9]{1,30})"
_QUANTITY = re.compile(rf"({_NUMBER})(?:\s*([^\s0-9.,+-][^0-9]*))?")
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))

Columns = dict[str, int]
"""At which place of a row each column is; those that the file has."""


def read_export(file: io.BufferedReader) -> Iterator[MetrcRow | MetrcBadRow]:
    """The rows of an export, in its order. Lines count from 1, those inside quotes as well; empty rows are no rows.

    Raises :class:`~indicaonline.errors.SettingError` where the file is no text in UTF-8 or UTF-16, or lacks a column
    that is needed. It does not look whether a tag comes twice.
    """
    start = file.peek(4)
    encoding = next((name for mark, name in _ENCODINGS if start.startswith(mark)), "utf-8")
    lines = _Lines(io.TextIOWrapper(file, encoding, newline=""))
    try:
        columns, width, delimiter = _header(lines)
        for line, cells in _records(lines, delimiter):
            if isinstance(cells, str):
                yield MetrcBadRow(line, cells)
            elif any(cell.strip() for cell in cells):
                yield _row(line, cells, columns, width)
    except UnicodeError:
        raise SettingError(
            "The export is not text in UTF-8 (nor in UTF-16 with its mark): save it as CSV in UTF-8."
        ) from None


def quantity_of(text: str) -> tuple[Decimal, str] | None:
    """A number and the unit behind it (empty if there is none), as in ``1,234.5 g``; None where it is no number."""
    match = _QUANTITY.fullmatch(text.strip())
    number = Decimal(match[1].replace(",", "")) if match else None
    if match is None or number is None or abs(number) > BIGGEST_QUANTITY:
        return None
    return number, match[2] or ""


class _Lines:
    """The lines of a text and their numbers. Some that were read ahead can be given back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._given_back: list[str] = []
        self.number = 0
        """Of the line that was read last."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.pop() if self._given_back else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def give_back(self, lines: list[str]) -> None:
        """Let the lines that were read last be read again."""
        self._given_back.extend(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> str:
        """The next line, or the first part of one that is too long; empty at the end of the text."""
        line = part = self._text.readline(LONGEST_LINE)
        while len(part) == LONGEST_LINE and not part.endswith("\n"):
            part = self._text.readline(LONGEST_LINE)
        return line


class _Taken:
    """The lines that the parser takes for one row."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.lines: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None) if len(self.lines) < MOST_LINES else None
        if line is None:
            raise StopIteration
        self.lines.append(line)
        return line


def _header(lines: _Lines) -> tuple[Columns, int, str]:
    """Where the columns are, how many cells a row has, and what parts them, from the first line that is not empty."""
    first = next((line for line in lines if line.strip()), "")
    if "\0" in first:
        raise UnicodeError
    best: tuple[Columns, int, str] = ({}, 0, ",")
    for delimiter in DELIMITERS:
        cells = next(csv.reader([first[:LONGEST_LINE]], delimiter=delimiter), [])
        columns = _columns(cells)
        if len(columns) > len(best[0]):
            best = columns, len(cells), delimiter
    missing = [" or ".join(HEADERS[field][:2]) for field in NEEDED if field not in best[0]]
    if missing:
        raise SettingError(
            f"The export has no column {', and none '.join(missing)}: its first line must name the columns."
        )
    return best


def _columns(cells: list[str]) -> Columns:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        places.setdefault(_plain(cell), place)
    return {
        field: next(places[_plain(name)] for name in names if _plain(name) in places)
        for field, names in HEADERS.items()
        if any(_plain(name) in places for name in names)
    }


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Where each row begins, and its cells, or why it has none. A row that cannot be read costs its first line only."""
    while True:
        start, taken = lines.number + 1, _Taken(lines)
        problem = ""
        try:
            # Strictly: a quote in the wrong place must not glue rows together.
            cells = next(csv.reader(taken, delimiter=delimiter, strict=True), None)
        except csv.Error:
            cells, problem = [], "A quote is not closed, or in the wrong place."
        if cells is None:
            return
        if any(len(line) >= LONGEST_LINE for line in taken.lines):
            problem = "The line is too long."
        if problem:
            lines.give_back(taken.lines[1:])
        yield start, problem or cells


def _row(line: int, cells: list[str], columns: Columns, width: int) -> MetrcRow | MetrcBadRow:
    if len(cells) != width:
        return MetrcBadRow(line, f"The row has {len(cells)} cells, the first line has {width}.")
    text = {field: _storable(cells[place]) for field, place in columns.items()}
    if not text["tag"]:
        return MetrcBadRow(line, "The tag is missing.")
    if not _TAG.fullmatch(text["tag"]):
        return MetrcBadRow(line, "The tag is not 24 letters and digits.")
    tag = text["tag"].upper()
    quantity = quantity_of(text["quantity"])
    if quantity is None:
        return MetrcBadRow(line, "The quantity is not a number.", tag)
    # Where there is a column of units, it counts.
    unit = text.get("unit") or quantity[1]
    if not unit:
        return MetrcBadRow(line, "The quantity has no unit.", tag)
    return MetrcRow(line, tag, text.get("item") or None, quantity[0], unit, text.get("license", "").upper() or None)


def _storable(cell: str) -> str:
    """A cell without the spaces around it. PostgreSQL's text holds every character but the one that is all zeros."""
    return cell[:LONGEST_LINE].strip().replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_TEXT]
