"""One table in every form in which people save an export: the same rows are read, and a bad row is only itself."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicaonline.errors import SettingError
from indicaonline.metrc import tables as metrc_tables
from indicaonline.metrc.export import HEADERS, read_export
from indicaonline.records import MetrcBadRow, MetrcRow

Row = MetrcRow | MetrcBadRow
DIGITS_AND_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FIELDS = ("tag", "item", "quantity", "unit", "license")
CP1252 = "".join(bytes([code]).decode("cp1252", "ignore") for code in range(32, 256)) + "\n"

tags = st.text(DIGITS_AND_LETTERS, min_size=24, max_size=24)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
western = st.text(CP1252, max_size=9)
quantities = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=4)
units = st.sampled_from(["Grams", "Each", "g", "Fluid Ounces", "oz"])
names = st.tuples(*(st.sampled_from(HEADERS[field]) for field in FIELDS))
titles = st.lists(
    st.sampled_from(
        ["", "Packages Inventory Report", "Facility: Shop | C10-0000001-LIC", 'He said "high', "Tag", ",,"]
    ),
    max_size=4,
)
Cells = tuple[str, str, Decimal, str, str]


def tables(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[Cells]]:
    return st.lists(st.tuples(tags, text, quantities, units, text), max_size=8)


def read(data: bytes) -> list[Row]:
    return list(read_export(io.BytesIO(data)))


def content(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Return the contents of rows without their line numbers."""
    return [
        (row.tag, row.item, row.quantity, row.unit, row.license) if isinstance(row, MetrcRow) else (row.reason,)
        for row in rows
    ]


def expected(table: Sequence[Cells]) -> list[tuple[Any, ...]]:
    return [
        (tag.upper(), item.strip() or None, quantity, unit, licence.strip().upper() or None)
        for tag, item, quantity, unit, licence in table
    ]


def plain_digits(number: Decimal) -> str:
    return f"{number:f}"


def in_thousands(number: Decimal) -> str:
    return f"{number:,f}"


def scientific(number: Decimal) -> str:
    return f"{number:E}"


def in_parentheses(number: Decimal) -> str:
    return f"({-number:,f})" if number < 0 else f"{number:,f}"


def as_it_is(tag: str) -> str:
    return tag


def as_formula(tag: str) -> str:
    return f'="{tag}"'


def spaced(tag: str) -> str:
    return f" {tag}\u00a0"


numbers = st.sampled_from([plain_digits, in_thousands, scientific, in_parentheses])
spellings = st.sampled_from([as_it_is, as_formula])


def written(
    head: Sequence[str],
    table: Sequence[Sequence[str]],
    before: Sequence[str],
    delimiter: str,
    end: str,
    quoting: Any,
) -> str:
    text = io.StringIO(newline="")
    text.write("".join(f"{title}{end}" for title in before))
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([head, *table])
    return text.getvalue()


@given(
    table=tables(words),
    names=names,
    order=st.permutations(range(len(FIELDS))),
    before=titles,
    number=numbers,
    spell=spellings,
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    is_loud=st.booleans(),
)
def test_a_table_is_read_as_it_was_whatever_its_dialect(
    table: list[Cells],
    names: tuple[str, ...],
    order: list[int],
    before: list[str],
    number: Callable[[Decimal], str],
    spell: Callable[[str], str],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: int,
    is_loud: bool,
) -> None:
    # csv.writer leaves an end of line bare in a cell where it is not its own, and nobody can read that.
    breaks = {char for row in table for char in f"{row[1]}{row[4]}"} & {"\r", "\n"}
    assume(quoting == csv.QUOTE_ALL or breaks <= set(end))
    head = [names[place].upper() if is_loud else f" {names[place]} " for place in order]
    cells = [(spell(tag), item, number(quantity), unit, lic) for tag, item, quantity, unit, lic in table]
    text = written(head, [[row[place] for place in order] for row in cells], before, delimiter, end, quoting)
    rows = read(text.encode(encoding))
    assert content(rows) == expected(table)
    assert [row.line for row in rows] == sorted({row.line for row in rows})


