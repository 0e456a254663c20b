"""``make plots``: draws the charts of the running demo, as PNG and SVG."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from demo.folder import FOLDER, analyst_login
from demo.plots.drawing import Row, to_png, to_svg
from indicaonline.ui.charts import Theme, chart_names
from indicaonline.warehouse.sql import read_sql
from servers.console import Stop, say

ANALYTE = "THCa"
SHOWN = dt.timedelta(weeks=13)
MOST_ROWS = 20_000
OF_ONE_PRODUCT = {"stock_changes", "movements", "package_life"}
"""Charts that are of one product; the others show all products, or choose some."""
OF_ONE_OFFICE = {"package_life"}
OF_ONE_PACKAGE = {"lab_results"}
PARAMETERS = ("office", "product", "package", "batch", "vendor", "analyte")


def main() -> int:
    """Draw the demo's charts; returns the exit code."""
    try:
        for path in draw(make_conninfo(**analyst_login()), FOLDER / "plots"):
            say(f"  {path.relative_to(FOLDER.parent)}")
    except Stop as reason:
        say(str(reason))
        return 1
    return 0


def draw(dsn: str, folder: Path, names: Iterable[str] | None = None, theme: Theme = "light") -> list[Path]:
    """Draw every chart that has rows, over the last 13 weeks; returns the SVG and PNG files.

    Raises :class:`~servers.console.Stop` if no business day is known yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, rows in fetch_rows(dsn, names or chart_names()).items():
        if rows:
            svg, png = folder / f"{name}.svg", folder / f"{name}.png"
            svg.write_text(to_svg(name, rows, theme), encoding="utf-8")
            png.write_bytes(to_png(svg.read_text(encoding="utf-8")))
            files += [svg, png]
    return files


def fetch_rows(dsn: str, names: Iterable[str]) -> dict[str, list[Row]]:
    """Return the rows of charts over the last 13 weeks; where a chart is of one product or package, of an example.

    Raises :class:`~servers.console.Stop` if no business day is known yet.
    """
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        (examples,) = connection.execute(read_sql("demo/chart_examples").encode()).fetchall()
        if examples["last_day"] is None:
            raise Stop("No business day has ended since the first pull: there is nothing to draw yet.")
        return {
            name: connection.execute(read_sql(f"ui/{name}").encode(), _parameters(name, examples)).fetchall()
            for name in names
        }


def _parameters(name: str, examples: Row) -> dict[str, Any]:
    return {
        **dict.fromkeys(PARAMETERS),
        "product": examples["product"] if name in OF_ONE_PRODUCT else None,
        "office": examples["office"] if name in OF_ONE_OFFICE else None,
        "package": examples["package"] if name in OF_ONE_PACKAGE else None,
        "analyte": ANALYTE if name == "potency_by_vendor" else None,
        "first_day": examples["last_day"] - SHOWN,
        "last_day": examples["last_day"],
        "limit": MOST_ROWS,
        "offset": 0,
    }


if __name__ == "__main__":
    sys.exit(main())
