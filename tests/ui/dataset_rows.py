"""Rows of datasets in a session of a test, which other sessions cannot see."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from indicaonline.ui.datasets import query


def read(connection: psycopg.Connection[Any], name: str, **given: object) -> list[dict[str, Any]]:
    """The rows of a dataset as the analyst reads them."""
    wanted = query(name, {key: str(value) for key, value in given.items()})
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET ROLE indicaonline_analyst")
        rows = cursor.execute(wanted.statement.encode(), wanted.parameters).fetchall()
        cursor.execute("RESET ROLE")
    return rows
