"""The pictures: all four, from the documents' past, and the cases that this past does not have."""

from __future__ import annotations

import datetime as dt
import math
from collections import namedtuple
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.image import imread
from matplotlib.lines import Line2D

from demo import folder as demo_folder
from demo.plots import __main__ as plots
from demo.plots import charts
from demo.plots.style import day_label, house_style, month_label, position
from documents.past import as_analyst
from servers.console import Stop
from servers.keys import kept_keys
from servers.postgres import Server, execute

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 2, 2)
StockRow = namedtuple("StockRow", "measurement product office day quantity is_carried")
CoverageRow = namedtuple("CoverageRow", "office day status hours_covered")
DepletionRow = namedtuple("DepletionRow", "measurement category week depletion days")
PotencyRow = namedtuple("PotencyRow", "product vendor analyte month packages p10 median p90 unit")
SHOWN = {
    "stock_over_time": {"Stock at the end of the business day", "unit", "weight", "Mission Street", "carried forward"},
    "weekly_depletion": {"Depletion by week and category", "unit, a week", "weight, a week", "Edibles", "2 Feb"},
    "potency_by_vendor": {"percent, not verified", "Mesa Verde", "median", "p10 to p90", "Feb"},
    "coverage_calendar": {"Coverage of each business day", "Warehouse", "missing", "Mon"},
}


