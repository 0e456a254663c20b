"""The definitions of the charts, and the datasets that they draw."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from psycopg.rows import dict_row

from documents.past import as_analyst
from indicaonline.ui import vega_bundle
from indicaonline.ui.charts import FOLDER, Theme, chart_names, count_panels, load_spec
from indicaonline.warehouse.sql import ROOT, read_sql

NO_FILTER = {
    **dict.fromkeys(("office", "product", "package", "batch", "vendor", "analyte", "first_day", "last_day")),
    "limit": 20_000,
    "offset": 0,
}
FIRST, LAST = dt.date(2026, 2, 2), dt.date(2026, 2, 8)
DAY_OF = {
    "coverage_calendar": "business_date",
    "lab_results": "result_date",
    "movements": "business_date",
    "stock_over_time": "business_date",
    "weekly_depletion": "week",
}
"""Of datasets whose rows are of one day: its column."""


@pytest.fixture(scope="module")
def analyst(documents_dsn: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A session that reads only ``mart``."""
    with psycopg.connect(as_analyst(documents_dsn), row_factory=dict_row) as connection:
        yield connection


def fetch(connection: psycopg.Connection[dict[str, Any]], name: str, **filters: Any) -> list[dict[str, Any]]:
    """Return the rows of a dataset."""
    return connection.execute(read_sql(f"ui/{name}").encode(), {**NO_FILTER, **filters}).fetchall()


@pytest.mark.parametrize("name", chart_names())
def test_a_chart_names_only_columns_that_its_dataset_has(
    name: str, analyst: psycopg.Connection[dict[str, Any]]
) -> None:
    spec = load_spec(name)
    meta = spec["usermeta"]
    assert meta["dataset"] == name
    assert spec["data"] == {"name": "rows"}
    cursor = analyst.execute(read_sql(f"ui/{name}").encode(), {**NO_FILTER, "limit": 0})
    columns = {column.name for column in cursor.description or ()}
    assert {meta["x"], *meta["readout"], *meta["panel"]} <= columns


@pytest.mark.parametrize("name", chart_names())
def test_a_chart_describes_itself_and_titles_every_value_on_hover(name: str) -> None:
    spec = load_spec(name)
    assert len(spec["description"]) > 60
    layers = spec.get("spec", spec)["layer"]
    tooltips = [layer["encoding"]["tooltip"] for layer in layers if "tooltip" in layer.get("encoding", {})]
    assert len(tooltips) == 1
    assert all(value["title"] for value in tooltips[0])


@pytest.mark.parametrize("name", chart_names())
def test_pages_of_a_dataset_are_its_rows(name: str, analyst: psycopg.Connection[dict[str, Any]]) -> None:
    rows = fetch(analyst, name, limit=30)
    assert rows
    assert [row for start in (0, 10, 20) for row in fetch(analyst, name, limit=10, offset=start)] == rows


@pytest.mark.parametrize("name", DAY_OF)
def test_a_dataset_keeps_to_the_days_asked_for(name: str, analyst: psycopg.Connection[dict[str, Any]]) -> None:
    every, some = fetch(analyst, name), fetch(analyst, name, first_day=FIRST, last_day=LAST)
    column = DAY_OF[name]
    assert some
    assert {row[column] for row in some} == {row[column] for row in every if FIRST <= row[column] <= LAST}


@pytest.mark.parametrize("name", ["coverage_calendar", "movements", "stock_changes", "stock_over_time"])
def test_a_dataset_keeps_to_the_office_asked_for(name: str, analyst: psycopg.Connection[dict[str, Any]]) -> None:
    assert {row["office_id"] for row in fetch(analyst, name)} > {101}
    assert {row["office_id"] for row in fetch(analyst, name, office=101)} == {101}


@pytest.mark.parametrize("name", ["lab_results", "movements", "package_life", "stock_changes", "stock_over_time"])
def test_a_dataset_keeps_to_the_product_asked_for(name: str, analyst: psycopg.Connection[dict[str, Any]]) -> None:
    product = fetch(analyst, name, limit=1)[0]["product_id"]
    every = fetch(analyst, name)
    assert {row["product_id"] for row in fetch(analyst, name, product=product)} == {product}
    assert len({row["product_id"] for row in every}) > 1


def test_changes_of_a_day_are_those_of_the_business_day(analyst: psycopg.Connection[dict[str, Any]]) -> None:
    rows = fetch(analyst, "stock_changes", office=101, first_day=FIRST, last_day=FIRST)
    assert {row["local_time"][:10] for row in rows} == {FIRST.isoformat()}
    # Midnight in Los Angeles is 08:00 UTC in winter.
    start = dt.datetime(2026, 2, 2, 8, tzinfo=dt.UTC)
    assert all(start <= row["observed_at"] < start + dt.timedelta(days=1) for row in rows)


