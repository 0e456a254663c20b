"""The data contract is valid, holds for the warehouse of the documents, and fails where a mart breaks it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import yaml
from contract_document import DOCUMENT, check


def test_the_warehouse_keeps_it(programs: Path, analyst: dict[str, str], tmp_path: Path) -> None:
    content = yaml.safe_load(DOCUMENT.read_text())
    # The document has to be valid in the version that it states, not only in the latest one.
    (standard,) = programs.parent.glob(f"lib/*/site-packages/datacontract/schemas/odcs-{content['apiVersion'][1:]}.*")
    checked = ("--checks", "properties,quality", "--json-schema", str(standard))
    done, results = check(programs, analyst, tmp_path, *checked)
    assert done.returncode == 0, done.stdout[-4000:]
    assert {result["result"] for result in results} == {"passed"}
    columns = sum(len(view["properties"]) for view in content["schema"])
    assert len(results) > 2 * columns, "name and type of each column, keys and values"


def test_a_renamed_column_breaks_it(programs: Path, analyst: dict[str, str], past: str, tmp_path: Path) -> None:
    with psycopg.connect(past, autocommit=True) as connection:
        connection.execute("ALTER VIEW mart.freshness RENAME COLUMN lag TO age")
        try:
            done, results = check(programs, analyst, tmp_path, "--schema-name", "freshness", "--metadata-only")
        finally:
            connection.execute("ALTER VIEW mart.freshness RENAME COLUMN age TO lag")
    assert done.returncode == 1
    assert {result["field"] for result in results if result["result"] == "failed"} == {"lag"}
