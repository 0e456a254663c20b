"""Exports from Metrc against hand-made histories, tag by tag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import psycopg
import pytest
from metrc_books import AFTER, ANOTHER_DAY, AT, BEFORE, NORTH, NOW_IS, SOUTH, STORE, Books, line, tag

from indicaonline.errors import SettingError
from indicaonline.jobs.metrc import notes


def test_what_agrees_is_counted_and_not_listed(books: Books) -> None:
    books.package(1)
    books.package(2, available_quantity=Decimal("3.50"), available_unit="gram", available_in_office=[SOUTH])
    result = books.compare(line(1), line(2, "3.5", "Grams", "A-8"))
    assert (result.row_count, result.matched, result.differences, result.bad_rows) == (2, 2, {}, [])
    assert (result.licenses, result.office_ids, notes(result)) == (["A-7", "A-8"], [NORTH, SOUTH], [])
    assert books.found() == []
    (made,) = books.rows("SELECT * FROM mart.metrc_reconciliation")
    assert made["is_latest"]
    assert (made["reconciled_at"], made["exported_at"], made["row_count"]) == (NOW_IS, AT, 2)


def test_each_kind_has_its_row(books: Books) -> None:
    books.package(1)
    books.package(2, available_quantity=None, available_unit=None)
    books.package(3, available_unit="gram")
    books.package(4, available_quantity=8)
    books.package(5, uid=tag(1), available_quantity=10)
    result = books.compare(line(2), line(3), line(4), line(6), line(1))
    assert result.matched == 1
    assert result.differences == {
        "missing_here": 1, "quantity_differs": 1, "quantity_unknown_here": 1, "tag_not_unique": 1, "unit_differs": 1
    }  # fmt: skip
    rows = {row["kind"]: row for row in books.rows("SELECT * FROM mart.metrc_discrepancy")}
    assert rows["quantity_differs"] | {"reconciliation_id": 0} == {
        "reconciled_at": NOW_IS, "exported_at": AT, "source": "file:///export.csv", "facility_license": "A-7",
        "tag": tag(4), "item": "Item 4", "kind": "quantity_differs", "package_id": 4, "product_id": 5,
        "metrc_quantity": 10, "metrc_unit": "Each", "quantity": 8, "unit": "unit", "observed_at": BEFORE,
        "is_latest": True, "note": None, "product_name": None, "available_in_office": [NORTH], "reconciliation_id": 0,
    }  # fmt: skip
    assert (rows["missing_here"]["tag"], rows["missing_here"]["note"]) == (tag(6), "never seen")
    assert (rows["unit_differs"]["tag"], rows["quantity_unknown_here"]["tag"]) == (tag(3), tag(2))
    # Of two packages with one tag the one with the highest id is compared.
    assert (rows["tag_not_unique"]["package_id"], rows["tag_not_unique"]["note"]) == (5, "2 packages")


@pytest.mark.parametrize(
    ("metrc", "here", "tolerance", "differs"),
    [
        ("100", "95", "0.05", False),  # just at the tolerance, of the greater
        ("95", "100", "0.05", False),
        ("100", "94.999", "0.05", True),
        ("94.999", "100", "0.05", True),
        ("10", "10.0001", "0", True),
        ("10", "10.0000", "0", False),
        ("0", "1", "0.99", True),
        ("1", "1000", "1", False),
        ("-1", "1", "1", True),
    ],
)
def test_the_tolerance_is_a_share_of_the_greater(
    books: Books, metrc: str, here: str, tolerance: str, differs: bool
) -> None:
    books.package(1, available_quantity=Decimal(here))
    result = books.compare(line(1, metrc), tolerance=tolerance)
    assert result.differences == ({"quantity_differs": 1} if differs else {})


@pytest.mark.parametrize(
    ("metrc", "here", "same"),
    [
        ("Grams", "gram", True),
        ("GRAM", "g", True),
        ("Each", "unit", True),
        ("ea", "Unit", True),
        ("Ounces", "gram", False),
        ("Milligrams", "mg", True),
        ("Fluid Ounces", "ounce", False),
        ("Seeds", "seeds", True),
        ("Seeds", "unit", False),
        ("Each", None, False),
    ],
)
def test_units_are_named_alike_or_differ(books: Books, metrc: str, here: str | None, same: bool) -> None:
    books.package(1, available_unit=here)
    assert books.compare(line(1, 10, metrc)).differences == ({} if same else {"unit_differs": 1})


def test_it_is_compared_as_of_the_export(books: Books) -> None:
    books.package(1, valid_to=AFTER)
    books.package(1, valid_from=AFTER, observed_at=AFTER, available_quantity=3)
    assert books.compare(line(1)).differences == {}
    assert books.compare(line(1), at=AFTER - dt.timedelta(microseconds=1)).differences == {}
    assert books.compare(line(1), at=AFTER).differences == {"quantity_differs": 1}
    assert books.compare(line(1, 3), at=ANOTHER_DAY).differences == {}


def test_when_a_package_was_seen_is_never_later_than_the_export(books: Books) -> None:
    books.package(1, observed_at=AFTER)
    books.package(2, observed_at=AFTER)
    for at in (BEFORE, AT - dt.timedelta(hours=1), AFTER):
        books.seen(1, at)
    books.compare(line(1, 5), line(2, 5))
    seen = {row["tag"]: row["observed_at"] for row in books.rows("SELECT * FROM mart.metrc_discrepancy")}
    assert seen == {tag(1): AT - dt.timedelta(hours=1), tag(2): BEFORE}


def test_what_is_missing_here_has_a_note(books: Books) -> None:
    books.package(1, available_quantity=0, available_in_office=[])
    books.package(2, valid_to=AT - dt.timedelta(hours=1))
    books.package(3, valid_from=AFTER, observed_at=AFTER)
    books.package(4, uid=tag(4), valid_to=AT - dt.timedelta(hours=1))
    books.package(4, uid=tag(14), valid_from=AT - dt.timedelta(hours=1), observed_at=AT - dt.timedelta(hours=1))
    books.package(6, available_quantity=None, available_unit=None, available_in_office=[])
    books.compare(*map(line, (1, 2, 3, 4, 5, 6, 14)))
    rows = books.rows("SELECT * FROM mart.metrc_discrepancy ORDER BY tag")
    assert {row["kind"] for row in rows} == {"missing_here"}
    assert [(row["tag"], row["note"], row["package_id"]) for row in rows] == [
        (tag(1), "used up", 1),
        (tag(2), "no longer known to the API", 2),
        (tag(3), "first seen later", 3),
        (tag(4), "tagged otherwise since", 4),
        (tag(5), "never seen", None),
        (tag(6), "used up", 6),
    ]
    assert rows[2]["observed_at"] is None
    assert rows[2]["quantity"] is None
    assert rows[0]["quantity"] == 0


def test_nothing_left_on_either_side_agrees(books: Books) -> None:
    books.package(1, available_quantity=0, available_in_office=[])
    books.package(2, valid_to=AT - dt.timedelta(hours=1))
    books.package(3, valid_from=AFTER, observed_at=AFTER)
    result = books.compare(*(line(number, 0) for number in (1, 2, 3, 4)))
    # What nobody had seen by then is not known to be used up.
    assert books.found() == [(tag(3), "missing_here"), (tag(4), "missing_here")]
    assert result.matched == 2


def test_what_an_export_lacks_counts_in_the_offices_of_its_licences(books: Books) -> None:
    books.package(1)
    books.package(2, available_in_office=[NORTH, STORE])
    books.package(3, available_in_office=[SOUTH])
    books.package(4, available_in_office=[NORTH, SOUTH])  # may be on the licence of the other
    books.package(5, available_in_office=[STORE])
    books.package(6, available_in_office=None)
    books.package(7, available_quantity=0)
    books.package(8, uid="BATCH-8")
    books.package(9, available_quantity=None)
    books.package(10)
    result = books.compare(line(10, licence="m-7"))
    assert books.found() == [(tag(1), "missing_in_metrc"), (tag(2), "missing_in_metrc"), (tag(9), "missing_in_metrc")]
    assert {row["facility_license"] for row in books.rows("SELECT * FROM mart.metrc_discrepancy")} == {"M-7"}
    assert (result.office_ids, notes(result)) == ([NORTH], [])


@pytest.mark.parametrize(
    ("licence", "words"),
    [("", "names no facility licence"), ("X-1", "No office has the licence X-1: the packages of all offices")],
)
def test_without_a_known_licence_all_offices_take_part_and_it_says_so(
    books: Books, licence: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    books.package(1)
    books.package(2, available_in_office=[SOUTH])
    books.package(3, available_in_office=[STORE])
    books.package(4, available_in_office=None)
    books.package(5, uid="BATCH-5")
    result = books.compare(line(1, licence=licence))
    assert books.found() == [(tag(number), "missing_in_metrc") for number in (2, 3, 4)]
    assert result.office_ids is None
    assert words in notes(result)[0]
    assert words in caplog.text


def test_a_licence_among_others_that_no_office_has_is_named(books: Books) -> None:
    books.package(1)
    result = books.compare(line(1), line(2, licence="X-1"))
    assert (result.unknown_licenses, result.office_ids) == (["X-1"], [NORTH])
    assert notes(result) == ["No office has the licence X-1."]


GRID = "Tag,Item,Quantity"
"""What Metrc's grid exports: no licence, and the unit behind the quantity."""


