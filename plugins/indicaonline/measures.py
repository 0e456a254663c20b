"""What a task did, counted where it happens, for whoever asks: requests by the API side, pulls by the warehouse side.

Where nobody asks, nothing is counted. Counting knows neither Airflow nor where the numbers go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec


class PullMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """One pull that was committed, as its row in the ledger tells of it.

    ``seconds`` go from its start to its commit; for packages, which are committed many at once, to the answer.
    """

    kind: str
    status: str
    seconds: float
    items: int
    rejected: int


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
