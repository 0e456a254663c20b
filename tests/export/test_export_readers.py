"""The lines of docs/export.md read an export as they are: with DuckDB and with polars."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from export_world import Run

from rig import Rig
from servers.airflow import REPOSITORY

TEXT = (REPOSITORY / "docs" / "export.md").read_text()
STOCK = "FROM mart.inventory_daily AS d WHERE d.snapshot_date <= '2025-03-02'"


def lines(language: str, mark: str, folder: Path) -> str:
    """The example in a language that contains a text, for an export in this folder."""
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL) if mark in text]
    return str(found).replace("/exports", str(folder))


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    run(tmp_path)
    return tmp_path


def rows(rig: Rig, text: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rig.query(text)]


def asked(text: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(text).fetchall()


def test_duckdb_sums_a_month_by_its_folder(rig: Rig, folder: Path) -> None:
    expected = rows(
        rig,
        f"SELECT d.snapshot_date, d.office_id, sum(d.quantity) {STOCK} AND d.snapshot_date >= '2025-03-01'"
        " AND d.measurement = 'unit' GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert len(expected) >= 3
    assert asked(lines("pgsql", "hive_partitioning = true", folder)) == expected


def test_duckdb_joins_the_names(rig: Rig, folder: Path) -> None:
    columns = "d.snapshot_date, d.office_name, d.product_name, d.brand, d.quantity, d.measurement"
    found = asked(lines("pgsql", "LEFT JOIN", folder))
    assert Counter(found) == Counter(rows(rig, f"SELECT {columns} {STOCK}"))


def test_duckdb_reads_what_the_manifest_names(rig: Rig, folder: Path) -> None:
    expected = rows(rig, f"SELECT d.snapshot_date, count(*) {STOCK} GROUP BY 1 ORDER BY 1")
    assert len(expected) > 3
    assert asked(lines("pgsql", "SET VARIABLE", folder)) == expected


def test_polars_counts_days_and_reads_what_the_manifest_names(rig: Rig, folder: Path, tmp_path: Path) -> None:
    expected = rows(rig, f"SELECT d.snapshot_date, count(*) {STOCK} GROUP BY 1 ORDER BY 1")
    assert executed(lines("python", "by_day", folder), tmp_path)["by_day"].rows() == expected[-2:]
    whole = executed(lines("python", "manifest.json", folder), tmp_path)["whole"]
    assert whole.height == sum(row[1] for row in expected)
    ((total,),) = rows(rig, f"SELECT sum(d.quantity) {STOCK}")
    assert whole["quantity"].sum() == total


def executed(text: str, folder: Path) -> dict[str, Any]:
    """The variables of an example."""
    script = folder / "example.py"
    script.write_text(text)
    return runpy.run_path(str(script))
