"""The marts of a migrated warehouse: their columns, comments and sources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from indicaonline.warehouse.sql import read_sql
from servers import postgres


@dataclass(frozen=True)
class Column:
    """A column. Those of a function have no description, because PostgreSQL stores none."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A view of mart, or a function, which has arguments. A function that returns one value has no columns."""

    name: str
    arguments: str
    description: str
    reads: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def is_function(self) -> bool:
        """True for a function."""
        return bool(self.arguments)

    @property
    def is_scalar(self) -> bool:
        """True for a function that returns one value."""
        return self.is_function and not self.columns


def read_marts(dsn: str) -> list[Mart]:
    """Return every object of the schema ``mart``, ordered by name."""
    columns = defaultdict(list)
    for name, column, data_type, description, _ in postgres.query(dsn, read_sql("catalogue/list_columns")):
        columns[name].append(Column(column, data_type, description))
    return [
        Mart(name, arguments, description, tuple(reads), tuple(columns[name]))
        for name, arguments, description, reads in postgres.query(dsn, read_sql("catalogue/list_marts"))
    ]