@pytest.fixture(scope="module")
def drawn(documents_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of all pictures."""
    files = plots.draw(as_analyst(documents_dsn), tmp_path_factory.mktemp("plots"))
    return {path.name: path for path in files}


def texts(path: Path) -> set[str]:
    """Return all texts of a chart."""
    root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    return {"".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")}


def test_all_pictures_are_drawn_in_both_formats(drawn: dict[str, Path]) -> None:
    assert set(drawn) == {f"{name}.{kind}" for name in SHOWN for kind in ("svg", "png")}
    for name in SHOWN:
        height, width, _ = imread(drawn[f"{name}.png"]).shape
        assert width > 1000, name
        assert height > 500, name


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_says_what_it_shows_and_in_which_unit(name: str, drawn: dict[str, Path]) -> None:
    assert texts(drawn[f"{name}.svg"]) >= SHOWN[name]


def test_the_same_rows_make_the_same_picture(
    drawn: dict[str, Path], documents_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plots, "PICTURES", {"coverage_calendar": charts.coverage_calendar})
    again, _ = plots.draw(as_analyst(documents_dsn), tmp_path)
    assert again.read_bytes() == drawn["coverage_calendar.svg"].read_bytes()


def move_demo(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a demo keep its data in another folder."""
    for module in (demo_folder, plots):
        monkeypatch.setattr(module, "FOLDER", folder)


def test_the_pictures_of_a_demo_that_runs_are_in_its_folder(
    postgres: Server,
    documents_dsn: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / ".demo"
    folder.mkdir()
    move_demo(monkeypatch, folder)
    (folder / "postgres").symlink_to(postgres.data)
    password = kept_keys(folder / "keys.json").analyst_password
    dsn = postgres.create_database("indicaonline", "documents")
    monkeypatch.setattr(plots, "PICTURES", {"coverage_calendar": charts.coverage_calendar})
    try:
        execute(dsn, f"CREATE ROLE analyst LOGIN PASSWORD '{password}'; GRANT indicaonline_analyst TO analyst")
        assert plots.main() == 0
    finally:
        execute(dsn, "DROP ROLE IF EXISTS analyst")
        postgres.drop_database("indicaonline")
    shown = capsys.readouterr().out.split()
    assert shown == [".demo/plots/coverage_calendar.svg", ".demo/plots/coverage_calendar.png"]
    assert all((tmp_path / name).exists() for name in shown)


def test_a_missing_day_is_a_gap_and_a_carried_one_is_marked() -> None:
    amounts = {0: (5, False), 1: (4, True), 3: (0, False)}
    rows = [
        StockRow("unit", "Gummies", "Mission Street", MONDAY + number * DAY, Decimal(quantity), is_carried)
        for number, (quantity, is_carried) in amounts.items()
    ]
    with house_style():
        line, carried, _ = charts.stock_over_time(rows).axes[0].lines
    # Each day is level over its own width: no slope between two days, nothing where no day is known.
    assert drawn_points(line) == [(-0.5, 5), (0.5, 5), (0.5, 4), (1.5, 4), (2.5, None), (2.5, 0), (3.5, 0)]
    assert list(carried.get_xdata()) == [position(MONDAY + DAY)]


def test_a_week_that_is_not_whole_is_no_part_of_the_line() -> None:
    rows = [
        DepletionRow("unit", "Edibles", MONDAY + 7 * number * DAY, Decimal(9), days)
        for number, days in enumerate((7, 7, 3))
    ]
    with house_style():
        line, whole, part = charts.weekly_depletion(rows).axes[0].lines
    assert drawn_points(line) == [(0, 9), (7, 9), (7, 9), (14, 9)]
    assert [list(mark.get_xdata()) for mark in (whole, part)] == [
        [position(MONDAY) + 3.5, position(MONDAY) + 10.5],
        [position(MONDAY) + 17.5],
    ]


def test_a_week_that_is_not_known_is_a_gap() -> None:
    rows = [DepletionRow("unit", "Edibles", MONDAY + 7 * number * DAY, Decimal(9), 7) for number in (0, 2)]
    with house_style():
        line = charts.weekly_depletion(rows).axes[0].lines[0]
    assert drawn_points(line) == [(0, 9), (7, 9), (14, None), (14, 9), (21, 9)]


def test_a_month_without_a_test_is_a_gap_and_the_others_are_steps() -> None:
    months = {dt.date(2025, 11, 1): 20, dt.date(2025, 12, 1): 22, dt.date(2026, 2, 1): 25}
    rows = [
        PotencyRow("Flower", "Mesa Verde", "THCa", month, 3, median - 1, Decimal(median), median + 1, "percent")
        for month, median in months.items()
    ]
    with house_style():
        (panel,) = charts.potency_by_vendor(rows).axes
    starts = [position(month) - position(MONDAY) for month in (*months, dt.date(2026, 1, 1), dt.date(2026, 3, 1))]
    november, december, february, january, march = starts
    assert drawn_points(panel.lines[0]) == [
        (november, 20), (december, 20), (december, 22), (january, 22), (february, None), (february, 25), (march, 25)
    ]  # fmt: skip
    bands = [(band.get_x() - position(MONDAY), band.get_width(), band.get_height()) for band in panel.patches]
    assert bands == [(november, 30, 2), (december, 31, 2), (february, 28, 2)]
    assert [month_label(x) for x in panel.get_xticks()] == ["Nov", "Dec", "Jan\n2026", "Feb"]


def drawn_points(line: Line2D) -> list[tuple[float, float | None]]:
    """The points of a line, in days since the Monday; None is where it breaks."""
    return [
        (x - position(MONDAY), None if math.isnan(y) else y)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def test_units_that_do_not_add_up_have_panels_of_their_own() -> None:
    rows = [DepletionRow(unit, "Edibles", MONDAY, Decimal(9), 7) for unit in ("unit", "weight")]
    with house_style():
        figure = charts.weekly_depletion(rows)
    assert [panel.get_ylabel() for panel in figure.axes] == ["unit, a week", "weight, a week"]


def test_every_status_of_a_day_has_its_own_style() -> None:
    rows = [
        CoverageRow("Mission Street", MONDAY + number * DAY, status, hours)
        for number, (status, hours) in enumerate([("observed", 24), ("carried_forward", 24), ("missing", 0)])
    ]
    with house_style():
        (panel,) = charts.coverage_calendar(rows).axes
    assert len({(patch.get_facecolor(), patch.get_hatch()) for patch in panel.patches}) == len(rows)
    assert len(panel.lines) == 1, "a dot on the day of which hours were not seen"


def test_days_and_months_are_written_short() -> None:
    assert day_label(position(MONDAY)) == "2 Feb"
    assert [month_label(position(dt.date(2026, month, 1))) for month in (1, 2)] == ["Jan\n2026", "Feb"]


def test_a_warehouse_without_a_day_is_reported(warehouse_dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"^No business day has ended .* nothing to draw yet\.$"):
        plots.draw(as_analyst(warehouse_dsn), tmp_path)


def test_without_a_demo_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    move_demo(monkeypatch, tmp_path)
    assert plots.main() == 1
    assert capsys.readouterr().out == "No demo is running: start it with `make demo`, in another terminal.\n"
