"""The four charts, each from the rows of one query, with units at every axis.

A value applies to its day, week or month, so it is drawn as a step of that width, and a period without data is a gap. A
sloping line would show values between two observations that nobody observed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from demo.plots.style import (
    A_WEEK,
    COLOURS,
    GREY,
    as_days,
    day_axis,
    day_label,
    headed,
    month_label,
    position,
    series,
)

Rows = Sequence[Any]
"""Rows with named fields, in the order of the query."""
LINES = 6
"""Lines in a panel at most, so that it stays readable; the title states how many are left out."""
DAYS_OF_A_WEEK = 7
MOST_TICKS = 8
STATUS = {"observed": COLOURS[0], "carried_forward": COLOURS[4], "missing": "#ffffff"}


def stock_over_time(rows: Rows) -> Figure:
    """Draw a panel for the product of each measurement that moved most, with a line for each office."""
    panels = _grouped(rows, lambda row: (row.measurement, row.product))
    offices = list(dict.fromkeys(row.office for row in rows))
    figure, axes = _panels(len(panels), 2, height=2.7)
    for ((measurement, product), inside), panel in zip(panels, axes, strict=True):
        for number, (_, line) in enumerate(_grouped(inside, lambda row: row.office)[:LINES]):
            colour, _ = series(number)
            days = [(position(row.day) - 0.5, position(row.day) + 0.5, float(row.quantity)) for row in line]
            panel.plot(*_steps(days), color=colour, linewidth=1.4, solid_capstyle="butt")
            carried = [row for row in line if row.is_carried]
            panel.plot(
                as_days([row.day for row in carried]), [float(row.quantity) for row in carried], **_hollow(colour)
            )
        panel.set_title(product)
        panel.set_ylabel(measurement)
        panel.axhline(0, color=GREY, linewidth=0.8)
        day_axis(panel, [row.day for row in inside])
    entries = [Line2D([], [], color=series(number)[0], label=name) for number, name in enumerate(offices[:LINES])]
    entries.append(Line2D([], [], label="carried forward", **_hollow(GREY)))
    figure.legend(handles=entries, loc="outside upper right", ncols=len(entries))
    more = f" ({LINES} of {len(offices)} offices)" if len(offices) > LINES else ""
    headed(
        figure,
        f"Stock at the end of the business day{more}",
        "The product of each measurement that moved most. A hollow mark is an older observation, carried forward;"
        " a gap is a day without an observation.",
    )
    return figure


def weekly_depletion(rows: Rows) -> Figure:
    """Draw a panel for each measurement, because they are not additive, with a line for each category."""
    panels = _grouped(rows, lambda row: row.measurement)
    categories = sorted({row.category for row in rows})
    figure, axes = _panels(len(panels), 2, height=2.7)
    for (measurement, inside), panel in zip(panels, axes, strict=True):
        for category, line in _grouped(sorted(inside, key=lambda row: (row.category, row.week)), lambda r: r.category):
            colour, marker = series(categories.index(category))
            whole = [row for row in line if row.days == DAYS_OF_A_WEEK]
            part = [row for row in line if row.days < DAYS_OF_A_WEEK]
            panel.plot(*_steps(_week(row) for row in whole), color=colour, linewidth=1.2, solid_capstyle="butt")
            filled = {"marker": marker, "linestyle": "", "markersize": 5, "color": colour}
            for some, mark in ((whole, filled), (part, {**_hollow(colour), "marker": marker})):
                panel.plot([_middle(*_week(row)) for row in some], [float(row.depletion) for row in some], **mark)
        panel.set_title(measurement)
        panel.set_ylabel(f"{measurement}, a week")
        panel.set_ylim(bottom=0)
        panel.set_xticks(as_days(sorted({row.week for row in inside})))
        panel.xaxis.set_major_formatter(day_label)
    entries = [
        Line2D([], [], color=series(number)[0], marker=series(number)[1], markersize=5, label=name)
        for number, name in enumerate(categories)
    ]
    figure.legend(handles=entries, loc="outside right center")
    headed(
        figure,
        "Depletion by week and category",
        "Decrease of stock between two observations, which is not sales. Weeks begin on Monday; a hollow mark"
        " is a week that is not over, or has days without observations.",
    )
    return figure


def potency_by_vendor(rows: Rows) -> Figure:
    """Draw a panel for each vendor: the median, the band from p10 to p90, and the number of packages."""
    panels = _grouped(rows, lambda row: row.vendor)
    highest = max((float(row.p90) for row in rows), default=1.0)
    figure, axes = _panels(len(panels), 3, height=2.4)
    for (vendor, line), panel in zip(panels, axes, strict=True):
        months = [(*_month(row.month), float(row.median)) for row in line]
        for (start, end, _), row in zip(months, line, strict=True):
            low, high = float(row.p10), float(row.p90)
            panel.add_patch(Rectangle((start, low), end - start, high - low, color=COLOURS[5], alpha=0.35, linewidth=0))
            panel.annotate(
                str(row.packages),
                ((start + end) / 2, highest * 1.1),
                ha="center",
                va="top",
                fontsize=8,
                color=GREY,
                annotation_clip=False,
            )
        panel.plot(*_steps(months), color=COLOURS[0], linewidth=1.8, solid_capstyle="butt")
        panel.set_title(vendor)
        panel.set_ylim(0, highest * 1.12)
        _month_axis(panel, [row.month for row in rows])
        panel.set_ylabel(line[0].unit)
    figure.legend(
        handles=[
            Line2D([], [], color=COLOURS[0], linewidth=1.8, label="median"),
            Patch(color=COLOURS[5], alpha=0.5, label="p10 to p90"),
        ],
        loc="outside upper right",
        ncols=2,
    )
    headed(
        figure,
        f"Potency of {rows[0].analyte} in {rows[0].product}, by vendor",
        "By month of the test; a gap is a month without one. Grey numbers are packages.",
    )
    return figure


def coverage_calendar(rows: Rows) -> Figure:
    """Draw a calendar for each office: a column is a week, a square a business day."""
    panels = _grouped(rows, lambda row: row.office)
    figure, axes = _panels(len(panels), 4, height=2.5)
    first = min(row.day for row in rows)
    start = first - dt.timedelta(days=first.weekday())
    weeks = (max(row.day for row in rows) - start) // A_WEEK + 1
    for (office, days), panel in zip(panels, axes, strict=True):
        for row in days:
            column, line = (row.day - start) // A_WEEK, row.day.weekday()
            panel.add_patch(
                Rectangle(
                    (column + 0.06, line + 0.06),
                    0.88,
                    0.88,
                    facecolor=STATUS[row.status],
                    edgecolor=GREY if row.status == "missing" else STATUS[row.status],
                    hatch="////" if row.status == "missing" else None,
                    linewidth=0.8,
                )
            )
            if row.hours_covered < 23:
                panel.plot(column + 0.5, line + 0.5, marker="o", markersize=4, color="white", markeredgecolor=GREY)
        panel.set_title(office)
        panel.set_xlim(0, weeks)
        panel.set_ylim(7, 0)
        panel.set_aspect("equal")
        panel.grid(visible=False)
        panel.spines[:].set_visible(False)
        panel.tick_params(length=0)
        panel.set_yticks([0.5, 2.5, 4.5, 6.5], ["Mon", "Wed", "Fri", "Sun"])
        ticks = range(0, weeks, -(-weeks // 4))
        labels = [day_label(position(start + week * A_WEEK)) for week in ticks]
        panel.set_xticks([week + 0.5 for week in ticks], labels)
    entries: list[Any] = [
        Patch(facecolor=STATUS["observed"], label="observed"),
        Patch(facecolor=STATUS["carried_forward"], label="carried forward"),
        Patch(facecolor="white", edgecolor=GREY, hatch="////", label="missing"),
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=4,
            color="white",
            markeredgecolor=GREY,
            label="hours not covered",
        ),
    ]
    figure.legend(handles=entries, loc="outside upper right", ncols=len(entries))
    headed(
        figure,
        "Coverage of each business day",
        "A column is a week, a square a business day. A dot: the changes of some hours of the day are not covered.",
    )
    return figure


def _panels(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels; the rest of the last row stays empty."""
    columns = min(columns, max(count, 1))
    lines = -(-max(count, 1) // columns)
    figure = Figure(figsize=(11, 1.0 + height * lines))
    axes = [figure.add_subplot(lines, columns, number + 1) for number in range(count)]
    return figure, axes


def _grouped(rows: Rows, key: Callable[[Any], Any]) -> list[tuple[Any, list[Any]]]:
    """Return adjacent rows with the same key as lists."""
    return [(value, list(some)) for value, some in groupby(rows, key)]


def _steps(periods: Iterable[tuple[float, float, float]]) -> tuple[list[float], list[float]]:
    """Return the points of a line that is level in each period (start, end, value), with gaps between periods."""
    x: list[float] = []
    y: list[float] = []
    for start, end, value in periods:
        if x and x[-1] != start:
            x.append(start)
            y.append(math.nan)
        x += [start, end]
        y += [value, value]
    return x, y


def _week(row: Any) -> tuple[float, float, float]:
    return position(row.week), position(row.week + A_WEEK), float(row.depletion)


def _middle(start: float, end: float, _: float) -> float:
    return (start + end) / 2


def _month(first: dt.date) -> tuple[float, float]:
    """Return the start and the end of a month on a date axis."""
    after = (first + dt.timedelta(days=31)).replace(day=1)
    return position(first), position(after)


def _month_axis(panel: Axes, months: Sequence[dt.date]) -> None:
    """Show every month on the x axis, also those without a row, with at most ``MOST_TICKS`` labels."""
    first, last = min(months), max(months)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    every = [dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]
    panel.set_xlim(_month(first)[0] - 2, _month(last)[1] + 2)
    panel.set_xticks([sum(_month(month)) / 2 for month in every[:: -(-count // MOST_TICKS)]])
    panel.xaxis.set_major_formatter(month_label)


def _hollow(colour: str) -> dict[str, Any]:
    """Return the style of a hollow mark."""
    return {
        "marker": "o",
        "linestyle": "",
        "markersize": 5,
        "markerfacecolor": "white",
        "markeredgecolor": colour,
        "zorder": 3,
    }
