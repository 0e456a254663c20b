"""Tables in files: CSV in its dialects, and workbooks (.xlsx).

A table is a series of records: the line on which each one begins, and its cells as text, or None for a record that
cannot be split into cells. Memory holds a few lines of a CSV; openpyxl also holds a workbook's distinct texts.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from indicaonline.errors import SettingError

DELIMITERS = (",", ";", "\t")
# A quote that is still open after so many lines is a stray character.
MOST_LINES = 20
"""Lines that one record may span."""
# Two million packages fit. A larger file is no export, and one line of it could fill the memory.
LARGEST_FILE = 512 << 20
"""In bytes, unpacked."""

Record = tuple[int, list[str] | None]
Lines = Callable[[], Iterator[str]]
"""The lines of a text with their ends, from its start at each call."""

# The first bytes of a file show its format; names of files are often wrong. An .xlsx is a ZIP archive, an .xls and an
# .xlsx with a password are OLE containers.
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
# A tag inside a cell that spans lines: an unclosed quote has joined the row of another package.
_SWALLOWED = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{24}(?![0-9A-Za-z])")


class Table(NamedTuple):
    """One way to read a file. Each call of ``records`` reads it from its start."""

    records: Callable[[], Iterator[Record]]
    # Rows of a sheet end at their last cell with a value; rows of a CSV have all their cells.
    is_sheet: bool


@contextmanager
def open_tables(blocks: Iterable[bytes]) -> Iterator[list[Table]]:
    """Yield the ways to read a file: one for each delimiter of a CSV, or for each sheet of a workbook.

    Raises :class:`~indicaonline.errors.SettingError` for a file that is too large, or an unreadable workbook.
    """
    # A local copy, because the file is read several times, and a stream from an object store may not seek.
    with TemporaryFile() as copy:
        _copy(blocks, copy)
        start = copy.read(len(_ZIP))
        if start == _OLE:
            raise SettingError(
                "The export is an old workbook (.xls), or one with a password: save it as .xlsx or CSV, without one."
            )
        if start == _ZIP:
            with _described():
                _check_unpacked(copy)
                book = openpyxl.load_workbook(copy, read_only=True, data_only=True)
            with closing(book):
                yield [Table(partial(_sheet_records, sheet), is_sheet=True) for sheet in book.worksheets]
        else:
            lines = _lines_of(copy)
            yield [Table(partial(_csv_records, lines, delimiter), is_sheet=False) for delimiter in DELIMITERS]


def _copy(blocks: Iterable[bytes], copy: IO[bytes]) -> None:
    size = 0
    for block in blocks:
        size += copy.write(block)
        _check_size(size)
    copy.seek(0)


def _check_unpacked(copy: IO[bytes]) -> None:
    """Refuse an archive that is too large when unpacked (a ZIP bomb)."""
    # The sizes in its directory suffice: zipfile reads no more of a member than the directory gives.
    with zipfile.ZipFile(copy) as archive:
        _check_size(sum(member.file_size for member in archive.infolist()))


def _check_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise SettingError(f"The export is larger than {LARGEST_FILE >> 20} MiB: export fewer facilities at a time.")


def _lines_of(copy: IO[bytes]) -> Lines:
    copy.seek(0)
    start = copy.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in start:
        # UTF-16 without a byte order mark: a header is ASCII, so every other byte is zero.
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    else:
        return partial(_byte_lines, copy)
    return partial(_wide_lines, io.TextIOWrapper(copy, encoding, errors="replace", newline=""))


def _wide_lines(text: io.TextIOWrapper) -> Iterator[str]:
    text.seek(0)
    yield from text


def _byte_lines(copy: IO[bytes]) -> Iterator[str]:
    """Yield each line, decoded as UTF-8 or else as cp1252, in which Excel saves a CSV on Windows."""
    # Line by line, so that one invalid byte does not change the accents of all other rows. Not byte by byte: an
    # accented capital before a typographic quote in cp1252 is also a valid character of UTF-8.
    copy.seek(0)
    for number, line in enumerate(copy):
        data = line.removeprefix(codecs.BOM_UTF8) if number == 0 else line
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
        # A line of bytes ends with \n; files of some programs have \r alone.
        yield from io.StringIO(text, newline="")


def _csv_records(lines: Lines, delimiter: str) -> Iterator[Record]:
    """Yield the records of a CSV. After a line that cannot be split, the next record begins on the next line."""
    text, line, ahead = lines(), 1, list[str]()
    while True:
        ahead += islice(text, MOST_LINES - len(ahead))
        if not ahead:
            return
        # A reader for each record, because csv.reader does not return the lines that it read before an error. Strict,
        # because otherwise a quote in the wrong place joins this row and the following ones without an error.
        reader = csv.reader(ahead, delimiter=delimiter, strict=True)
        try:
            cells: list[str] | None = next(reader)
        except csv.Error:
            cells = None
        if cells is None or _is_joined(cells):
            cells, taken = None, 1
        else:
            taken = reader.line_num
        yield line, cells
        line += taken
        del ahead[:taken]


def _is_joined(cells: list[str]) -> bool:
    """Return True if a cell contains the row of another package."""
    # Strict reading does not detect the lines: 1A..,"x / 1B..,7",3
    return any(("\n" in cell or "\r" in cell) and _SWALLOWED.search(cell) for cell in cells)


def _sheet_records(sheet: ReadOnlyWorksheet) -> Iterator[Record]:
    """Yield the rows of a sheet: numbers with the digits in the cell, formulas with their saved value."""
    # Some programs write wrong dimensions, where openpyxl would stop.
    sheet.reset_dimensions()
    with _described():
        for line, cells in enumerate(sheet.values, 1):
            yield line, ["" if cell is None else str(cell) for cell in cells]


@contextmanager
def _described() -> Iterator[None]:
    try:
        yield
    except SettingError:
        raise
    except Exception:
        # openpyxl raises errors of zipfile, zlib, the XML parser and its own descriptors.
        raise SettingError("The export is a workbook that cannot be read: save it again, or as CSV.") from None
