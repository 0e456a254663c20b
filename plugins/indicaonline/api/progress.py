"""What one read has seen so far, where it has to go on, and whether it may be called complete."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Generic, TypeVar

from indicaonline.api.decoding import Body, Key, Shape

Item = TypeVar("Item")

MOST_BARREN_PAGES = 3
"""So many later pages without a new row end a read: total may be anything, and rows without ids never repeat."""


class Progress(Generic[Item]):
    """The bookkeeping of one read. Fed page by page, in any order after the first one."""

    def __init__(self, read: int, shape: Shape[Item], before: Progress[Item] | None) -> None:
        self.read = read
        self.total: int | None = None
        self.stride = 0
        """Rows from one page's start to the next: what the server gives, which may be fewer than asked."""
        self.first_page_at: dt.datetime | None = None
        self.last_page_at: dt.datetime | None = None
        self._before = before.rows if before is not None else None
        self.rows: set[Key] = set()
        """The keys of every row seen, bad ones included."""
        self._first_keys: list[Key | None] = []
        self._pages = 0
        self._twice = 0
        self._without_ids = 0
        self._barren = 0
        self._totals: set[int | None] = set()
        self._furthest = 0
        self._furthest_rows = 0
        self._may_go_on = False
        self._items = 0
        self._reasons: Counter[str] = Counter()

    def repeats_first_page(self, number: int, keys: list[Key | None]) -> bool:
        """Whether a later page holds exactly the rows of the first one: the offset was not obeyed."""
        first = self._first_keys
        return number > 1 and bool(keys) and len(keys) == len(first) and set(keys) == set(first) and None not in keys

    def add(self, number: int, keys: list[Key | None], body: Body[Item], at: dt.datetime, limit: int) -> None:
        """Take one page into account. ``keys`` are its rows', None for a row without ids; ``at`` its server's time."""
        if number == 1:
            self._first_keys = keys
            self.total = body.total
            self.stride = len(keys)
            # A full page may have a successor. So may a short one that no total explains: the server may cap
            # pages below the limit asked for. A bare list is taken to know no pages unless it is just full.
            unexplained = body.total is None and not body.bare and len(keys) < limit
            self._may_go_on = len(keys) == limit or unexplained
        self._pages += 1
        self._totals.add(body.total)
        # Not by the numbers of the pages: two servers behind one address have two clocks.
        self.first_page_at = at if self.first_page_at is None else min(self.first_page_at, at)
        self.last_page_at = at if self.last_page_at is None else max(self.last_page_at, at)
        if number >= self._furthest:
            self._furthest, self._furthest_rows = number, len(keys)
        before = len(self.rows)
        self._count_rows(keys)
        if number > 1 and len(self.rows) == before:
            self._barren += 1
        self._items += len(keys)
        self._reasons.update(entry.reason for entry in body.rejected)

    def _count_rows(self, keys: list[Key | None]) -> None:
        known = [key for key in keys if key is not None]
        self._without_ids += len(keys) - len(known)
        before = len(self.rows)
        self.rows.update(known)
        self._twice += len(known) - (len(self.rows) - before)

    def wants(self, offset: int, *, flying: int) -> bool:
        """Whether the page at ``offset`` is worth asking for, while ``flying`` requests are under way.

        ``total`` says how many pages to ask for at once; past it, and without it, pages are asked for
        one by one for as long as the last one was full and brings rows not seen before.
        """
        if self.stride == 0 or self._barren >= MOST_BARREN_PAGES:
            return False
        if self.total is not None and offset < self.total:
            return True
        if flying or self._twice or (self.total is not None and len(self.rows) > 2 * (self.total + self.stride)):
            return False
        if self._furthest == 1:
            return self._may_go_on
        return self._furthest_rows >= self.stride and self._furthest * self.stride == offset

    @property
    def problem(self) -> str | None:
        """Why what was read is not complete, in one sentence; None where it is."""
        if self._without_ids:
            return f"{_counted(self._without_ids, 'item')} came without ids."
        if len(self._totals) > 1:
            return f"The total changed while pages were read ({_listed(self._totals)})."
        if self._twice:
            return f"{_counted(self._twice, 'row')} came twice: pages moved while they were read."
        if self.total is not None:
            if len(self.rows) == self.total:
                return None
            return f"{_counted(len(self.rows), 'row')} came, but the total is {self.total}{self._hint}."
        if self._pages > 1 and self.rows != self._before:
            return "The API sends no total, and no two reads in a row held the same rows."
        return None

    def unusable(self, share: float) -> str | None:
        """Why too much of what was read cannot be used, in one sentence; None where it is at most this share of it."""
        rejected = self._reasons.total()
        if rejected <= share * self._items:
            return None
        reason, times = self._reasons.most_common(1)[0]
        return f"{rejected} of {self._items} items cannot be used ({reason}: {times})."

    @property
    def _hint(self) -> str:
        """Where no page but the first brought rows, and they are too few, the API may not know how to skip rows."""
        is_short = self.total is not None and len(self.rows) < self.total and self._pages - self._barren <= 1
        words = (
            ": no later page brought any. Check skip_parameter in the connection (the contract check finds the name)"
        )
        return words if is_short else ""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _listed(totals: set[int | None]) -> str:
    known = sorted(total for total in totals if total is not None)
    return ", ".join([str(total) for total in known] + (["none"] if None in totals else []))
