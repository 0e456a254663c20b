"""The pictures: all charts, from the documents' past, and the cases that this past does not have."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn_charts import DAY, draw_scene

from demo import folder as demo_folder
from demo.plots import __main__ as plots
from demo.plots.drawing import to_svg
from documents.past import as_analyst
from indicaonline.ui.charts import chart_names
from servers.console import Stop
from servers.keys import kept_keys
from servers.postgres import Server, execute

MONDAY = dt.date(2026, 2, 2)
SHOWN = {
    "coverage_calendar": {"Coverage of each business day", "Warehouse", "missing", "Mon"},
    "lab_results": {"Lab results by date of the test", "THCa, percent, not verified"},
    "movements": {"Increase and depletion by business day", "depletion", "change in a day"},
    "package_life": {"Life of packages, oldest first", "12 Jan"},
    "potency_by_vendor": {"Mesa Verde: THCa, percent, not verified", "Feb"},
    "stock_changes": {"Observed changes of the stock", "Mission Street", "quantity"},
    "stock_over_time": {"Stock at the end of the business day", "Mission Street", "2 Feb"},
    "weekly_depletion": {"Depletion by week and category", "unit", "weight", "depletion in a week", "Edibles", "2 Feb"},
}


@pytest.fixture(scope="module")
def drawn(documents_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of all pictures."""
    files = plots.draw(as_analyst(documents_dsn), tmp_path_factory.mktemp("plots"))
    return {path.name: path for path in files}