def test_a_package_chosen_by_its_office_has_its_whole_life(analyst: psycopg.Connection[dict[str, Any]]) -> None:
    (moved,) = analyst.execute("SELECT package_id FROM mart.transfer_inferred ORDER BY package_id LIMIT 1").fetchall()
    product = fetch(analyst, "package_life", package=moved["package_id"])[0]["product_id"]
    every = fetch(analyst, "package_life", product=product)
    there = {row["package_id"] for row in every if "Mission Street" in row["office_name"]}
    chosen = fetch(analyst, "package_life", product=product, office=101)
    assert {row["package_id"] for row in chosen} == there
    assert chosen == [row for row in every if row["package_id"] in there]
    assert {row["office_name"] for row in chosen} > {"Mission Street"}


def test_an_analyte_is_found_by_name_and_by_id(analyst: psycopg.Connection[dict[str, Any]]) -> None:
    by_name = fetch(analyst, "potency_by_vendor", analyte="THCa")
    assert {row["analyte_name"] for row in by_name} == {"THCa"}
    assert fetch(analyst, "potency_by_vendor", analyte=str(by_name[0]["analyte_id"])) == by_name


def test_the_day_of_a_clock_change_has_its_own_hours(analyst: psycopg.Connection[dict[str, Any]]) -> None:
    """Nothing of the past is on such a day, so a clock that is later lists it, as missing."""
    analyst.execute("SET indicaonline.now = '2026-03-10 12:00:00+00'")
    hours = {row["business_date"]: row["hours"] for row in fetch(analyst, "coverage_calendar", office=101)}
    analyst.rollback()
    assert (hours[dt.date(2026, 3, 7)], hours[dt.date(2026, 3, 8)]) == (24, 23)


def test_every_dataset_is_bounded() -> None:
    for path in (ROOT / "ui").glob("*.sql"):
        assert path.read_text().endswith("LIMIT %(limit)s OFFSET %(offset)s;\n"), path.name


def test_themes_differ_only_in_colours() -> None:
    light, dark = (json.loads((FOLDER / "themes" / f"{theme}.json").read_text()) for theme in get_args(Theme))
    assert _without_colours(light) == _without_colours(dark)
    assert light != dark


def _without_colours(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_colours(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_colours(inner) for inner in value]
    return "a colour" if str(value).startswith("#") else value


@pytest.mark.parametrize("name", ["no_such_chart", "../charts/movements", "themes/light", ""])
def test_a_chart_that_is_not_there_is_an_error_with_the_names(name: str) -> None:
    with pytest.raises(KeyError, match=r"There is no chart .*coverage_calendar, "):
        load_spec(name)


def test_a_theme_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"There is no theme '\.\./x'; there are: light, dark"):
        load_spec("movements", "../x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("width", "offices", "weeks", "columns", "cell"),
    [(1280, 20, 53, 2, 10), (1280, 4, 8, 4, 18), (768, 20, 53, 1, 12), (1280, 1, 53, 1, 18), (320, 2, 53, 1, 6)],
)
def test_a_calendar_has_the_largest_cells_that_fit(
    width: int, offices: int, weeks: int, columns: int, cell: int
) -> None:
    spec = load_spec("coverage_calendar", width=width, panels=offices, periods=weeks)
    assert spec["columns"] == columns
    assert spec["spec"]["width"] == spec["spec"]["height"] == {"step": cell}


def test_weeks_are_counted_that_a_calendar_shows() -> None:
    days = [{"office_id": 1, "business_date": dt.date(2026, 2, 8)}, {"office_id": 2, "business_date": "2026-02-09"}]
    assert count_panels(load_spec("coverage_calendar"), days) == {"panels": 2, "periods": 2}
    assert count_panels(load_spec("coverage_calendar"), []) == {"panels": 0, "periods": 1}


def test_panels_share_the_width() -> None:
    one, two = (load_spec("movements", width=1000, panels=panels) for panels in (1, 2))
    assert (one["columns"], one["spec"]["width"]) == (1, 930)
    assert (two["columns"], two["spec"]["width"]) == (2, 418)
    assert {"name": "panel_width", "value": 418} in two["params"]
    assert load_spec("package_life", width=1000)["width"] == 830


def test_the_bundle_is_one_module_with_what_a_page_needs(tmp_path: Path) -> None:
    text = vega_bundle.bundle()
    assert text is not None
    assert text.rstrip().endswith("as vegaLite};")
    assert " as vegaEmbed," in text
    assert "import " not in text.replace("@import ", ""), "nothing is requested from elsewhere"
    assert vega_bundle.bundle() is text
    assert (vega_bundle.bundle_version() or "")[0].isdigit()


def test_without_the_extra_there_is_no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega_bundle, "_PACKAGE", "a-package-that-nobody-has")
    assert vega_bundle.bundle() is None
    assert vega_bundle.bundle_version() is None


def test_the_api_server_does_not_load_the_engine() -> None:
    program = "import sys; from indicaonline.ui import vega_bundle as v; v.bundle(); print('vl_convert' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
