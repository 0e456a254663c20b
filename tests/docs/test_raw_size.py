"""The size of raw over the seven weeks of the documents' past."""

from __future__ import annotations

import psycopg

from received import received

_OF_PACKAGES = "r.pull_id IN (SELECT p.pull_id FROM ops.pull AS p WHERE p.kind IN ('packages', 'package'))"
_TABLES = f"""
    CREATE TEMPORARY TABLE stored (LIKE raw.response INCLUDING INDEXES INCLUDING STORAGE) ON COMMIT DROP;
    INSERT INTO stored SELECT r.* FROM raw.response AS r WHERE {_OF_PACKAGES} ORDER BY r.response_id;
    CREATE TEMPORARY TABLE whole (LIKE stored INCLUDING STORAGE) ON COMMIT DROP;
    CREATE INDEX ON whole (pull_id);
"""
# Whole rows need neither a subject nor a base, and lists of packages of one product have equal paths.
_WHOLE = """
    INSERT INTO whole SELECT
        s.response_id, s.pull_id, s.requested_at, s.observed_at, NULL, NULL, s.read, s.page, s.status, s.server_dated,
        coalesce(s.path, b.path), coalesce(s.parameters, b.parameters), %s
    FROM stored AS s LEFT JOIN stored AS b ON b.response_id = s.base_id WHERE s.pull_id = %s AND s.page = %s
"""


def test_packages_take_little_more_than_a_quarter_of_what_whole_bodies_would(documents_dsn: str) -> None:
    with psycopg.connect(documents_dsn) as connection:
        connection.execute(_TABLES.encode())
        responses = received(connection, _OF_PACKAGES)
        with connection.cursor() as cursor:
            cursor.executemany(_WHOLE, [(each.body, each.pull_id, each.page) for each in responses])
        sizes = connection.execute("SELECT pg_total_relation_size('stored'), pg_total_relation_size('whole')")
        ((stored, whole),) = sizes.fetchall()
        counts = connection.execute("SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM whole)").fetchall()
        connection.rollback()
    assert counts == [(len(responses), len(responses))]
    assert len(responses) > 3000
    assert stored <= whole * 0.28, f"{stored:,} bytes instead of {whole:,}: {stored / whole:.2%}"
