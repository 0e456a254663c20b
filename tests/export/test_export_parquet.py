"""Values of PostgreSQL in a Parquet file, and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.jobs import parquet
from indicaonline.jobs.parquet import UnfitNumberError, write_parquet
from indicaonline.warehouse.export import DECIMALS
from servers.postgres import Server

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
INSTANT = st.integers(-(2**51), 2**52).map(
    lambda us: dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)
)
NUMBER = st.decimals(-(10**18), 10**18, places=DECIMALS, allow_nan=False, allow_infinity=False)
ID = st.integers(-(2**63), 2**63 - 1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bigint": ID,
    "bigint[]": st.lists(ID, max_size=4),
    "boolean": st.booleans(),
    "date": st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "jsonb": st.dictionaries(TEXT, TEXT | st.none(), max_size=3),
    "numeric": NUMBER,
    "text": TEXT,
    "text[]": st.lists(TEXT, max_size=4),
    "timestamp with time zone": INSTANT,
}
ROWS = st.lists(st.tuples(*(st.none() | values for values in VALUES.values())), max_size=30)


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.dsn(), options="-c timezone=UTC") as connection:
        yield connection


def copied(connection: psycopg.Connection[Any], rows: list[tuple[Any, ...]]) -> Iterator[bytes]:
    """The rows as PostgreSQL copies them."""
    kinds = list(VALUES)
    connection.execute("DROP TABLE IF EXISTS pg_temp.given")
    columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(kinds))
    connection.execute(f"CREATE TEMPORARY TABLE given (number serial, {columns})".encode())
    names = ", ".join(f"c{place}" for place in range(len(kinds)))
    places = ", ".join(f"%s::{kind}" for kind in kinds)
    for row in rows:
        values = [json.dumps(value) if isinstance(value, dict) else value for value in row]
        connection.execute(f"INSERT INTO given ({names}) VALUES ({places})".encode(), values)
    read = ", ".join(f"array_to_json(c{p})" if kind.endswith("[]") else f"c{p}" for p, kind in enumerate(kinds))
    with connection.cursor().copy(
        f"COPY (SELECT {read} FROM given ORDER BY number) TO STDOUT (FORMAT csv)".encode()
    ) as c:
        yield from (bytes(chunk) for chunk in c)


@given(ROWS)
def test_every_value_comes_back(
    connection: psycopg.Connection[Any], tmp_path: Path, rows: list[tuple[Any, ...]]
) -> None:
    file = tmp_path / "values.parquet"
    assert write_parquet(copied(connection, rows), {kind: kind for kind in VALUES}, DECIMALS, file) == len(rows)
    place = list(VALUES).index("jsonb")
    found = [list(row.values()) for row in pq.ParquetFile(file).read().to_pylist()]
    for row in found:
        row[place] = None if row[place] is None else json.loads(row[place])
    assert found == [list(row) for row in rows]
    connection.rollback()


@pytest.mark.parametrize("number", ["0.0000000000000000001", "1" + "0" * 21, "0.1234567890123456789"])
def test_a_number_that_does_not_fit_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(UnfitNumberError):
        write_parquet(iter([f"{number}\n".encode()]), {"quantity": "numeric"}, DECIMALS, tmp_path / "values.parquet")


def test_a_value_that_is_none_of_its_type_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2025-13-01"):
        write_parquet(iter([b"2025-13-01\n"]), {"day": "date"}, DECIMALS, tmp_path / "values.parquet")


def test_memory_holds_a_row_group_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 1000)
    monkeypatch.setattr(parquet, "BLOCK", 4096)
    taken = 0

    def rows() -> Iterator[bytes]:
        nonlocal taken
        for number in range(20_000):
            taken += 1
            yield f"{number},{Decimal(number) / 4}\n".encode()

    file = tmp_path / "rows.parquet"
    assert write_parquet(rows(), {"id": "bigint", "quantity": "numeric"}, DECIMALS, file) == taken == 20_000
    metadata = pq.read_metadata(file)
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert len(sizes) > 10
    assert max(sizes) < 2000
    assert sum(sizes) == taken
    assert pq.read_table(file).column("quantity")[-1].as_py() == Decimal("4999.75")
