"""Reads marts for an export: what there is, what each day was derived from, and rows as CSV."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import msgspec
from psycopg import sql

from indicaonline.warehouse.exports import FORMAT, HISTORIES, OPEN
from indicaonline.warehouse.schema import definitions
from indicaonline.warehouse.sql import Connection, fetch_all

DECIMALS = 18
"""Digits after the point of an exported number. decimal128 has 38 digits, so 20 are left before it; loads refuse
quantities above 10^15."""

_DAY = dt.timedelta(days=1)
_NUMBERS, _ARRAYS = ("numeric", "interval"), ("jsonb[]", "bigint[]", "text[]")

# No file of include/sql, because its columns and its condition depend on the mart.
_COPY = "COPY (SELECT {columns} FROM mart.{mart} AS m WHERE {condition} ORDER BY {order}) TO STDOUT (FORMAT csv)"


class Mart(msgspec.Struct, frozen=True):
    """A view of ``mart``: its name, and the PostgreSQL types of its exported columns, by name and in their order."""

    name: str
    columns: dict[str, str]

    @property
    def definition(self) -> str:
        """A digest of all that shapes its files: its columns, and the definitions of the views that it reads."""
        by_name = {each.name: each for each in definitions()}
        found, pending = set[str](), {f"mart.{self.name}"}
        while pending:
            found |= pending
            pending = {name for each in pending for name in by_name[each].mentions & by_name.keys()} - found
        parts = [str(FORMAT), *self.columns, *(by_name[name].digest for name in sorted(found))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class Part(msgspec.Struct, frozen=True):
    """A partition of a mart that an export may have: a month, a day of a month, or everything.

    ``inputs`` is a digest of what its rows were derived from. It is empty where the rows may change at any time.
    """

    month: str
    day: dt.date | None
    since: dt.date | None
    until: dt.date | None
    inputs: str

    def describe(self) -> str:
        """Return its name for a log: ``2026-03-08``, ``2026-03``, ``open`` or ``state``."""
        return str(self.day or self.month or "state")


class _Day(msgspec.Struct, frozen=True):
    day: dt.date
    inputs: str


class _Columns(msgspec.Struct, frozen=True):
    mart: str
    columns: list[str]
    types: list[str]


def list_marts(connection: Connection) -> list[Mart]:
    """Return the marts of this release: states first, because histories refer to offices and products."""
    # Somebody else's view in the schema may have any columns.
    ours = {each.name for each in definitions()}
    found = []
    for row in fetch_all(connection, _Columns, "export/list_columns"):
        if f"mart.{row.mart}" not in ours:
            continue
        history = HISTORIES.get(row.mart)
        left_out = history.without if history else frozenset[str]()
        columns = {name: kind for name, kind in zip(row.columns, row.types, strict=True) if name not in left_out}
        found.append(Mart(row.mart, columns))
    return sorted(found, key=lambda mart: (mart.name in HISTORIES, mart.name))


def plan_parts(connection: Connection, mart: Mart) -> list[Part]:
    """Return the partitions of a mart: closed months, and the closed days of months that are not closed."""
    history = HISTORIES.get(mart.name)
    if history is None:
        return [Part("", None, None, None, "")]
    days = fetch_all(connection, _Day, f"export/{history.plan}")
    connection.commit()
    # The days of a plan are closed, and so is a month that ends on or before the last of them.
    closed_until = days[-1].day + _DAY if days else None
    parts = []
    for month, its in groupby(days, key=lambda each: each.day.replace(day=1)):
        following = (month + 31 * _DAY).replace(day=1)
        if closed_until and following <= closed_until:
            inputs = " ".join(each.inputs for each in its)
            parts.append(Part(f"{month:%Y-%m}", None, month, following, _digest(mart, inputs)))
        else:
            parts += [
                Part(f"{month:%Y-%m}", each.day, each.day, each.day + _DAY, _digest(mart, each.inputs)) for each in its
            ]
    if history.is_version:
        # A version that ended on a day that is not closed yet had not ended on the last closed one.
        parts.append(Part(OPEN, None, closed_until, None, ""))
    return parts


def _digest(mart: Mart, inputs: str) -> str:
    return hashlib.sha256(f"{mart.definition} {inputs}".encode()).hexdigest()[:16]


@contextmanager
def copied(connection: Connection, mart: Mart, part: Part, *, rounds: bool) -> Iterator[Iterator[bytes]]:
    """Yield the rows of a partition as CSV, in the order of the grain: UTF-8, ISO dates and times in UTC, no header.

    NULL is an empty field; an empty text is quoted. Arrays are JSON, intervals are seconds. ``rounds`` rounds numbers
    to :data:`DECIMALS`. One statement, so one snapshot of the warehouse.
    """
    history = HISTORIES.get(mart.name)
    order = [sql.Identifier(name) for name in history.order] if history else [sql.SQL("m.*")]
    statement = sql.SQL(_COPY).format(
        columns=sql.SQL(", ").join(_column(name, kind, rounds) for name, kind in mart.columns.items()),
        mart=sql.Identifier(mart.name),
        condition=_condition(mart, part),
        order=sql.SQL(", ").join(order),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        yield (bytes(chunk) for chunk in copy)
    connection.commit()


def _column(name: str, kind: str, rounds: bool) -> sql.Composable:
    column: sql.Composable = sql.Identifier("m", name)
    if kind == "interval":
        column = sql.SQL("extract(EPOCH FROM {})").format(column)
    elif kind in _ARRAYS:
        column = sql.SQL("array_to_json({})").format(column)
    return sql.SQL("round({}, {})").format(column, DECIMALS) if rounds and kind in _NUMBERS else column


def _condition(mart: Mart, part: Part) -> sql.Composable:
    history = HISTORIES.get(mart.name)
    if history is None or part.since is None:
        return sql.SQL("true")
    column = sql.Identifier("m", history.by)
    since, until = (_start(mart.columns[history.by], day) for day in (part.since, part.until))
    if part.month == OPEN:
        return sql.SQL("({0} IS NULL OR {0} >= {1})").format(column, since)
    return sql.SQL("{0} >= {1} AND {0} < {2}").format(column, since, until)


def _start(kind: str, day: dt.date | None) -> sql.Composable:
    """Return the start of a day as a literal of the type of the column."""
    if kind == "date" or day is None:
        return sql.Literal(day)
    return sql.Literal(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC))
