"""Count sheets, against the stock of the simulated account."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.csv_cells import csv_text
from indicaonline.errors import SettingError
from indicaonline.jobs.count_sheet import compare_count, comparison_csv, count_sheet, read_counts
from indicaonline.warehouse.count_sheet import Comparison, Counted
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

AT = dt.datetime(2025, 3, 1, 9, tzinfo=dt.UTC)
ids = st.integers(1, 2**63 - 1)
quantities = st.decimals(-(10**15), 10**15, places=3)
times = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2025, 1, 1)).map(  # noqa: DTZ001 - the zone follows
    lambda naive: naive.replace(tzinfo=dt.UTC)
)
counted_rows = st.builds(Counted, ids, st.none() | ids, quantities, times)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """Two offices with stock and names, in which nothing happens by itself."""
    return make_rig(past=pulled_once, offices=2, products=8, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=10)
    rig.reference()
    for office in rig.offices:
        rig.pull(office)


def sheet(rig: Rig, office: int, **options: Any) -> list[dict[str, str]]:
    """The rows of the count sheet of an office."""
    return list(csv.DictReader(io.StringIO(count_sheet(rig.connect, rig.settings, office, **options))))


def filled(rows: Sequence[dict[str, str]]) -> list[str]:
    """A sheet as the lines of its file."""
    return csv_text(list(rows[0]), [list(row.values()) for row in rows]).splitlines(keepends=True)


def compare(rig: Rig, lines: list[str], office: int, at: dt.datetime) -> dict[tuple[int, int | None], Comparison]:
    """The comparison of a sheet, by product and package."""
    found = compare_count(rig.connect, rig.settings, lines, office, at)
    by_key = {(row.product_id, row.package_id): row for row in found}
    assert len(by_key) == len(found)
    return by_key


def test_a_sheet_lists_what_is_in_stock_without_its_quantities(rig: Rig) -> None:
    office = rig.offices[0]
    gone = rig.simulator.world.truth.office(office)[0].product_id
    rig.simulator.world.set_quantity(office, gone, 0)
    rig.step(minutes=5)
    rig.pull(office)
    rows = sheet(rig, office)
    truth = {line.product_id for line in rig.simulator.world.truth.office(office) if line.quantity}
    assert {int(row["product_id"]) for row in rows} == truth
    assert gone not in truth
    assert {(row["counted"], row["counted_at"], row["package_id"]) for row in rows} == {("", "", "")}
    assert all(row["product_name"] and row["category"] and row["measurement"] for row in rows)
    assert "quantity" not in rows[0]
    by_package = sheet(rig, office, by_package=True)
    assert {(int(row["product_id"]), int(row["package_id"])) for row in by_package} == {
        (line.product_id, package)
        for line in rig.simulator.world.truth.office(office)
        for package, _ in line.packages
        if line.quantity
    }


def test_a_true_count_matches_also_after_the_stock_has_changed(rig: Rig) -> None:
    office, other = rig.offices
    counted_at = rig.step(minutes=5)
    truth = {line.product_id: line.quantity for line in rig.simulator.world.truth.office(office)}
    rows = sheet(rig, office)
    for row in rows:
        row["counted"] = str(truth[int(row["product_id"])])
    for product in truth:
        rig.simulator.world.sell(office, product, 1)
        rig.simulator.world.set_quantity(other, product, 3)
    rig.step(minutes=5)
    for each in rig.offices:
        rig.pull(each)
    found = compare(rig, filled(rows), office, counted_at)
    assert {row.status for row in found.values()} == {"matches"}
    assert {row.observed_at for row in found.values()} == {counted_at - dt.timedelta(minutes=5)}
    assert comparison_csv(list(found.values())).count("\n") == 1, "the header alone"
    now = compare(rig, filled(rows), office, rig.tick())
    assert {(row.status, row.difference) for row in now.values()} == {("differs", Decimal(1))}


def test_each_row_is_compared_as_of_its_own_time(rig: Rig) -> None:
    office = rig.offices[0]
    before = rig.step(minutes=5)
    first, second, *_ = (line.product_id for line in rig.simulator.world.truth.office(office))
    for product in (first, second):
        rig.simulator.world.set_quantity(office, product, 40)
    after = rig.step(minutes=5)
    rig.pull(office)
    old = rig.value(
        "SELECT quantity FROM mart.inventory_as_of(%s) WHERE office_id = %s AND product_id = %s",
        [before, office, first],
    )
    lines = [
        "product_id;counted;counted_at\n",
        f"{first};{old};{before.isoformat()}\n",
        f"{second};15;\n",
        f"{second};25;\n",
    ]
    found = compare(rig, lines, office, after)
    assert (found[first, None].status, found[first, None].expected) == ("matches", old)
    assert (found[second, None].status, found[second, None].counted) == ("matches", 40), "two shelves are added"
    others = {key for key in found if key[0] not in (first, second)}
    assert {found[key].status for key in others} == {"not_counted"}
    assert {(found[key].counted, found[key].difference) for key in others} == {(None, None)}


def test_packages_are_compared_one_by_one(rig: Rig) -> None:
    office = rig.offices[0]
    at = rig.step(minutes=5)
    line = next(line for line in rig.simulator.world.truth.office(office) if len(line.packages) > 1)
    held = dict(line.packages)
    package, *missed = sorted(held)
    lines = [
        "product_id,package_id,counted\n",
        f"{line.product_id},{package},{held[package] - 1}\n",
        f"{line.product_id},999,4\n",
        "888888,,2\n",
    ]
    found = compare(rig, lines, office, at)
    assert (found[line.product_id, package].status, found[line.product_id, package].difference) == ("differs", -1)
    assert found[line.product_id, 999].status == "not_in_books"
    assert found[888888, None].status == "not_in_books"
    assert found[888888, None].expected is None, "unknown is not zero"
    assert {(found[line.product_id, each].status) for each in missed} == {"not_counted"}
    assert (line.product_id, None) not in found, "it was counted by package"


@given(rows=st.lists(counted_rows, max_size=8), delimiter=st.sampled_from(",;\t"), mark=st.sampled_from(["", "\ufeff"]))
def test_a_sheet_is_read_as_it_was_written(rows: list[Counted], delimiter: str, mark: str) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(["Product_ID ", "name", "package_id", "counted", "counted_at"])
    for row in rows:
        writer.writerow([row.product_id, "=1+1", row.package_id, f"{row.quantity:f}", row.counted_at.isoformat()])
    lines = (mark + file.getvalue()).splitlines(keepends=True)
    assert list(read_counts(lines, AT)) == rows


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "needs one column named product_id"),
        (["product_id,quantity\n"], "needs one column named counted"),
        (["product_id,counted\n", "x,1\n"], "Line 2 of the sheet: product_id must be"),
        (["product_id,counted\n", "1,1\n", "1,-\n"], "Line 3 of the sheet: counted must be"),
        (["product_id,counted\n", '1,"1,5"\n'], "Line 2 of the sheet: counted must be"),
        (["product_id,counted\n", "1,1e5\n"], "counted must be a number"),
        (["product_id,counted,counted_at\n", "1,1,2025-03-01T09:00:00\n"], "must be ISO with an offset"),
        (["product_id,counted,counted_at\n", "1,1,2999-03-01T09:00:00Z\n"], "lies in the future"),
        (["product_id,package_id,counted\n", "1,0,1\n"], "package_id must be"),
    ],
)
def test_an_unusable_sheet_is_a_sentence_with_its_line(lines: list[str], problem: str) -> None:
    with pytest.raises(SettingError, match=problem):
        list(read_counts(lines, AT))


def test_what_cannot_be_compared_is_a_sentence(rig: Rig) -> None:
    with pytest.raises(SettingError, match="knows no office 999"):
        count_sheet(rig.connect, rig.settings, 999)
    with pytest.raises(SettingError, match="lies in the future"):
        compare_count(rig.connect, rig.settings, ["product_id,counted\n"], rig.offices[0], rig.tick() + dt.timedelta(1))
    many = [f"1,1,{(rig.tick() - dt.timedelta(minutes=ago)).isoformat()}\n" for ago in range(101)]
    with pytest.raises(SettingError, match="more than 100 different times"):
        compare_count(rig.connect, rig.settings, ["product_id,counted,counted_at\n", *many], rig.offices[0], rig.tick())
