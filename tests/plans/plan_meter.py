"""Connections that count, for each statement, the rows that its plan goes through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import tuple_row

from indicaonline.warehouse.sql import ROOT

_EXPLAINED = re.compile(r"(?:\s*--.*\n)*\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE|MERGE)\b")
_END = re.compile(r";[ \t]*(?:\n|$)")


@dataclass
class Meter:
    """The most rows that one execution of each statement went through, by the name of its file."""

    rows: dict[str, int] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(
        default_factory=lambda: {
            path.read_text(encoding="utf-8"): str(path.relative_to(ROOT).with_suffix(""))
            for path in Path(ROOT).rglob("*.sql")
        }
    )

    def connect(self, dsn: str) -> psycopg.Connection[Any]:
        """A connection whose statements are counted here."""
        connection = MeteredConnection.connect(dsn)
        connection.meter = self
        return connection

    def add(self, text: str, plan: Mapping[str, Any]) -> None:
        """Count an execution."""
        name = self.names.get(text, text)
        rows = rows_processed(plan)
        if rows >= self.rows.get(name, 0):
            self.rows[name], self.plans[name] = rows, plan

    def beyond(self, limit: int) -> dict[str, int]:
        """The statements that went through more rows than this."""
        return {name: rows for name, rows in self.rows.items() if rows > limit}


class MeteredConnection(psycopg.Connection[Any]):
    """Executes each statement twice: first by EXPLAIN ANALYZE, which is rolled back."""

    meter: Meter

    @property
    def cursor_factory(self) -> type[psycopg.Cursor[Any]]:
        """Sessions ask for psycopg's own class when they open; here it is always the one that counts."""
        return MeteredCursor

    @cursor_factory.setter
    def cursor_factory(self, _: object) -> None:
        pass


class MeteredCursor(psycopg.Cursor[Any]):
    """A cursor of a metered connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Count the statement, then execute it."""
        if isinstance(query, str):
            for statement in filter(str.strip, _END.split(query)):
                if _EXPLAINED.match(statement):
                    self._count(query, statement, params)
                super().execute(statement.encode(), params, **options)
            return self
        return super().execute(query, params, **options)

    def _count(self, text: str, statement: str, params: Any) -> None:
        with _undone(self.connection), psycopg.Cursor(self.connection, row_factory=tuple_row) as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}".encode(), params)
            row = cursor.fetchone()
        assert row is not None
        self.connection.meter.add(text, row[0][0]["Plan"])  # type: ignore[attr-defined]


@contextmanager
def _undone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    psycopg.Cursor(connection).execute("SAVEPOINT metered")
    yield
    psycopg.Cursor(connection).execute("ROLLBACK TO SAVEPOINT metered")
    psycopg.Cursor(connection).execute("RELEASE SAVEPOINT metered")


def rows_processed(node: Mapping[str, Any]) -> int:
    """Return the rows that a node and those below it return, read and filter out, in all loops."""
    removed = sum(int(value) for name, value in node.items() if name.startswith("Rows Removed by"))
    own = (int(node.get("Actual Rows", 0)) + removed) * int(node.get("Actual Loops", 0))
    return own + sum(rows_processed(below) for below in node.get("Plans", ()))
