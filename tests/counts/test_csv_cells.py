"""Cells of CSV files: harmless in a spreadsheet, and read back as they were."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.csv_cells import csv_text, read_cell, safe_cell

signs = st.text("=+-@\t\r\n'\uff1d\uff0b 1a,\"", max_size=6)
texts = st.one_of(signs, st.text(), st.builds(str.__add__, signs, st.text()))


@given(text=texts)
def test_a_text_is_read_back_as_it_was(text: str) -> None:
    assert read_cell(safe_cell(text)) == text


@given(text=texts)
def test_no_text_is_a_formula(text: str) -> None:
    cell = safe_cell(text)
    begin = cell.lstrip()[:1]
    assert begin not in {"=", "+", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"}
    assert cell[:1] not in {"\t", "\r", "\n"}
    # A cell that begins with a minus is a number, and nothing else.
    if begin == "-":
        assert Decimal(cell).is_finite()


@given(rows=st.lists(st.lists(texts.filter(lambda text: "\r" not in text), min_size=2, max_size=2)))
def test_a_file_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    header, *found = csv.reader(io.StringIO(csv_text(["one", "=two"], rows), newline=""))
    assert [read_cell(name) for name in header] == ["one", "=two"]
    assert [[read_cell(cell) for cell in row] for row in found] == rows


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        (Decimal("-0.50"), "-0.50"),
        (Decimal("1E+3"), "1000"),
        (-1.5, "-1.5"),
        (True, "true"),
        (dt.datetime(2025, 3, 8, 9, tzinfo=dt.UTC), "2025-03-08T09:00:00+00:00"),
        (dt.date(2025, 3, 8), "2025-03-08"),
        ([1, 2], "[1,2]"),
        ("-5", "-5"),
        ("-5+1", "'-5+1"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        (" @SUM(1)", "' @SUM(1)"),
        ("'90s Haze", "'90s Haze"),
    ],
)
def test_values_are_what_a_person_expects(value: object, cell: str) -> None:
    assert safe_cell(value) == cell
