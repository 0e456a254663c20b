"""Hashes of all marts: the same rows give the same hash, in whatever order and under whatever settings of a session."""

from __future__ import annotations

from typing import Any

import psycopg

BY_THE_CLOCK = ["landed_at", "decided_at", "started_at", "finished_at"]
"""Columns by the clock of the database, which no test sets."""
BY_ORDER = ["pull_id", "closing_pull_id", "superseded_by", "quarantine_id"]
"""Numbers in the order of requests, of which several are in flight."""
NOT_COMPARED = BY_THE_CLOCK + BY_ORDER


def mart_hashes(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return the number and the hash of the rows of each mart, by its name."""
    views = connection.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind = 'v' ORDER BY 1"
    ).fetchall()
    assert views
    sources = [*(f"mart.{name}" for (name,) in views), "mart.inventory_as_of(ops.clock())"]
    hashes = {}
    for source in sources:
        # As JSON, in which dates are ISO whatever the session's style is.
        rows = f"SELECT (to_jsonb(m) - '{{{','.join(NOT_COMPARED)}}}'::text[])::text AS r FROM {source} AS m"
        text = f"SELECT count(*) || ' ' || md5(coalesce(string_agg(r, '' ORDER BY r), '')) FROM ({rows}) AS t"
        row = connection.execute(text.encode()).fetchone()
        assert row is not None
        hashes[source] = row[0]
    return hashes
