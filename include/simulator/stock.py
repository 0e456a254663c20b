"""Stock: the current and all earlier states of one product in one office."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

Contents = tuple[tuple[int, Decimal], ...]
"""(package id, quantity) of the packages of a line, the oldest first."""


class Change(NamedTuple):
    """A line from ``at`` on, until its next change. Quantity None: not in the office's list."""

    at: int
    office_id: int
    product_id: int
    reason: str
    measurement: str
    quantity: Decimal | None
    packages: Contents

    @property
    def listed(self) -> bool:
        """True if the office's list contains the product."""
        return self.quantity is not None


@dataclass(slots=True, eq=False)
class Line:
    """One product in one office: its current state, its past, and its rendered item."""

    change: Change
    past: list[Change] | None = None
    """Earlier changes. None until there are any, because most lines of a large world never change."""
    wire: bytes | None = None
    """The rendered item, kept until the next change."""

    @property
    def changes(self) -> list[Change]:
        """Every change, the oldest first."""
        return [*(self.past or ()), self.change]

    def at(self, second: int) -> Change | None:
        """Return the line as it was at the end of a second; None before its first change."""
        if self.change.at <= second:
            return self.change
        past = self.past or []
        index = bisect_right(past, second, key=attrgetter("at"))
        return past[index - 1] if index else None

    def become(self, change: Change) -> None:
        """Replace the current state, which becomes part of the past."""
        if self.past is None:
            self.past = []
        self.past.append(self.change)
        self.change = change
        self.wire = None


def product_of(line: Line) -> int:
    """Return the product id of a line, by which an office's list is sorted."""
    return line.change.product_id


class Shelf:
    """All lines of one office, and the listed ones in the order of their ids."""

    def __init__(self) -> None:
        self.lines: dict[int, Line] = {}
        self.listed: list[Line] = []
        self.views: dict[object, list[Line]] = {}
        """The list in other orders, kept until the next change in the office."""

    def fill(self, lines: list[Line]) -> None:
        """Take an opening stock, sorted by product."""
        self.lines = {product_of(line): line for line in lines}
        self.listed = lines

    def put(self, change: Change) -> Line:
        """Apply a change and return its line."""
        line = self.lines.get(change.product_id)
        was_listed = line is not None and line.change.listed
        if line is None:
            line = self.lines[change.product_id] = Line(change)
        else:
            line.become(change)
        if change.listed and not was_listed:
            insort(self.listed, line, key=product_of)
        elif was_listed and not change.listed:
            del self.listed[bisect_left(self.listed, change.product_id, key=product_of)]
        self.views.clear()
        return line
