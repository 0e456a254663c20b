"""All text in a database, for tests that search it for secrets."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql


def rows(dsn: str) -> Iterator[tuple[str, str]]:
    """Every row of every table, with the name of the table."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(name)):
                yield f"{schema}.{table}", row