@given(table=tables(western), before=titles, delimiter=st.sampled_from(",;\t"), end=st.sampled_from(["\n", "\r\n"]))
def test_what_excel_saves_on_windows_is_read(table: list[Cells], before: list[str], delimiter: str, end: str) -> None:
    cells = [(tag, item, f"{quantity:f}", unit, lic) for tag, item, quantity, unit, lic in table]
    head = [HEADERS[field][0] for field in FIELDS]
    data = written(head, cells, before, delimiter, end, csv.QUOTE_MINIMAL).encode("cp1252")
    assume(not any(is_utf8(line) for line in data.splitlines() if not line.isascii()))
    assert content(read(data)) == expected(table)


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# What a workbook can hold as text: no control characters, no end of line but \n, and no formula.
cell_words = st.text(
    st.one_of(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_"), st.just("\n")),
    max_size=9,
).filter(lambda text: not text.startswith("="))


def workbook(sheets: Sequence[Sequence[Sequence[Any]]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@given(
    table=tables(cell_words),
    names=names,
    order=st.permutations(range(len(FIELDS))),
    before=titles,
    number=st.sampled_from([plain_digits, in_thousands, scientific, in_parentheses, float]),
    other_sheet=st.sampled_from([[], [["Notes"], ["Tag", "Item"]]]),
    is_first=st.booleans(),
)
def test_a_workbook_is_read_as_the_table_that_it_holds(
    table: list[Cells],
    names: tuple[str, ...],
    order: list[int],
    before: list[str],
    number: Callable[[Decimal], Any],
    other_sheet: list[list[str]],
    is_first: bool,
) -> None:
    cells = [(tag, item or None, number(quantity), unit, lic or None) for tag, item, quantity, unit, lic in table]
    rows: list[list[Any]] = [[title] for title in before]
    rows.append([names[place] for place in order])
    rows += [[row[place] for place in order] for row in cells]
    sheets = [rows, other_sheet] if is_first else [other_sheet, rows]
    found = read(workbook(sheets))
    assert content(found) == expected(table)
    assert [row.line for row in found] == list(range(len(before) + 2, len(before) + 2 + len(table)))


def malformed(row: list[str], how: str) -> str:
    """A line of which nothing can be used."""
    tag, item, quantity, unit, licence = row
    item = item.replace('"', "")  # otherwise it might close the open quote
    return {
        "no tag": f",{item},{quantity},{unit},{licence}",
        "open quote": f'{tag},"{item},{quantity},{unit},{licence}',
        "quote inside": f'{tag},"{item}"s,{quantity},{unit},{licence}',
        "words": f"{tag},{item},many,{unit},{licence}",
        "cut": f"{tag},{item}",
        "too long": f"{tag},{item},{quantity},{unit},{licence},{'x' * 200_000}",
        "more cells": f"{tag},{item},{quantity},{unit},{licence},,",
        "bytes": f"\0\udcff,{item}",
    }[how]


bad = st.sampled_from(
    ["no tag", "open quote", "quote inside", "words", "cut", "too long", "more cells", "bytes", "good", "good"]
)
plain_words = st.text(' abcXYZ7é".=', max_size=6)


@given(
    st.lists(st.tuples(bad, plain_words), min_size=1, max_size=12),
    st.sampled_from(["utf-8", "cp1252", "utf-16-le"]),
)
def test_a_bad_row_never_costs_another_row(lines: list[tuple[str, str]], encoding: str) -> None:
    """Items begin with a letter, so that a quote in one is a plain character, as in 7" pipes."""
    rows = [[f"1A4{number:021d}", f"i{item}", f"{number}", "Each", "L"] for number, (_, item) in enumerate(lines)]
    written = [
        ",".join(row) if how == "good" else malformed(row, how) for (how, _), row in zip(lines, rows, strict=True)
    ]
    text = "\n".join(["Tag,Item,Quantity,Unit,License", *written, ""])
    data = text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    found = {row.line: row for row in read(data)}
    assert sorted(found) == list(range(2, len(rows) + 2))
    for line, ((how, _), row) in enumerate(zip(lines, rows, strict=True), 2):
        read_row = found[line]
        if how == "good":
            assert isinstance(read_row, MetrcRow), read_row
            assert (read_row.tag, read_row.quantity, read_row.item) == (row[0], int(row[2]), row[1].strip())
        else:
            assert isinstance(read_row, MetrcBadRow), read_row


def test_numbers_of_a_workbook_keep_the_digits_that_a_person_sees() -> None:
    numbers = [453.59, 0.1, 3, 1e-05, 2.5e15 / 10, True, 12345678.9012]
    rows = [["Tag", "Quantity", "Unit"], *([f"1A4{place:021d}", number, "g"] for place, number in enumerate(numbers))]
    found = [str(row.quantity) if isinstance(row, MetrcRow) else row.reason for row in read(workbook([rows]))]
    assert found == [
        "453.59", "0.1", "3", "0.00001", "250000000000000", "The quantity is not a number.", "12345678.9012"
    ]  # fmt: skip


def test_bad_rows_of_a_workbook_are_reported_with_their_row() -> None:
    tag = "1A4" + "0" * 21
    rows = [
        ["Report"], [], ["Tag", "Quantity", "Unit", "Item"], [tag, 1, "g"], ["short", 1, "g", "x"], [],
        [tag, "many", "g"], [tag, 1, "g", "x", "more"], [None, 1, "g"], [tag, 2, "g", "last"],
    ]  # fmt: skip
    assert [(row.line, getattr(row, "reason", "")) for row in read(workbook([rows]))] == [
        (4, ""),
        (5, "The tag is not 24 letters and digits."),
        (7, "The quantity is not a number."),
        (8, "The row has 5 cells, the header has 4."),
        (9, "The tag is missing."),
        (10, ""),
    ]


def test_a_sheet_that_states_a_wrong_size_is_read_whole() -> None:
    """Some programs write that a sheet has one cell."""
    data = workbook([[["Tag", "Quantity", "Unit"], ["1A4" + "0" * 21, 1, "g"]]])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = content.replace(b"<sheetData>", b'<dimension ref="A1"/><sheetData>', 1)
                assert b"dimension" in content
            new.writestr(name, content)
    assert len(read(changed.getvalue())) == 1


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook([[["Tag", "Quantity", "Unit"], *([f"1A4{n:021d}", 1, "g"] for n in range(2000))]])
    monkeypatch.setattr(metrc_tables, "LARGEST_FILE", 100_000)
    assert len(data) < 100_000
    with pytest.raises(SettingError, match="larger than 0 MiB"):
        read(data)


def test_a_workbook_cut_short_is_one_line() -> None:
    data = workbook([[["Tag", "Quantity", "Unit"], ["1A4" + "0" * 21, 1, "g"]]])
    for length in (10, len(data) // 2, len(data) - 30):
        with pytest.raises(SettingError, match="workbook that cannot be read"):
            read(data[:length])