def test_a_licence_that_is_given_is_that_of_rows_without_one(books: Books) -> None:
    books.package(1)
    books.package(2)
    books.package(3, available_in_office=[SOUTH])
    result = books.compare(f"{tag(1)},a,10 ea", head=GRID, given="A-7")
    assert books.found() == [(tag(2), "missing_in_metrc")]
    assert (result.licenses, result.office_ids, notes(result, "A-7")) == (["A-7"], [NORTH], [])
    # Rows that name one keep it.
    mixed = books.compare(line(1), line(3, licence=""), given="A-8")
    assert (mixed.licenses, mixed.office_ids) == (["A-7", "A-8"], [NORTH, SOUTH])
    named = books.compare(line(1), line(2), given="A-8")
    assert (named.licenses, named.office_ids) == (["A-7"], [NORTH])
    assert notes(named, "A-8") == ["The licence A-8 was not used: each row of the export names its own."]


def test_a_facility_without_any_package_is_compared_with_its_own_offices(books: Books) -> None:
    books.package(1)
    books.package(2, available_in_office=[SOUTH])
    result = books.compare(head=GRID, given="A-7")
    assert books.found() == [(tag(1), "missing_in_metrc")]
    assert result.office_ids == [NORTH]


def test_tags_are_compared_trimmed_and_in_capitals(books: Books) -> None:
    low = {number: f"1a4{'abc':>021}"[:-1] + str(number) for number in range(1, 8)}
    books.package(1, uid=f" {low[1]}\t")
    books.package(2, uid=f"{low[2]}\u00a0", available_quantity=0)
    books.package(3, uid=f"{low[3]} ")
    books.package(4, uid=low[4].upper())
    books.package(5, uid=f" {low[4]}")
    books.package(6, uid=low[6], valid_to=BEFORE + dt.timedelta(hours=1))
    books.package(6, uid=f" {low[6].upper()} ", valid_from=BEFORE + dt.timedelta(hours=1), available_quantity=0)
    result = books.compare(*(f" {low[number]} ,x,10,Each,A-7" for number in (1, 2, 4, 6)))
    assert result.bad_rows == []
    assert books.found() == [
        (low[2].upper(), "missing_here"),
        (low[3].upper(), "missing_in_metrc"),
        (low[4].upper(), "tag_not_unique"),
        (low[6].upper(), "missing_here"),
    ]
    notes = {row["tag"]: row["note"] for row in books.rows("SELECT * FROM mart.metrc_discrepancy")}
    # A tag that is only spelt in another way is no other tag.
    assert (notes[low[2].upper()], notes[low[6].upper()]) == ("used up", "used up")


