"""Every dataset of the page, over the documents' past: what it reads, what bounds it, and what it returns."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from documents.past import NOW
from indicaonline.errors import SettingError
from indicaonline.ui.datasets import PARAMETERS, query
from indicaonline.warehouse.analyst import AnalystPool, dataset_names, dataset_statement

DATASETS = sorted(dataset_names())
LIMITED = re.compile(r"\nLIMIT %\(limit\)s OFFSET %\(offset\)s;\n\Z")


@pytest.fixture
def pool(documents_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnalystPool]:
    """Sessions of the warehouse of the documents, at the end of its past."""
    monkeypatch.setenv("INDICAONLINE_NOW", NOW.isoformat())
    pool = AnalystPool(lambda: psycopg.connect(documents_dsn))
    yield pool
    pool.close()


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_is_bounded_and_says_what_it_returns(name: str) -> None:
    text = dataset_statement(name)
    assert text.startswith("-- Returns ")
    assert LIMITED.search(text)
    assert "ORDER BY" in text
    assert set(re.findall(r"%\((\w+)\)s", text)) <= {*PARAMETERS, "now"}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_is_read_page_by_page(pool: AnalystPool, name: str) -> None:
    """As the analyst, who reads nothing but mart; the pages are the rows, in one order."""
    whole = query(name, {"limit": "40"}).read(pool)
    first, second = (query(name, {"limit": "3", "offset": offset}).read(pool) for offset in ("0", "3"))
    assert len(set(whole.columns)) == len(whole.columns)
    assert first.rows + second.rows == whole.rows[:6]
    assert first.more == (len(whole.rows) > 3)


@pytest.mark.parametrize("name", DATASETS)
def test_the_sql_of_a_dataset_runs_by_itself(pool: AnalystPool, name: str) -> None:
    found = query(name, {"limit": "5"})
    rows = found.read(pool)
    text = found.as_sql(pool)
    assert "%(" not in text
    assert pool.read(text.replace("%", "%%"), {}, 5).rows == rows.rows


def test_every_parameter_is_one_of_some_dataset() -> None:
    used = {name for dataset in DATASETS for name in re.findall(r"%\((\w+)\)s", dataset_statement(dataset))}
    assert used - {"now"} == PARAMETERS.keys()


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(SettingError, match=r"'offce'.* it has .*offset"):
        query("find_offices", {"offce": "1"})
    for name, value in (("limit", "0"), ("limit", "many"), ("offset", "-1"), ("search", "x" * 201)):
        with pytest.raises(SettingError, match=f"^{name}="):
            query("find_offices", {name: value})


def test_a_parameter_is_never_part_of_the_statement(pool: AnalystPool) -> None:
    hostile = "'; DROP TABLE inventory.stock; --%s"
    assert query("find_offices", {"search": hostile}).read(pool).rows == []
    assert hostile.replace("'", "''") in query("find_offices", {"search": hostile}).as_sql(pool)
