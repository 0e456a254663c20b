"""Responses as received, from raw."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import class_row

from indicaonline.warehouse.responses import StoredBody


class Received(StoredBody, frozen=True, kw_only=True):
    """A response, with its page and the number of its pull."""

    pull_id: int
    page: int


def received(connection: psycopg.Connection[Any], condition: str = "true", *parameters: Any) -> list[Received]:
    """The responses (``r``) under a condition, in the order in which they arrived."""
    with connection.cursor(row_factory=class_row(Received)) as cursor:
        return cursor.execute(
            f"SELECT r.pull_id, r.page, r.base_id, r.body AS stored, b.body AS base FROM raw.response AS r"
            " LEFT JOIN raw.response AS b ON b.response_id = r.base_id AND b.subject IS NOT NULL"
            f" WHERE {condition} ORDER BY r.response_id".encode(),
            parameters,
        ).fetchall()