def test_the_package_of_a_bad_row_is_not_missing_in_metrc(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    for number in (1, 2, 3):
        books.package(number)
    result = books.compare(line(1), line(2, "many"), line(1, 99), "nonsense")
    assert books.found() == [(tag(3), "missing_in_metrc")]
    assert result.bad_row_count == 3
    assert result.bad_rows == [
        "line 3: The quantity is not a number.",
        "line 4: The tag is in line 2 already.",
        "line 5: The row has 1 cells, the header has 5.",
    ]
    assert "Bad row, line 5: The row has 1 cells" in caplog.text
    with psycopg.connect(books.dsn) as connection:
        stored = connection.execute("SELECT line, reason FROM ops.metrc_bad_row ORDER BY line").fetchall()
    assert [f"line {number}: {reason}" for number, reason in stored] == result.bad_rows


def test_of_many_bad_rows_the_first_are_logged_and_all_are_stored(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    result = books.compare(line(1), *("x,,,," for _ in range(500)))
    assert (len(result.bad_rows), result.bad_row_count) == (20, 500)
    assert "500 bad rows in all" in caplog.text
    assert caplog.text.count("Bad row") == 20


def test_another_run_about_the_same_export_replaces_the_results(books: Books) -> None:
    books.package(1)
    first = books.compare(line(1, 5), line(2), "x,,,,")
    assert books.compare(line(1, 5), line(2), "x,,,,").differences == first.differences
    assert len(books.found()) == 2
    again = books.compare(line(1, 10))
    assert (again.differences, books.found()) == ({}, [])
    with psycopg.connect(books.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM ops.metrc_bad_row").fetchone() == (0,)
    assert len(books.rows("SELECT * FROM mart.metrc_reconciliation")) == 1


def test_the_latest_is_kept_for_each_licence(books: Books) -> None:
    books.package(1)
    books.package(2, available_in_office=[SOUTH])
    books.compare(line(1), source="north", at=AT)
    books.compare(line(2, licence="A-8"), source="south", at=AT + dt.timedelta(hours=1))
    assert latest(books) == ["north", "south"]
    books.compare(line(1), line(2, licence="A-8"), source="both", at=AFTER)
    assert latest(books) == ["both"]
    # An older export that is compared later is not the latest.
    books.compare(line(1), source="old", at=BEFORE)
    assert latest(books) == ["both"]
    books.compare(line(1, 5), source="newest", at=ANOTHER_DAY)
    assert latest(books) == ["both", "newest"]
    assert {row["source"] for row in books.rows("SELECT source FROM mart.metrc_discrepancy WHERE is_latest")} == {
        "newest"
    }


def test_facilities_that_no_office_has_are_kept_apart_as_well(books: Books) -> None:
    books.compare(line(1, licence="X-1"), source="one", at=AT)
    books.compare(line(1, licence="X-2"), source="two", at=AFTER)
    assert latest(books) == ["one", "two"]
    books.compare(line(1, licence="X-1"), source="one again", at=ANOTHER_DAY)
    assert latest(books) == ["one again", "two"]


def latest(books: Books) -> list[str]:
    rows = books.rows("SELECT source FROM mart.metrc_reconciliation WHERE is_latest ORDER BY source")
    return [row["source"] for row in rows]


@pytest.mark.parametrize(
    ("rows", "at", "words"),
    [
        ([line(1)], BEFORE - dt.timedelta(days=1), "No package had been fetched by 2025-03-09 09:00:00Z"),
        ([line(1)], NOW_IS + dt.timedelta(hours=1), "lies ahead"),
        (["x,,,,", "y,,,,"], AT, "No row of the export can be used; the first one is line 2: The tag is not 24"),
    ],
)
def test_what_cannot_be_compared_changes_nothing(
    books: Books, rows: Sequence[str], at: dt.datetime, words: str
) -> None:
    books.compare(line(2), at=at if at == AT else AT)
    before = books.found()
    with pytest.raises(SettingError, match=words):
        books.compare(*rows, at=at)
    assert books.found() == before


def test_an_export_without_rows_says_so(books: Books) -> None:
    books.package(1)
    result = books.compare()
    assert "no rows" in notes(result)[0]
    assert books.found() == [(tag(1), "missing_in_metrc")]
