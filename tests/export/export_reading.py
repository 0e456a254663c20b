"""Reads an export as a reader does who trusts the manifest, and the marts as they should be in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from export_world import LAST_DAY

from indicaonline.warehouse.export import Mart, list_marts
from indicaonline.warehouse.exports import HISTORIES
from rig import Rig

Rows = Counter[tuple[Any, ...]]


COMPUTED = {"days_of_supply"}
"""Marts with quotients, which have more decimals than a file holds."""


def manifest(root: Path, mart: str) -> dict[str, Any]:
    """The manifest of a mart."""
    found: dict[str, Any] = json.loads((root / mart / "manifest.json").read_text())
    return found


def files(root: Path, mart: str) -> list[Path]:
    """The files that the manifest names, which are whole: their content has the hash, size and rows listed there."""
    found = []
    for listed in manifest(root, mart)["files"]:
        path = root / mart / listed["file"]
        content = path.read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (listed["bytes"], listed["sha256"])
        assert pq.read_metadata(path).num_rows == listed["rows"]
        found.append(path)
    return found


def exported(root: Path, mart: str) -> Rows:
    """The rows of a mart in the export, each with the number of times that it occurs."""
    rows: Rows = Counter()
    for path in files(root, mart):
        for row in pq.ParquetFile(path).read().to_pylist():
            rows[tuple(_hashable(value) for value in row.values())] += 1
    return rows


def expected(rig: Rig, mart: Mart, last_day: dt.date = LAST_DAY) -> Rows:
    """The rows of closed days of a mart, or all of them where it is a state or has versions."""
    history = HISTORIES.get(mart.name)
    is_whole = history is None or history.is_version
    by = history.by if history else ""
    # The session is in UTC, so that a date is compared with an instant as midnight there.
    where = "true" if is_whole else f"m.{by} < '{last_day + dt.timedelta(days=1)}'"
    columns = ", ".join(_as_exported(name, kind, mart.name in COMPUTED) for name, kind in mart.columns.items())
    found = rig.query(f"SELECT ROW_NUMBER() OVER () AS number, {columns} FROM mart.{mart.name} AS m WHERE {where}")
    return Counter(tuple(_hashable(value) for value in list(row.values())[1:]) for row in found)


def marts(rig: Rig) -> list[Mart]:
    """The marts that are exported."""
    with rig.connect() as connection:
        return list_marts(connection)


def assert_exported(rig: Rig, root: Path, last_day: dt.date = LAST_DAY, *, but: tuple[str, ...] = ()) -> None:
    """Every mart is in the export, row by row."""
    for mart in marts(rig):
        if mart.name not in but:
            assert exported(root, mart.name) == expected(rig, mart, last_day), mart.name


def tree(root: Path) -> dict[str, bytes]:
    """Every file of an export, by its name."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _as_exported(name: str, kind: str, is_rounded: bool) -> str:
    if kind == "numeric" and is_rounded:
        return f"round(m.{name}, 18) AS {name}"
    return {"interval": f"extract(EPOCH FROM m.{name}) AS {name}", "jsonb": f"m.{name}::text AS {name}"}.get(
        kind, f"m.{name}"
    )


def _hashable(value: Any) -> Any:
    return tuple(map(str, value)) if isinstance(value, list) else value
