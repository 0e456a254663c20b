"""Pages and raw responses on their way into the warehouse: COPY, a few pages at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from psycopg import sql

from indicaonline.records import InventoryItem, Page, Quantity, RawResponse
from indicaonline.warehouse.sql import Connection, read_sql

_ITEMS = "COPY staged_item FROM STDIN"
_REJECTED = "COPY staged_rejected FROM STDIN"
_RESPONSES = (
    "COPY raw.response (pull_id, read, page, requested_at, observed_at, server_dated, path, parameters, status, body)"
    " FROM STDIN WITH (FORMAT binary)"
)
_RESPONSE_TYPES = ["int8", "int4", "int4", "timestamptz", "timestamptz", "bool", "text", "jsonb", "int4", "bytea"]


def create_staging(connection: Connection) -> None:
    """Make the temporary tables that loads of this session use."""
    connection.execute(read_sql("load/create_staging"))


def stage_items(connection: Connection, pages: Iterable[Page[InventoryItem]], reads_before: int = 0) -> None:
    """Copy the items of pages into staging.

    ``reads_before`` is added to the number of their read, where an earlier reading belongs to the same pull.
    """
    with connection.cursor() as cursor, cursor.copy(_ITEMS) as copy:
        for page in pages:
            copy.write(_page_as_text(page, page.read + reads_before))


def stage_rejected(connection: Connection, pages: Iterable[Page[Any]], reads_before: int = 0) -> None:
    """Copy the items, and the single fields, of pages that could not be read into staging."""
    rows: list[tuple[Any, ...]] = []
    for page in pages:
        read, at = page.read + reads_before, page.observed_at
        rows += [(read, at, item.office_id, item.product_id, None, item.reason, item.body) for item in page.rejected]
        rows += [(read, at, None, None, part.field, part.reason, part.body) for part in page.set_aside]
    if rows:
        with connection.cursor() as cursor, cursor.copy(_REJECTED) as copy:
            for row in rows:
                copy.write_row(row)


def land_responses(
    connection: Connection, pull_id: int, responses: Iterable[RawResponse], reads_before: int = 0
) -> None:
    """Copy the responses of a pull into ``raw.response``, body for body as they came."""
    copy_responses(connection, ((pull_id, response.read + reads_before, response) for response in responses))


def copy_responses(connection: Connection, rows: Iterable[tuple[int, int, RawResponse]]) -> None:
    """Copy responses of several pulls into ``raw.response``: each with the number of its pull, and of its read."""
    with connection.cursor() as cursor, cursor.copy(_RESPONSES) as copy:
        copy.set_types(_RESPONSE_TYPES)
        for pull_id, read, response in rows:
            copy.write_row(
                (pull_id, read, response.page, response.requested_at, response.observed_at, response.server_dated,
                 response.path, response.parameters, response.status, response.body)
            )  # fmt: skip


def ensure_partitions(connection: Connection, *instants: dt.datetime) -> None:
    """Make the monthly partitions of some instants where they are missing."""
    for day in sorted({instant.astimezone(dt.UTC).date().replace(day=1) for instant in instants}):
        connection.execute(sql.SQL("SELECT ops.ensure_partitions(%s, %s)"), [day, day])


def _page_as_text(page: Page[InventoryItem], read: int) -> str:
    """The items of a page in the text format of COPY. Only the measurement needs escaping: the rest is numbers."""
    prefix = f"{read}\t{page.number}\t{page.observed_at.isoformat()}\t"
    units = {unit: _escaped(unit) for unit in {item.measurement for item in page.items}}
    return "".join(
        [
            f"{prefix}{item.office_id}\t{item.product_id}\t{units[item.measurement]}\t{canonical_number(item.quantity)}\t{_packages_as_text(item)}\n"
            for item in page.items
        ]
    )


def _escaped(text: str) -> str:
    """A text as the text format of COPY wants it: backslash, tab and ends of line would mean something else."""
    return text.translate(_ESCAPES)


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _packages_as_text(item: InventoryItem) -> str:
    """Ids and quantities as two arrays by ascending id, so that their order in the answer is no change."""
    packages = item.packages
    if packages is None:
        return "\\N\t\\N"
    if len(packages) > 1:
        packages = sorted(packages, key=lambda package: package.id)
    ids = ",".join([str(package.id) for package in packages])
    quantities = ",".join([canonical_number(package.quantity) for package in packages])
    return f"{{{ids}}}\t{{{quantities}}}"


def canonical_number(quantity: Quantity) -> str:
    """A number with all its digits, but without the zeros at its end: 28.50 and 28.5 are one value, in one form."""
    text = str(quantity)
    if "E" in text:
        text = format(quantity, "f")
    return text.rstrip("0").rstrip(".") if text[-1] == "0" and "." in text else text
