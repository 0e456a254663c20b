"""The output of the demo, from the documents' past."""

from __future__ import annotations

import re

import psycopg

from demo.story import life_of_one_package
from documents.past import as_analyst


def test_the_life_of_one_package_shows_lab_results_and_a_retest(documents_dsn: str) -> None:
    head, _, *rows = life_of_one_package(as_analyst(documents_dsn)).strip().split("\n")
    cells = [re.split(r"\s{2,}", row.strip()) for row in rows if re.match(r"\s*\d+\s", row)]
    assert re.split(r"\s{2,}", head.strip()) == [
        "package_id", "valid_from", "available_quantity", "available_unit", "tested_date", "analyte_name", "potency",
        "unit",
    ]  # fmt: skip
    assert 3 <= len(cells) <= 8
    assert all(len(row) == 8 for row in cells), "every version has a result"
    assert len({row[4] for row in cells}) > 1, "a retest"
    assert len({row[6] for row in cells}) > 1, "which changed the result"


def test_there_are_packages_without_results_that_are_not_chosen(documents_dsn: str) -> None:
    with psycopg.connect(as_analyst(documents_dsn)) as connection:
        ((untested,),) = connection.execute(
            "SELECT count(DISTINCT package_id) FROM mart.package_history"
            " WHERE package_id NOT IN (SELECT package_id FROM mart.lab_result)"
        ).fetchall()
    assert untested > 0
