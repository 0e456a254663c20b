"""What a task did, counted where it happens, for whoever asks: requests by the API side, pulls by the warehouse side.

Where nobody asks, nothing is counted. Counting knows neither Airflow nor where the numbers go.
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
    """How many items of some pages were used, and what was not, or was used though it is not as documented."""

    items: int = 0
    rejections: Counter[str] = msgspec.field(default_factory=Counter)
    """Items that were rejected, by reason."""
    fields: Counter[str] = msgspec.field(default_factory=Counter)
    """Fields that were set aside, by reason."""
    odd: Counter[str] = msgspec.field(default_factory=Counter)
    """Values that deviate from the documented types and were used all the same, by field and deviation."""
    pages: set[int] = msgspec.field(default_factory=set)
    """The numbers of the pages."""

    @property
    def rejected(self) -> int:
        """How many items were rejected."""
        return self.rejections.total()

    @property
    def set_aside(self) -> int:
        """How many fields were set aside."""
        return self.fields.total()

    @property
    def deviations(self) -> int:
        """How many values deviate and were used."""
        return self.odd.total()

    def add(self, page: Page[Any]) -> None:
        """Count a page in."""
        self.items += len(page.items)
        self.rejections.update(item.reason for item in page.rejected)
        self.fields.update(field.reason for field in page.set_aside)
        self.odd.update(page.deviations)
        self.pages.add(page.number)

    def report(self) -> str | None:
        """What is not as it should be, in one line with the most frequent reasons; None where all is well."""
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
    """What some pages come to."""
    whole = Tally()
    for page in pages:
        whole.add(page)
    return whole


def _most_frequent(counter: Counter[str]) -> str:
    shown = "; ".join(f"{words}: {times}" for words, times in counter.most_common(REASONS_SHOWN))
    return shown + ("; ..." if len(counter) > REASONS_SHOWN else "")


class PullMeasure(msgspec.Struct, frozen=True):
    """One pull that was committed, as its row in the ledger describes it.

    ``seconds`` go from its start to its commit; for packages, which are committed many at once, to the answer.
    """

    kind: str
    status: str
    seconds: float
    tally: Tally


class Measures(msgspec.Struct):
    """What was counted. ``requests`` are all that were sent, ``retries`` those that asked for the same again."""

    requests: int = 0
    retries: int = 0
    pulls: list[PullMeasure] = []


_current: ContextVar[Measures | None] = ContextVar("indicaonline_measures", default=None)


@contextmanager
def measuring() -> Iterator[Measures]:
    """Count what happens inside, in threads and coroutines that are started there, too; gives what is counted."""
    measures = Measures()
    token = _current.set(measures)
    try:
        yield measures
    finally:
        _current.reset(token)


def count_request(*, is_retry: bool) -> None:
    """A request is about to be sent."""
    measures = _current.get()
    if measures is not None:
        measures.requests += 1
        measures.retries += is_retry


def count_pull(pull: PullMeasure) -> None:
    """A pull was committed."""
    measures = _current.get()
    if measures is not None:
        measures.pulls.append(pull)
