"""``make plots``: draws the main trends of the running demo, as PNG and SVG."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
from matplotlib.figure import Figure
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row

from demo.folder import FOLDER, analyst_login
from demo.plots import charts
from demo.plots.style import house_style
from indicaonline.warehouse.sql import read_sql
from servers.console import Stop, say

PICTURES: dict[str, Callable[[charts.Rows], Figure]] = {
    "stock_over_time": charts.stock_over_time,
    "weekly_depletion": charts.weekly_depletion,
    "potency_by_vendor": charts.potency_by_vendor,
    "coverage_calendar": charts.coverage_calendar,
}
ANALYTE = "THCa"
SHOWN = dt.timedelta(weeks=13)


def main() -> int:
    """Draw the demo's charts; returns the exit code."""
    try:
        for path in draw(make_conninfo(**analyst_login()), FOLDER / "plots"):
            say(f"  {path.relative_to(FOLDER.parent)}")
    except Stop as reason:
        say(str(reason))
        return 1
    return 0


def draw(dsn: str, folder: Path) -> list[Path]:
    """Draw every chart that has rows, over the last 13 weeks; returns the PNG and SVG files.

    Raises :class:`~servers.console.Stop` if no business day is known yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with psycopg.connect(dsn, row_factory=namedtuple_row) as connection, house_style():
        ((last_day,),) = connection.execute(read_sql("plots/last_day").encode()).fetchall()
        if last_day is None:
            raise Stop("No business day has ended since the first pull: there is nothing to draw yet.")
        window = {"first_day": last_day - SHOWN, "last_day": last_day, "analyte": ANALYTE}
        for name, picture in PICTURES.items():
            rows = connection.execute(read_sql(f"plots/{name}").encode(), window).fetchall()
            if rows:
                files += _saved(picture(rows), folder / name)
    return files


def _saved(figure: Figure, stem: Path) -> list[Path]:
    """Save a chart as SVG, without the time of the drawing, and as PNG; returns the files."""
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(stem.with_suffix(".png"))
    return [stem.with_suffix(".svg"), stem.with_suffix(".png")]


if __name__ == "__main__":
    sys.exit(main())
