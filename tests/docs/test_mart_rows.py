"""The rows of every mart over the documents' past: a change of code that is not meant to change them does not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psycopg
import pytest

from documents.past import NOW
from mart_hashes import mart_hashes

KNOWN = Path(__file__).with_name("mart_rows.json")


def test_every_mart_has_the_rows_that_it_had(documents_dsn: str) -> None:
    """After an intended change of the rows, or of the simulated past, ``MART_ROWS=write`` stores the new hashes."""
    with psycopg.connect(documents_dsn, options=f"-c timezone=UTC -c indicaonline.now={NOW.isoformat()}") as connection:
        hashes = mart_hashes(connection)
    if os.environ.get("MART_ROWS") == "write":
        KNOWN.write_text(json.dumps(hashes, indent=2) + "\n")
    known = json.loads(KNOWN.read_text())
    different = sorted(name for name in known.keys() | hashes.keys() if known.get(name) != hashes.get(name))
    if different:
        pytest.fail(f"{', '.join(different)} changed: see {Path(__file__).name} if that is intended.", pytrace=False)
