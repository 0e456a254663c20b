"""All text in a database, for tests that search it for secrets."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql


def rows(dsn: str) -> Iterator[tuple[str, str]]:
    """Every row of every table, and every response as it is restored, with the name of the table or view."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            " UNION ALL SELECT schemaname, viewname FROM pg_views WHERE schemaname = 'raw'"
        ).fetchall()
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} AS t").format(name)):
                yield f"{schema}.{table}", row
