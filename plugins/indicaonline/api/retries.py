"""Retries of requests, including ``Retry-After``. For retries of tasks see :mod:`indicaonline.retry_policy`."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import tenacity

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
        tries = unreadable = 0

        async def attempt() -> T:
            nonlocal tries, unreadable
            tries += 1
            count_request(is_retry=tries > 1)
            try:
                return await once()
            except UnreadableAnswerError:
                unreadable += 1
                raise

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(RetriableError),
            wait=_wait,
            stop=lambda state: unreadable >= UNREADABLE_TRIES or self._over_budget(state),
            sleep=self._sleep,
            before_sleep=functools.partial(_log_retry, what),
            reraise=True,
        )
        return await retrying(attempt)

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

    def _over_budget(self, state: tenacity.RetryCallState) -> bool:
        # An injected sleep takes no time; idle_for counts it all the same.
        spent = max(state.seconds_since_start or 0.0, state.idle_for)
        return spent + state.upcoming_sleep > self._seconds


def _log_retry(what: str, state: tenacity.RetryCallState) -> None:
    """Log a failed try that another one follows."""
    log.warning(
        "Try %s of %s, failed; the next one follows in %.1f s. %s",
        state.attempt_number,
        what,
        state.upcoming_sleep,
        state.outcome.exception() if state.outcome is not None else "",
    )


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the wait that the server requests, or else one with exponential backoff."""
    # Random in both cases, so that the clients of several tasks do not return at the same moment ("full jitter").
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.retry_after if isinstance(error, IndicaOnlineError) else None
    if asked is not None:
        return asked + random.uniform(0.1, 1)
    return random.uniform(0.1, min(30.0, 2.0 ** min(state.attempt_number - 1, 10)))