def texts(svg: str) -> set[str]:
    """Return all texts of a chart."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    return {"".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")}


def test_all_pictures_are_drawn_in_both_formats(drawn: dict[str, Path]) -> None:
    assert set(SHOWN) == set(chart_names())
    assert set(drawn) == {f"{name}.{kind}" for name in SHOWN for kind in ("svg", "png")}
    for name in SHOWN:
        width, height = struct.unpack(">II", drawn[f"{name}.png"].read_bytes()[16:24])
        assert width > 1000, name
        assert height > 400, name


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_says_what_it_shows_and_in_which_unit(name: str, drawn: dict[str, Path]) -> None:
    assert texts(drawn[f"{name}.svg"].read_text()) >= SHOWN[name]


def test_the_same_rows_make_the_same_picture(drawn: dict[str, Path], documents_dsn: str, tmp_path: Path) -> None:
    again, _ = plots.draw(as_analyst(documents_dsn), tmp_path, ["coverage_calendar"])
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
    monkeypatch.setattr(plots, "chart_names", lambda: ("coverage_calendar",))
    try:
        execute(dsn, f"CREATE ROLE analyst LOGIN PASSWORD '{password}'; GRANT indicaonline_analyst TO analyst")
        assert plots.main() == 0
    finally:
        execute(dsn, "DROP ROLE IF EXISTS analyst")
        postgres.drop_database("indicaonline")
    shown = capsys.readouterr().out.split()
    assert shown == [".demo/plots/coverage_calendar.svg", ".demo/plots/coverage_calendar.png"]
    assert all((tmp_path / name).exists() for name in shown)


def stock_row(number: int, quantity: int, basis: str = "observed", **more: Any) -> dict[str, Any]:
    """The row of a product in an office at the end of the n-th day after the Monday."""
    return {
        "business_date": MONDAY + number * DAY, "office_id": 1, "office_name": "Office A", "product_id": 5,
        "product_name": "Gummies", "measurement": "unit", "quantity": Decimal(quantity), "basis": basis,
        "observed_at": dt.datetime(2026, 2, 3, tzinfo=dt.UTC) + number * DAY, **more,
    }  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_missing_day_is_a_gap_and_a_carried_one_is_marked(theme: Any) -> None:
    rows = [stock_row(0, 5), stock_row(1, 4, "carried_forward"), stock_row(3, 0)]
    scene = draw_scene("stock_over_time", rows, theme)
    # Each day is level over its own width: no slope between two days, nothing where no day is known.
    place = scene.positions(MONDAY, days=4)
    assert [place(line) for line in scene.lines()] == [[(0, 5), (1, 5), (1, 4), (2, 4)], [(3, 0), (4, 0)]]
    (ring,) = scene.items("symbol", "child_layer_3_marks")
    assert place([ring]) == [(1.5, 4)]
    thick = [place([rule, {**rule, "x": rule["x2"]}]) for rule in scene.items("rule", "child_layer_2_marks")]
    assert thick == [[(0, 5), (1, 5)], [(3, 0), (4, 0)]]


def test_a_ring_has_the_colour_of_its_office() -> None:
    """Also where no other office has a ring."""
    rows = [stock_row(0, 5), stock_row(0, 9, office_id=2, office_name="Office B")]
    rows.append(stock_row(1, 9, "carried_forward", office_id=2, office_name="Office B"))
    scene = draw_scene("stock_over_time", rows)
    (ring,) = scene.items("symbol", "child_layer_3_marks")
    first, second = sorted(scene.items("rule", "child_layer_2_marks"), key=lambda rule: rule["y"], reverse=True)
    assert ring["stroke"] == second["stroke"] != first["stroke"]


def test_offices_of_one_name_are_not_one_line() -> None:
    rows = [stock_row(0, 5), stock_row(0, 9, office_id=2)]
    assert {"Office A (1)", "Office A (2)"} <= texts(to_svg("stock_over_time", rows))


def depletion_row(week: int, days: int, measurement: str = "unit") -> dict[str, Any]:
    return {
        "week": MONDAY + 7 * week * DAY, "measurement": measurement, "category": "Edibles", "depletion": Decimal(9),
        "days_known": days,
    }  # fmt: skip


def test_a_week_that_is_not_whole_is_no_part_of_the_line() -> None:
    scene = draw_scene("weekly_depletion", [depletion_row(number, days) for number, days in enumerate((7, 7, 3))])
    place = scene.positions(MONDAY, days=21)
    assert [place(line) for line in scene.lines()] == [[(0, 9), (7, 9), (7, 9), (14, 9)]]
    assert place(scene.items("symbol", "child_layer_2_marks")) == [(17.5, 9)]


def test_a_week_that_is_not_known_is_a_gap() -> None:
    scene = draw_scene("weekly_depletion", [depletion_row(number, 7) for number in (0, 2)])
    place = scene.positions(MONDAY, days=21)
    assert [place(line) for line in scene.lines()] == [[(0, 9), (7, 9)], [(14, 9), (21, 9)]]


def test_units_that_do_not_add_up_have_panels_of_their_own() -> None:
    scene = draw_scene("weekly_depletion", [depletion_row(0, 7, unit) for unit in ("unit", "weight")])
    assert scene.headers() == ["unit", "weight"]


def test_a_month_without_a_test_is_a_gap_and_the_others_are_steps() -> None:
    months = {dt.date(2025, 11, 1): 20, dt.date(2025, 12, 1): 22, dt.date(2026, 2, 1): 25}
    rows = [
        {
            "month": month, "product_id": 5, "product_name": "Flower", "vendor": "Mesa Verde", "analyte_id": 2,
            "analyte_name": "THCa", "unit": "percent", "packages": 3, "p10": Decimal(median - 1),
            "median": Decimal(median), "p90": Decimal(median + 1),
        }
        for month, median in months.items()
    ]  # fmt: skip
    scene = draw_scene("potency_by_vendor", rows)
    place = scene.positions(dt.date(2025, 11, 1), days=120)
    assert [place(line) for line in scene.lines()] == [[(0, 20), (30, 20), (30, 22), (61, 22)], [(92, 25), (120, 25)]]
    bands = [place([band, {**band, "x": band["x"] + band["width"], "y": band["y"] + band["height"]}]) for band in
             scene.items("rect", "child_layer_0_marks")]  # fmt: skip
    assert bands == [[(0, 21), (30, 19)], [(30, 23), (61, 21)], [(92, 26), (120, 24)]]
    assert {"Nov", "Dec", "Jan", "2026", "Feb", "3"} <= {word for text in scene.texts() for word in text.split()}


def test_every_status_of_a_day_has_its_own_style() -> None:
    days = [("observed", 24), ("observed", 6), ("carried_forward", 24), ("missing", 0)]
    rows = [
        {
            "business_date": MONDAY + number * DAY, "office_id": 1, "office_name": "Office A", "status": status,
            "hours_covered": hours, "hours": 24, "pulls": 1, "incomplete_pulls": 0, "published_rows": 3,
        }
        for number, (status, hours) in enumerate(days)
    ]  # fmt: skip
    scene = draw_scene("coverage_calendar", rows)
    cells = scene.items("rect", "child_layer_0_marks")
    assert len({(cell["fill"], cell.get("stroke")) for cell in cells}) == 3
    (cross,) = scene.items("symbol", "child_layer_1_marks")
    (dot,) = scene.items("symbol", "child_layer_2_marks")
    assert [
        cell["y"] < mark["y"] < cell["y"] + cell["height"] for mark, cell in ((cross, cells[3]), (dot, cells[1]))
    ] == [
        True,
        True,
    ]


def test_a_change_is_a_step_and_not_a_slope() -> None:
    start = dt.datetime(2026, 2, 2, 8, tzinfo=dt.UTC)
    rows = [
        {
            **stock_row(0, quantity), "observed_at": start + hours * dt.timedelta(hours=1),
            "local_time": f"2026-02-02T{hours:02}:00:00", "time_zone": "America/Los_Angeles",
            "previous_quantity": None if hours == 0 else Decimal(1), "reason": "changed", "source": "updated",
        }
        for hours, quantity in ((0, 5), (6, 3), (12, 0))
    ]  # fmt: skip
    (line,) = draw_scene("stock_changes", rows).marks("line")
    assert {item["interpolate"] for item in line} == {"step-after"}


def test_a_warehouse_without_a_day_is_reported(warehouse_dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"^No business day has ended .* nothing to draw yet\.$"):
        plots.draw(as_analyst(warehouse_dsn), tmp_path)


def test_without_a_demo_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    move_demo(monkeypatch, tmp_path)
    assert plots.main() == 1
    assert capsys.readouterr().out == "No demo is running: start it with `make demo`, in another terminal.\n"
