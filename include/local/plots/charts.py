"""The four pictures, each from the rows of one query; units stand at every axis."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from local.plots.style import A_WEEK, COLOURS, GREY, as_days, day_axis, day_label, headed, look, month_label, position

Rows = Sequence[Any]
"""Rows with named fields, in the order of the query."""
LINES = 6
"""So many lines a panel can be read; the others are left out, and the title says so."""
DAYS_OF_A_WEEK = 7
STATUS = {"observed": COLOURS[0], "carried_forward": COLOURS[4], "missing": "#ffffff"}


def stock_over_time(rows: Rows) -> Figure:
    """A panel for the liveliest product of each measurement, a line for each office; carried days are hollow."""
    panels = _grouped(rows, lambda row: (row.measurement, row.product))
    offices = list(dict.fromkeys(row.office for row in rows))
    figure, axes = _panels(len(panels), 2, height=2.7)
    for ((measurement, product), inside), panel in zip(panels, axes, strict=True):
        for number, (_, line) in enumerate(_grouped(inside, lambda row: row.office)[:LINES]):
            colour, _ = look(number)
            days = _with_gaps(line)
            panel.plot(
                as_days([day for day, _ in days]),
                [quantity for _, quantity in days],
                color=colour,
                linewidth=1.4,
                solid_capstyle="round",
            )
            carried = [row for row in line if row.is_carried]
            panel.plot(
                as_days([row.day for row in carried]), [float(row.quantity) for row in carried], **_hollow(colour)
            )
        panel.set_title(product)
        panel.set_ylabel(measurement)
        panel.axhline(0, color=GREY, linewidth=0.8)
        day_axis(panel, [row.day for row in inside])
    entries = [Line2D([], [], color=look(number)[0], label=name) for number, name in enumerate(offices[:LINES])]
    entries.append(Line2D([], [], label="carried forward", **_hollow(GREY)))
    figure.legend(handles=entries, loc="outside upper right", ncols=len(entries))
    more = f" ({LINES} of {len(offices)} offices)" if len(offices) > LINES else ""
    headed(
        figure,
        f"Stock at the end of the business day{more}",
        "The product of each measurement that moved most. A hollow mark is an older observation, carried forward;"
        " a gap is a day that nobody knows.",
    )
    return figure


def weekly_depletion(rows: Rows) -> Figure:
    """A panel for each measurement, because they do not add up, a line for each category."""
    panels = _grouped(rows, lambda row: row.measurement)
    categories = sorted({row.category for row in rows})
    figure, axes = _panels(len(panels), 2, height=2.7)
    for (measurement, inside), panel in zip(panels, axes, strict=True):
        for category, line in _grouped(sorted(inside, key=lambda row: (row.category, row.week)), lambda r: r.category):
            colour, marker = look(categories.index(category))
            part = [row for row in line if row.days < DAYS_OF_A_WEEK]
            panel.plot(
                as_days([row.week for row in line]),
                [math.nan if row in part else float(row.depletion) for row in line],
                color=colour,
                marker=marker,
                markersize=5,
                linewidth=1.2,
            )
            panel.plot(
                as_days([row.week for row in part]),
                [float(row.depletion) for row in part],
                **{**_hollow(colour), "marker": marker},
            )
        panel.set_title(measurement)
        panel.set_ylabel(f"{measurement}, a week")
        panel.set_ylim(bottom=0)
        panel.set_xticks(as_days(sorted({row.week for row in inside})))
        panel.xaxis.set_major_formatter(day_label)
    entries = [
        Line2D([], [], color=look(number)[0], marker=look(number)[1], markersize=5, label=name)
        for number, name in enumerate(categories)
    ]
    figure.legend(handles=entries, loc="outside right center")
    headed(
        figure,
        "Depletion by week and category",
        "Stock that went down between two observations, which is not sales. Weeks begin on Monday; a hollow mark"
        " is a week that is not over, or not known on all seven days.",
    )
    return figure


def potency_by_vendor(rows: Rows) -> Figure:
    """A panel for each vendor on one scale: the median, and the band from p10 to p90; numbers are packages."""
    panels = _grouped(rows, lambda row: row.vendor)
    months = sorted({row.month for row in rows})
    highest = max((float(row.p90) for row in rows), default=1.0)
    figure, axes = _panels(len(panels), 3, height=2.4)
    for (vendor, line), panel in zip(panels, axes, strict=True):
        days = as_days([row.month for row in line])
        low, middle, high = ([float(getattr(row, name)) for row in line] for name in ("p10", "median", "p90"))
        panel.fill_between(days, low, high, color=COLOURS[5], alpha=0.35, linewidth=0)
        panel.vlines(days, low, high, color=COLOURS[5], linewidth=2)
        panel.plot(days, middle, color=COLOURS[0], marker="o", markersize=5, linewidth=1.6)
        for row, day in zip(line, days, strict=True):
            panel.annotate(
                str(row.packages),
                (day, highest * 1.1),
                ha="center",
                va="top",
                fontsize=8,
                color=GREY,
                annotation_clip=False,
            )
        panel.set_title(vendor)
        panel.set_ylim(0, highest * 1.12)
        panel.set_xlim(position(months[0]) - 12, position(months[-1]) + 12)
        panel.set_xticks(as_days(months))
        panel.xaxis.set_major_formatter(month_label)
        panel.set_ylabel(line[0].unit)
    figure.legend(
        handles=[
            Line2D([], [], color=COLOURS[0], marker="o", markersize=5, label="median"),
            Patch(color=COLOURS[5], alpha=0.5, label="p10 to p90"),
        ],
        loc="outside upper right",
        ncols=2,
    )
    headed(
        figure,
        f"Potency of {rows[0].analyte} in {rows[0].product}, by vendor",
        "By month of the test. Grey numbers are packages: of a few, the band says little.",
    )
    return figure


def coverage_calendar(rows: Rows) -> Figure:
    """A calendar for each office: a column is a week, a square a business day; a dot is a day with hours not seen."""
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
            [], [], marker="o", linestyle="", markersize=4, color="white", markeredgecolor=GREY, label="hours not seen"
        ),
    ]
    figure.legend(handles=entries, loc="outside upper right", ncols=len(entries))
    headed(
        figure,
        "Coverage: what is known of each business day",
        "A column is a week, a square a business day. A dot: the changes of some hours of the day were not asked for.",
    )
    return figure


def _panels(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels; what is left of the last row stays empty."""
    columns = min(columns, max(count, 1))
    lines = -(-max(count, 1) // columns)
    figure = Figure(figsize=(11, 1.0 + height * lines))
    axes = [figure.add_subplot(lines, columns, number + 1) for number in range(count)]
    return figure, axes


def _grouped(rows: Rows, key: Callable[[Any], Any]) -> list[tuple[Any, list[Any]]]:
    """Neighbours of one key, as lists."""
    return [(value, list(some)) for value, some in groupby(rows, key)]


def _with_gaps(line: Rows) -> list[tuple[dt.date, float]]:
    """Days and quantities of a line that breaks where days are missing: nothing is drawn that nobody saw."""
    points: list[tuple[dt.date, float]] = []
    for row in line:
        if points and (row.day - points[-1][0]).days > 1:
            points.append((row.day, math.nan))
        points.append((row.day, float(row.quantity)))
    return points


def _hollow(colour: str) -> dict[str, Any]:
    """The mark of a day that is carried forward."""
    return {
        "marker": "o",
        "linestyle": "",
        "markersize": 5,
        "markerfacecolor": "white",
        "markeredgecolor": colour,
        "zorder": 3,
    }
