"""Retries of requests, including ``Retry-After``. For retries of tasks see :mod:`indicaonline.retry_policy`."""

from __future__ import annotations

import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from indicaonline.errors import IndicaOnlineError, RetriableError, UnreadableAnswerError
from indicaonline.measures import count_request

log = logging.getLogger(__name__)

T = TypeVar("T")

# Fewer than the budget allows: a page that is not the API's is seldom gone within seconds.
UNREADABLE_TRIES: Final = 3


class Retries:
    """Retries of one client. Each request has a budget of ``seconds``. ``sleep`` is injectable for tests."""

    def __init__(self, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._not_before = 0.0

    async def run(self, what: str, once: Callable[[], Awaitable[T]]) -> T:
        """Call ``once`` until it succeeds, with waits in between; raise its last error. ``what`` is for the log."""
        began = time.monotonic()
        waited = 0.0
        unreadable = 0
        for number in itertools.count(1):
            count_request(is_retry=number > 1)
            try:
                return await once()
            except RetriableError as error:
                unreadable += isinstance(error, UnreadableAnswerError)
                wait = _wait(error, number)
                # An injected sleep takes no time; what it stands for counts all the same.
                spent = max(time.monotonic() - began, waited)
                if unreadable >= UNREADABLE_TRIES or spent + wait > self._seconds:
                    raise
                log.warning("Try %s of %s, failed; the next one follows in %.1f s. %s", number, what, wait, error)
            # Outside of the except block: the error, and the response in its frames, are free during the wait.
            await self._sleep(wait)
            waited += wait
        raise AssertionError("count() never ends")

    async def wait_for_turn(self) -> None:
        """Wait for the end of the longest ``Retry-After`` of this client."""
        pause = self._not_before - time.monotonic()
        if pause > 0:
            await self._sleep(pause)

    def hold_others(self, error: IndicaOnlineError) -> None:
        """Make all requests of this client wait for the ``Retry-After`` of one."""
        # A rate limit applies to the key, so other requests would only prolong it. A wait beyond the budget ends the
        # request, and Airflow retries the task.
        if error.retry_after is not None and error.retry_after <= self._seconds:
            self._not_before = max(self._not_before, time.monotonic() + error.retry_after)


def _wait(error: IndicaOnlineError, tries: int) -> float:
    """Return the wait that the server requests, or else one with exponential backoff."""
    # Random in both cases, so that the clients of several tasks do not return at the same moment ("full jitter").
    if error.retry_after is not None:
        return error.retry_after + random.uniform(0.1, 1)
    return random.uniform(0.1, min(30.0, 2.0 ** min(tries - 1, 10)))
