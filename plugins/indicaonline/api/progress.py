"""Bookkeeping of one read: rows so far, pages to request, and completeness."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from indicaonline.api.decoding import Body, Key

# total may be any number, and rows without ids cannot repeat, so nothing else would end such a read.
MOST_BARREN_PAGES = 3
"""Later pages without a new row that end a read."""


class Progress:
    """The state of one read. Pages are added one by one, in any order after the first."""

    def __init__(self, read: int, before: Progress | None) -> None:
        self.read = read
        self.total: int | None = None
        self.stride = 0
        """Rows from the start of one page to the next. The server may return fewer than requested."""
        self.first_page_at: dt.datetime | None = None
        self.last_page_at: dt.datetime | None = None
        self._before = before.rows if before is not None else None
        self.rows: set[Key] = set()
        """The keys of all rows so far, including unusable ones."""
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
        """Return True if a later page has exactly the rows of the first one."""
        # Then the API ignores the offset. As sets, because its order may differ from page to page.
        first = self._first_keys
        return number > 1 and bool(keys) and len(keys) == len(first) and set(keys) == set(first) and None not in keys

    def add(self, number: int, keys: list[Key | None], body: Body[Any], at: dt.datetime, limit: int) -> None:
        """Add one page. ``keys`` are those of its rows, None for a row without ids; ``at`` is the server's time."""
        if number == 1:
            self._first_keys = keys
            self.total = body.total
            self.stride = len(keys)
            # A full page may have a successor. So may a short one without total, because the server may cap pages below
            # the requested limit. A bare list that is not full is treated as the whole list.
            unexplained = body.total is None and not body.bare and len(keys) < limit
            self._may_go_on = len(keys) == limit or unexplained
        self._pages += 1
        self._totals.add(body.total)
        # Not by page number, because two servers behind one address have two clocks.
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

    def should_request(self, offset: int, *, in_flight: int) -> bool:
        """Return True if the page at ``offset`` has to be requested, while ``in_flight`` requests are pending."""
        if self.stride == 0 or self._barren >= MOST_BARREN_PAGES:
            return False
        if self.total is not None and offset < self.total:
            return True
        # Beyond total, and without it, one page at a time, as long as the last one was full and had new rows. The bound
        # ends a read whose total stays too small.
        if in_flight or self._twice or (self.total is not None and len(self.rows) > 2 * (self.total + self.stride)):
            return False
        if self._furthest == 1:
            return self._may_go_on
        return self._furthest_rows >= self.stride and self._furthest * self.stride == offset

    @property
    def problem(self) -> str | None:
        """The reason why the read is incomplete, in one sentence; None if it is complete."""
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
        # Without total, a page may have been missed. Two equal reads in a row make that unlikely.
        if self._pages > 1 and self.rows != self._before:
            return "The API sends no total, and no two reads in a row held the same rows."
        return None

    def unusable(self, share: float) -> str | None:
        """Return the main reason for rejected items if they exceed a share, in one sentence; otherwise None."""
        rejected = self._reasons.total()
        if rejected <= share * self._items:
            return None
        reason, times = self._reasons.most_common(1)[0]
        return f"{rejected} of {self._items} items cannot be used ({reason}: {times})."

    @property
    def _hint(self) -> str:
        """Advice for a read whose later pages had no rows, although rows are missing."""
        # An API may return an empty page where it does not know the skip parameter.
        is_short = self.total is not None and len(self.rows) < self.total and self._pages - self._barren <= 1
        words = ": no later page had any. Check skip_parameter in the connection (the contract check finds the name)"
        return words if is_short else ""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _listed(totals: set[int | None]) -> str:
    known = sorted(total for total in totals if total is not None)
    return ", ".join([str(total) for total in known] + (["none"] if None in totals else []))
