"""Exports from Metrc in all their dresses: what is read, and what is said of the rest."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.errors import SettingError
from indicaonline.metrc import tables
from indicaonline.metrc.export import HEADER_LINES, quantity_of, read_export
from indicaonline.metrc.tables import MOST_LINES
from indicaonline.records import MetrcBadRow, MetrcRow

Row = MetrcRow | MetrcBadRow
DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HEAD = "Tag,Item,Quantity,Unit of Measure,Facility License Number"


def tag(number: int) -> str:
    return f"1A4{number:021d}"


def read(text: str | bytes) -> list[Row]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_export(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]


def reasons(rows: Sequence[Row]) -> dict[int, str]:
    return {row.line: row.reason for row in rows if isinstance(row, MetrcBadRow)}


def line_of(text: str) -> int:
    """The number of the line that begins where a text ends: lines end as in the files of all systems."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1


@given(st.lists(st.one_of(st.text(), st.text('",;\t\n\r\0 1A4g.'))))
def test_no_line_is_so_bad_that_it_stops_the_others(garbage: list[str]) -> None:
    good = f"{tag(7)},a,1,g,L"
    lines = "\n".join(garbage).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    rows = read(f"{HEAD}\n{good}\n{lines}\n" + f"{good}\n" * (MOST_LINES + 1))
    assert isinstance(rows[0], MetrcRow)
    assert isinstance(rows[-1], MetrcRow)
    assert rows[-1].line == line_of(f"{HEAD}\n{good}\n{lines}\n") + MOST_LINES
    assert [row.line for row in rows] == sorted({row.line for row in rows})


@given(st.binary(max_size=200))
def test_any_bytes_are_an_export_or_one_line_that_says_why_not(data: bytes) -> None:
    problem = ""
    try:
        read(data)
    except SettingError as error:
        problem = str(error)
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("12", "12", ""),
        ("1,234.50", "1234.50", ""),
        ("1,234,567", "1234567", ""),
        ("12.5 g", "12.5", "g"),
        ("12.5g", "12.5", "g"),
        (".5 fl oz", "0.5", "fl oz"),
        ("1.5E+3", "1500", ""),
        ("2e-3 g", "0.002", "g"),
        ("5 ea", "5", "ea"),
        ("(1.5)", "-1.5", ""),
        ("(1,234.50) Grams", "-1234.50", "Grams"),
        ("-3 ea", "-3", "ea"),
        ("1000000000000000", "1000000000000000", ""),
    ],
)
def test_a_quantity_keeps_its_digits_and_its_unit(text: str, number: str, unit: str) -> None:
    assert quantity_of(text) == (Decimal(number), unit)
    assert str(Decimal(number)) == str((quantity_of(text) or (None,))[0])


@pytest.mark.parametrize(
    "text",
    [
        "", "g", "12,5", "1.234,50", "1,23", "1e16", "1e999", "(1", "1)", "-(1)", "(-1)", "()", "NaN", "inf", "1 2",
        "1.2.3", "1000000000000001", "٣", "--1",
    ],
)  # fmt: skip
def test_what_might_be_two_numbers_is_none(text: str) -> None:
    assert quantity_of(text) is None


def test_bad_rows_are_reported_with_their_line_and_the_rest_is_read() -> None:
    rows = read(
        f"{HEAD}\n"
        f'{tag(1)},"two\nlines",1,Each,L1\n'  # lines 2 and 3
        f",no tag,1,Each,L1\n"
        f"1A4,short tag,1,Each,L1\n"
        f"{tag(2)},no number,many,Each,L1\n"
        f"\n"
        f",,,,\n"
        f"{tag(3)},a cell too few,1,Each\n"  # line 9
        f"{tag(4)},no unit,1,,L1\n"
        f'{tag(5)},"never closed,1,Each,L1\n'
        f'{tag(6)},2" pipe,1,Each,L1\n'
        f"{'x' * 200_000}\n"
        f"{tag(7)},last,1,Each,L1"
    )
    assert reasons(rows) == {
        4: "The tag is missing.",
        5: "The tag is not 24 letters and digits.",
        6: "The quantity is not a number.",
        9: "The row has 4 cells, the header has 5.",
        10: "The quantity has no unit.",
        11: "A quote is not closed, or in the wrong place, or a cell is too long.",
        13: "A quote is not closed, or in the wrong place, or a cell is too long.",
    }
    assert [(row.line, row.tag) for row in rows if isinstance(row, MetrcRow)] == [
        (2, tag(1)),
        (12, tag(6)),
        (14, tag(7)),
    ]
    # The package is in Metrc, whatever its row says of it.
    assert [row.tag for row in rows if isinstance(row, MetrcBadRow) and row.tag] == [tag(2), tag(4)]


def test_an_open_quote_does_not_take_the_next_row_into_its_cell() -> None:
    """Read as CSV, the first two rows are one of five cells, with the quantity of the second."""
    rows = read(f'{HEAD}\n{tag(1)},"open,1,g,L\n{tag(2)},7",2,g,L\n{tag(3)},c,3,g,L\n')
    assert [(row.tag, row.quantity) for row in rows if isinstance(row, MetrcRow)] == [(tag(2), 2), (tag(3), 3)]
    assert sorted(reasons(rows)) == [2]


def test_a_file_that_could_fill_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LARGEST_FILE", 1 << 20)
    with pytest.raises(SettingError, match="larger than 1 MiB"):
        read(f"{HEAD}\n" + "x" * (1 << 20))


def test_a_stray_quote_glues_no_rows_together() -> None:
    rows = read(f'{HEAD}\n{tag(1)},"open,1,g,L\n{tag(2)},b,2,g,L\n{tag(3)},"c"s,3,g,L\n{tag(4)},d,4,g,L\n')
    assert [row.tag for row in rows if isinstance(row, MetrcRow)] == [tag(2), tag(4)]
    assert sorted(reasons(rows)) == [2, 4]


def test_units_come_from_the_quantity_where_no_column_has_them() -> None:
    first, second = read(f"label;qty\n{tag(1)};1,5\n{tag(2)};1,500.5 g\n")
    assert isinstance(first, MetrcBadRow)
    assert second == MetrcRow(3, tag(2), None, Decimal("1500.5"), "g", None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no column Tag or Package Tag, and none Quantity or Qty"),
        (b"Tag,Amount\n1,2\n", "no column Quantity or Qty: one of its first 50 lines"),
        (b"Secret,Values\n1,2\n", "no column Tag"),
        (b"\n" * HEADER_LINES + b"Tag,Quantity\n", "no column Tag"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old workbook \(.xls\), or one with a password"),
        (b"PK\x03\x04 Secret", "workbook that cannot be read: save it again, or as CSV"),
    ],
)
def test_a_file_that_is_no_export_is_one_line_that_shows_nothing_of_it(data: bytes, words: str) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        read(data)
    assert "\n" not in str(raised.value)
    assert "Secret" not in str(raised.value)


def test_an_export_without_rows_has_none() -> None:
    assert read(f"\n{HEAD}\n\n") == []
