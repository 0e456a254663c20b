"""Count sheets: the list of an office to be counted, and a counted list compared with the stock of its time."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from indicaonline.csv_cells import csv_text, read_cell
from indicaonline.errors import SettingError
from indicaonline.records import BIGGEST_ID, BIGGEST_QUANTITY
from indicaonline.settings import Settings, now, to_utc
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.count_sheet import (
    Comparison,
    Counted,
    SheetLine,
    compare_counted,
    knows_office,
    sheet_lines,
)

TO_FILL_IN = ("counted", "counted_at")
# Each time needs the whole office as of then.
MOST_TIMES = 100
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DELIMITERS = ",;\t"


def count_sheet(connect: Connect, settings: Settings, office_id: int, *, by_package: bool = False) -> str:
    """Return the products in stock in an office as CSV, with empty columns for the count; or their packages.

    The quantities of the warehouse are not on it, so that people count without knowing them. Raises
    :class:`~indicaonline.errors.SettingError` for an office that the warehouse does not know.
    """
    with warehouse(connect, settings) as connection:
        if not knows_office(connection, office_id):
            raise SettingError(_unknown(office_id))
        lines = sheet_lines(connection, office_id, by_package=by_package)
    empty = [None] * len(TO_FILL_IN)
    header = [*SheetLine.__struct_fields__, *TO_FILL_IN]
    return csv_text(header, ([*msgspec.structs.astuple(line), *empty] for line in lines))


def compare_count(
    connect: Connect, settings: Settings, lines: Iterable[str], office_id: int, at: dt.datetime
) -> list[Comparison]:
    """Compare a counted sheet with the stock of an office as of the time of the count.

    ``at`` is the time of rows that name none, and of the stock that nobody counted. Raises
    :class:`~indicaonline.errors.SettingError`, which names the line, for an unusable sheet, and for an office that the
    warehouse does not know.
    """
    at = _past(at, "The time of the count")
    counted = list(read_counts(lines, at))
    if len({row.counted_at for row in counted}) > MOST_TIMES:
        raise SettingError(
            f"The sheet has more than {MOST_TIMES} different times in counted_at: round them, or leave it empty."
        )
    with warehouse(connect, settings) as connection:
        if not knows_office(connection, office_id):
            raise SettingError(_unknown(office_id))
        return compare_counted(connection, office_id, at, counted)


def comparison_csv(rows: Sequence[Comparison], *, with_matches: bool = False) -> str:
    """Return the differences of a comparison as CSV; with matches, all of its rows."""
    shown = (row for row in rows if with_matches or row.status != "matches")
    return csv_text(Comparison.__struct_fields__, map(msgspec.structs.astuple, shown))


def read_counts(lines: Iterable[str], at: dt.datetime) -> Iterator[Counted]:
    """Yield the counted rows of a sheet in CSV, without those whose column ``counted`` is empty.

    The columns ``product_id`` and ``counted`` are needed; ``package_id`` and ``counted_at`` are optional, others are
    ignored. Raises :class:`~indicaonline.errors.SettingError`, which names the line.
    """
    rows = _rows(lines)
    _, first = next(rows, (1, []))
    header = [name.strip().lower() for name in first]
    for name in ("product_id", "counted"):
        if header.count(name) != 1:
            raise SettingError(f"The sheet needs one column named {name} in its first line.")
    for number, cells in rows:
        row = dict(zip(header, cells, strict=False))
        if row.get("counted"):
            yield _counted(number, row, at)


def instant(text: str) -> dt.datetime:
    """Return an ISO instant with an offset in UTC. Raises ValueError for anything else."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset is not one instant")
    return to_utc(moment)


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each line that is not empty."""
    source = iter(lines)
    first = next(source, "").removeprefix("\ufeff")
    # Spreadsheets separate cells by what the language of the computer has: in much of Europe a semicolon.
    delimiter = max(_DELIMITERS, key=first.count)

    def again() -> Iterator[str]:
        yield first
        yield from source

    reader = csv.reader(again(), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, [read_cell(cell.strip()) for cell in cells]
    except (csv.Error, UnicodeDecodeError):
        raise SettingError(f"Line {reader.line_num + 1} of the sheet is not CSV in UTF-8: save it again so.") from None


def _counted(number: int, row: Mapping[str, str], at: dt.datetime) -> Counted:
    product_id = _id(number, "product_id", row["product_id"])
    package_id = _id(number, "package_id", row["package_id"]) if row.get("package_id") else None
    text = row["counted"]
    if not _NUMBER.fullmatch(text) or abs(Decimal(text)) > BIGGEST_QUANTITY:
        raise SettingError(f"Line {number} of the sheet: counted must be a number such as 12 or 3.5.")
    if row.get("counted_at"):
        at = _time(number, row["counted_at"])
    return Counted(product_id, package_id, Decimal(text), at)


def _id(number: int, name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= BIGGEST_ID:
        return int(text)
    raise SettingError(f"Line {number} of the sheet: {name} must be an id of the API, a whole number.")


def _time(number: int, text: str) -> dt.datetime:
    try:
        moment = instant(text)
    except (ValueError, OverflowError):
        raise SettingError(
            f"Line {number} of the sheet: counted_at must be ISO with an offset, such as 2026-03-08T09:30:00-08:00."
        ) from None
    return _past(moment, f"Line {number} of the sheet: counted_at")


def _past(moment: dt.datetime, what: str) -> dt.datetime:
    """Return an instant in UTC. Raises SettingError for one in the future, of which nothing is known."""
    if moment > now():
        raise SettingError(f"{what} lies in the future: give the time at which people counted.")
    return to_utc(moment)


def _unknown(office_id: int) -> str:
    return f"The warehouse knows no office {office_id}: see mart.office for their ids."
