"""The SQL files of ``include/sql``, one purpose a file."""

from __future__ import annotations

import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3] / "include" / "sql"


@functools.cache
def read_sql(name: str) -> str:
    """The text of ``include/sql/<name>.sql``, comments included."""
    return (ROOT / f"{name}.sql").read_text(encoding="utf-8")
