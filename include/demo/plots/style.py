"""The style of the charts: colours for colour-blind readers, text as text, reproducible files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# The palette of Okabe and Ito, with grey for the yellow, which is too pale for lines. There is one more colour than
# markers, so that 56 series have different pairs.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8a8f98")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#5f6770"
A_WEEK = dt.timedelta(days=7)
_EPOCH = dt.date(1970, 1, 1)  # matplotlib counts days from here
_SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,  # the grid under the bands
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": "#1f2328",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.5,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.fonttype": "none",
    "svg.hashsalt": "indicaonline",
    "xtick.color": GREY,
    "ytick.color": GREY,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style to figures that are created or saved in the block."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def headed(figure: Figure, title: str, note: str) -> None:
    """Set the title of a figure, and one line below the plots that explains it."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
    figure.supxlabel(note, x=0.01, ha="left", fontsize=8.5, color=GREY)


def day_axis(axes: Axes, days: Collection[dt.date]) -> None:
    """Show Mondays on the x axis, at most 8 of them."""
    first, last = min(days), max(days)
    monday = first + dt.timedelta(days=-first.weekday() % 7)
    mondays = [position(monday + week * A_WEEK) for week in range((last - monday) // A_WEEK + 1)]
    axes.set_xticks(mondays[:: -(-len(mondays) // 8) or 1])
    axes.xaxis.set_major_formatter(day_label)


def day_label(value: float, _: object = None) -> str:
    """Return the label of a day on a date axis, such as 2 Feb."""
    day = _EPOCH + dt.timedelta(days=value)
    return f"{day.day} {day:%b}"


def month_label(value: float, _: object = None) -> str:
    """Return the label of a month on a date axis; January has the year below it."""
    month = _EPOCH + dt.timedelta(days=value)
    return f"{month:%b}\n{month.year}" if month.month == 1 else f"{month:%b}"


def series(number: int) -> tuple[str, str]:
    """Return colour and marker of the n-th series."""
    return COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]


def position(day: dt.date) -> float:
    """Return the position of a day on a date axis."""
    return float((day - _EPOCH).days)


def as_days(days: Sequence[dt.date]) -> list[float]:
    """Return the positions of days on a date axis."""
    return [position(day) for day in days]
