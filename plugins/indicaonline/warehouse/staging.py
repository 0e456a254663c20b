"""Copies pages to staging, a few at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from indicaonline.records import InventoryItem, Page, Quantity
from indicaonline.warehouse.sql import Connection, read_sql

# Text format, one string for a page: write_row() would adapt every value of every item.
_ITEMS = "COPY staged_item FROM STDIN"
_REJECTED = "COPY staged_rejected FROM STDIN"


def create_staging(connection: Connection) -> None:
    """Create the temporary tables for loads of this session."""
    connection.execute(read_sql("load/create_staging"))


def stage_items(connection: Connection, pages: Iterable[Page[InventoryItem]], reads_before: int) -> None:
    """Copy the items of pages to staging.

    ``reads_before`` is added to the number of their read, where the pull has an earlier reading.
    """
    with connection.cursor() as cursor, cursor.copy(_ITEMS) as copy:
        for page in pages:
            copy.write(_page_as_text(page, page.read + reads_before))


def stage_rejected(connection: Connection, pages: Iterable[Page[Any]], reads_before: int) -> None:
    """Copy the items and fields of pages that could not be read to staging."""
    rows: list[tuple[Any, ...]] = []
    for page in pages:
        read, at = page.read + reads_before, page.observed_at
        rows += [(read, at, item.office_id, item.product_id, None, item.reason, item.body) for item in page.rejected]
        rows += [(read, at, None, None, part.field, part.reason, part.body) for part in page.set_aside]
    if rows:
        with connection.cursor() as cursor, cursor.copy(_REJECTED) as copy:
            for row in rows:
                copy.write_row(row)


def ensure_partitions(connection: Connection, *instants: dt.datetime) -> None:
    """Create the monthly partitions of some instants where they are missing."""
    # Months in UTC, as in the bounds of the partitions; sorted, so that two sessions create them in the same order.
    for day in sorted({instant.astimezone(dt.UTC).date().replace(day=1) for instant in instants}):
        connection.execute("SELECT ops.ensure_partitions(%s, %s)", [day, day])


def _page_as_text(page: Page[InventoryItem], read: int) -> str:
    """Return the items of a page in the text format of COPY."""
    # Only the measurement is text from outside: the rest is numbers. A page has few of them, so each is escaped once.
    prefix = f"{read}\t{page.number}\t{page.observed_at.isoformat()}\t"
    units = {unit: _escaped(unit) for unit in {item.measurement for item in page.items}}
    return "".join(
        # A list: join() makes one of a generator anyway, and slower.
        [
            f"{prefix}{item.office_id}\t{item.product_id}\t{units[item.measurement]}\t{canonical_number(item.quantity)}\t{_packages_as_text(item)}\n"
            for item in page.items
        ]
    )


def _escaped(text: str) -> str:
    """Escape backslash, tab and ends of line, which the text format of COPY uses (PostgreSQL manual, COPY)."""
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _packages_as_text(item: InventoryItem) -> str:
    """Return ids and quantities as two arrays, by ascending id."""
    # By id, so that another order of the same packages in the answer is no change.
    packages = item.packages
    # NULL is unknown, an empty array is no packages.
    if packages is None:
        return "\\N\t\\N"
    if len(packages) > 1:
        packages = sorted(packages, key=lambda package: package.id)
    ids = ",".join([str(package.id) for package in packages])
    quantities = ",".join([canonical_number(package.quantity) for package in packages])
    return f"{{{ids}}}\t{{{quantities}}}"


def canonical_number(quantity: Quantity) -> str:
    """Return a number with all its digits, without trailing zeros: 28.50 and 28.5 get the same form."""
    text = str(quantity)
    # str() of a Decimal such as 1E+3 or 1E-7 has an exponent.
    if "E" in text:
        text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if text[-1] == "0" and "." in text else text
