"""The marts of a migrated warehouse: their columns, their COMMENTs, and the tables that they read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from indicaonline.warehouse.sql import read_sql
from servers import postgres


@dataclass(frozen=True)
class Column:
    """A column. Those of a function have no description: PostgreSQL keeps none."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A view of mart; or a function, which has arguments."""

    name: str
    arguments: str
    description: str
    reads: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def is_function(self) -> bool:
        """Return whether it is called, not selected from by its name alone."""
        return bool(self.arguments)


def read_marts(dsn: str) -> list[Mart]:
    """Every object of the schema ``mart``, by name."""
    columns = defaultdict(list)
    for name, column, data_type, description, _ in postgres.query(dsn, read_sql("catalogue/list_columns")):
        columns[name].append(Column(column, data_type, description))
    return [
        Mart(name, arguments, description, tuple(reads), tuple(columns[name]))
        for name, arguments, description, reads in postgres.query(dsn, read_sql("catalogue/list_marts"))
    ]
