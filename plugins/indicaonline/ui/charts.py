"""The definitions of the charts, for the page, for ``make plots`` and for documents.

A chart is a Vega-Lite definition in ``charts/``. Its data are the rows of the dataset of the same name, which is
``include/sql/ui/<name>.sql``. Dates and times are parsed in the definition and drawn in UTC, so that the time zone of a
browser moves no day.

The definition also says, in ``usermeta``, what the page needs: ``panel`` lists the columns whose values have a panel
each, ``x`` is the column that orders the rows for the keyboard, ``readout`` lists the columns to read out, and
``layout`` says how the panels share the width.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

Theme: TypeAlias = Literal["light", "dark"]
Spec: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).parent / "charts"
_GAP = 24
"""Pixels between two columns of panels."""


@functools.cache
def chart_names() -> tuple[str, ...]:
    """Return the names of all charts, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def load_spec(
    name: str,
    theme: Theme = "light",
    *,
    width: int | None = None,
    columns: int | None = None,
    panels: int = 1,
    periods: int = 1,
) -> Spec:
    """Return the Vega-Lite definition of a chart with the colours of a theme.

    With ``width``, its panels share so many pixels: in ``columns`` columns, or in as many as the chart prefers.
    ``panels`` and ``periods`` are the counts that :func:`count_panels` returns for the rows. Raises ``KeyError`` if
    there is no such chart or theme.
    """
    if name not in chart_names():
        raise KeyError(f"There is no chart {name!r}; there are: {', '.join(chart_names())}.")
    spec = _read(name)
    spec["config"] = _read(f"themes/{theme}") if theme in ("light", "dark") else _no_theme(theme)
    if width is not None:
        _fit(spec, width, columns, max(panels, 1), max(periods, 1))
    return spec


def count_panels(spec: Spec, rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many panels the rows need, and how many periods (weeks) each of them has at most."""
    meta = spec["usermeta"]
    seen = {tuple(row[column] for column in meta["panel"]) for row in rows}
    counts = {"panels": len(seen)}
    if period := meta["layout"].get("period"):
        days = [_day_number(row[period["field"]]) for row in rows]
        # A week that is not whole counts, at the start and at the end.
        counts["periods"] = (max(days) - min(days)) // period["days"] + 2 if days else 1
    return counts


def _fit(spec: Spec, width: int, columns: int | None, panels: int, periods: int) -> None:
    """Set the widths of the panels, and of the cells of a calendar."""
    layout = spec["usermeta"]["layout"]
    if smallest_and_largest := layout.get("cell"):
        smallest, largest = smallest_and_largest
        # As many as the smallest cells allow, or more than preferred where the largest cells leave room.
        most, roomy = (width // (layout["beside"] + periods * size + _GAP) for size in smallest_and_largest)
        columns = columns or max(min(layout["columns"], most), roomy, 1)
        columns = min(columns, panels)
        cell = (width // columns - layout["beside"] - _GAP) // periods
        cell = min(max(cell, smallest), largest)
        spec["columns"] = columns
        spec["spec"].update(width={"step": cell}, height={"step": cell})
        _set_parameter(spec, "cell", cell)
    else:
        columns = min(columns or layout["columns"], panels)
        inner = max((width - _GAP * (columns - 1)) // columns - layout["beside"], 120)
        if "facet" in spec:
            spec["columns"] = columns
        spec.get("spec", spec)["width"] = inner
        _set_parameter(spec, "panel_width", inner)


def _set_parameter(spec: Spec, name: str, value: int) -> None:
    (parameter,) = (parameter for parameter in spec["params"] if parameter["name"] == name)
    parameter["value"] = value


def _read(name: str) -> Spec:
    spec: Spec = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return spec


def _no_theme(theme: str) -> Spec:
    raise KeyError(f"There is no theme {theme!r}; there are: light, dark.")


def _day_number(value: Any) -> int:
    return dt.date.fromisoformat(str(value)).toordinal()
