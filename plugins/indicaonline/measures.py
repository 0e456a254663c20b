"""Counters of a task's work: the API side counts requests, the warehouse side counts pulls.

They count only inside :func:`measuring`, and depend neither on Airflow nor on the destination of the numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

from indicaonline.records import Page

REASONS_SHOWN = 3


class Tally(msgspec.Struct):
    """Counts over pages: items that were used, items and fields that were not, and deviations from the guide."""

    items: int = 0
    rejections: Counter[str] = msgspec.field(default_factory=Counter)
    """Rejected items, by reason."""
    fields: Counter[str] = msgspec.field(default_factory=Counter)
    """Fields set aside, by reason."""
    odd: Counter[str] = msgspec.field(default_factory=Counter)
    """Values that were used although they deviate from the documented types, by field and deviation."""
    pages: set[int] = msgspec.field(default_factory=set)
    """The numbers of the pages."""

    @property
    def rejected(self) -> int:
        """The number of rejected items."""
        return self.rejections.total()

    @property
    def set_aside(self) -> int:
        """The number of fields set aside."""
        return self.fields.total()

    @property
    def deviations(self) -> int:
        """The number of values that deviate and were used."""
        return self.odd.total()

    def add(self, page: Page[Any]) -> None:
        """Add a page."""
        self.items += len(page.items)
        self.rejections.update(item.reason for item in page.rejected)
        self.fields.update(field.reason for field in page.set_aside)
        self.odd.update(page.deviations)
        self.pages.add(page.number)

    def report(self) -> str | None:
        """Return the deviations in one line, with their most frequent reasons; None if there are none."""
        parts = [
            f"{counter.total()} {words} ({_most_frequent(counter)})"
            for counter, words in (
                (self.rejections, f"of {self.items + self.rejected} items rejected"),
                (self.fields, "fields set aside"),
                (self.odd, "values used though not as documented"),
            )
            if counter
        ]
        return ", ".join(parts) or None


def tally(pages: Iterable[Page[Any]]) -> Tally:
    """Return the tally of some pages."""
    whole = Tally()
    for page in pages:
        whole.add(page)
    return whole


def _most_frequent(counter: Counter[str]) -> str:
    shown = "; ".join(f"{words}: {times}" for words, times in counter.most_common(REASONS_SHOWN))
    return shown + ("; ..." if len(counter) > REASONS_SHOWN else "")


class PullMeasure(msgspec.Struct, frozen=True):
    """One committed pull, as its row in the ledger describes it."""

    pull_id: int
    kind: str
    status: str
    # From start to commit. For a package from start to response, because many packages share a commit.
    seconds: float
    tally: Tally


class Measures(msgspec.Struct):
    """Counts of a task. ``requests`` includes ``retries``."""

    requests: int = 0
    retries: int = 0
    pulls: list[PullMeasure] = []


# asyncio.create_task and asyncio.to_thread copy the context: the coroutines and threads of a task count into the same
# object, and two tasks in one process (`airflow dags test`) into their own.
_current: ContextVar[Measures | None] = ContextVar("indicaonline_measures", default=None)


@contextmanager
def measuring() -> Iterator[Measures]:
    """Count inside the block, including coroutines and threads that asyncio starts there; yield the counts."""
    measures = Measures()
    token = _current.set(measures)
    try:
        yield measures
    finally:
        _current.reset(token)


def count_request(*, is_retry: bool) -> None:
    """Count a request that is about to be sent."""
    measures = _current.get()
    if measures is not None:
        measures.requests += 1
        measures.retries += is_retry


def count_pull(pull: PullMeasure) -> None:
    """Count a committed pull."""
    measures = _current.get()
    if measures is not None:
        measures.pulls.append(pull)
