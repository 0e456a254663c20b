"""Draws a chart from rows, as SVG or PNG, without a browser and without the network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import vl_convert

from indicaonline.ui.charts import Spec, Theme, count_panels, load_spec

Row: TypeAlias = dict[str, Any]
WIDTH = 1180
PAPER = {"light": "#ffffff", "dark": "#18181b"}
"""The background of a file, which may be shown on any page; in Airflow's UI it is that of the page."""


def to_svg(name: str, rows: Sequence[Row], theme: Theme = "light") -> str:
    """Return a chart as SVG; the same rows give the same text."""
    return vl_convert.vegalite_to_svg(filled(name, rows, theme), allowed_base_urls=[])


def to_png(svg: str) -> bytes:
    """Return an SVG as PNG, at twice the resolution of the screen."""
    return vl_convert.svg_to_png(svg, scale=2)


def filled(name: str, rows: Sequence[Row], theme: Theme = "light") -> Spec:
    """Return the definition of a chart together with its rows."""
    spec = load_spec(name, theme, width=WIDTH, **count_panels(load_spec(name), rows))
    spec["background"] = PAPER[theme]
    spec["datasets"] = {"rows": [{column: to_json(value) for column, value in row.items()} for row in rows]}
    return spec


def to_json(value: Any) -> Any:
    """Return a value of a column as JSON has it, as the page gets it; a decimal as the nearest number, for drawing."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
