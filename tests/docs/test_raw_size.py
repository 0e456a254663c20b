"""The size of raw over the seven weeks of the documents' past."""

from __future__ import annotations

import psycopg

_OF_PACKAGES = "WHERE pull_id IN (SELECT p.pull_id FROM ops.pull AS p WHERE p.kind IN ('packages', 'package'))"
_TABLES = f"""
    CREATE TEMPORARY TABLE stored (LIKE raw.stored_response INCLUDING INDEXES INCLUDING STORAGE) ON COMMIT DROP;
    INSERT INTO stored SELECT * FROM raw.stored_response {_OF_PACKAGES} ORDER BY response_id;
    CREATE TEMPORARY TABLE whole ON COMMIT DROP AS SELECT * FROM raw.response {_OF_PACKAGES} ORDER BY response_id;
    CREATE INDEX ON whole (pull_id);
"""


def test_packages_take_a_quarter_of_their_whole_bodies(documents_dsn: str) -> None:
    with psycopg.connect(documents_dsn) as connection:
        connection.execute(_TABLES.encode())
        sizes = connection.execute(
            "SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM whole),"
            " pg_total_relation_size('stored'), pg_total_relation_size('whole')"
        )
        ((responses, restored, stored, whole),) = sizes.fetchall()
        connection.rollback()
    assert responses == restored > 3000
    assert stored <= whole / 4, f"{stored:,} bytes instead of {whole:,}"
