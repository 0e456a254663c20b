"""The data contract is valid, holds for the warehouse of the documents, and fails where a mart breaks it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import yaml
from contract_document import DOCUMENT, check


def test_it_is_valid_in_the_version_of_the_standard_that_it_states(programs: Path, analyst: dict[str, str]) -> None:
    assert yaml.safe_load(DOCUMENT.read_text())["apiVersion"] == "v3.1.0"
    (schema,) = programs.parent.glob("lib/python*/site-packages/datacontract/schemas/odcs-3.1.0.schema.json")
    done = subprocess.run(
        [programs / "datacontract", "lint", DOCUMENT, "--json-schema", schema],
        env=analyst, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_warehouse_keeps_it(programs: Path, analyst: dict[str, str], tmp_path: Path) -> None:
    done, results = check(programs, analyst, tmp_path, "--checks", "properties,quality")
    assert done.returncode == 0, done.stdout[-4000:]
    assert {result["result"] for result in results} == {"passed"}
    columns = sum(len(view["properties"]) for view in yaml.safe_load(DOCUMENT.read_text())["schema"])
    assert len(results) > 2 * columns, "name and type of each column, keys and values"


def test_a_renamed_column_breaks_it(programs: Path, analyst: dict[str, str], past: str, tmp_path: Path) -> None:
    with psycopg.connect(past) as connection:
        connection.execute("ALTER VIEW mart.freshness RENAME COLUMN lag TO age")
    done, results = check(programs, analyst, tmp_path, "--schema-name", "freshness", "--metadata-only")
    assert done.returncode == 1
    assert {result["field"] for result in results if result["result"] == "failed"} == {"lag"}
