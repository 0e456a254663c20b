"""Requests that are tried again: which, how often, and after how long. ``Retry-After`` is obeyed here.

Airflow's own retries of a task are in :mod:`indicaonline.retry_policy`.
"""

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

UNREADABLE_TRIES: Final = 3


class Retries:
    """The retries of one client, each request within a budget of seconds. ``sleep`` is injectable for tests."""

    def __init__(self, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._not_before = 0.0

    async def run(self, what: str, once: Callable[[], Awaitable[T]]) -> T:
        """Call ``once`` until it succeeds, waiting in between; raises its last error. ``what`` is for the log."""
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
        """Wait as long as the server has asked of any request of this client."""
        pause = self._not_before - time.monotonic()
        if pause > 0:
            await self._sleep(pause)

    def hold_others(self, error: IndicaOnlineError) -> None:
        """Let all requests wait as long as the server asked of one, unless that is longer than one may wait."""
        if error.retry_after is not None and error.retry_after <= self._seconds:
            self._not_before = max(self._not_before, time.monotonic() + error.retry_after)

    def _over_budget(self, state: tenacity.RetryCallState) -> bool:
        spent = max(state.seconds_since_start or 0.0, state.idle_for)
        return spent + state.upcoming_sleep > self._seconds


def _log_retry(what: str, state: tenacity.RetryCallState) -> None:
    """One line for each try that failed and is followed by another: what, which, why, and how long it waits."""
    log.warning(
        "Try %s of %s, failed; the next one follows in %.1f s. %s",
        state.attempt_number,
        what,
        state.upcoming_sleep,
        state.outcome.exception() if state.outcome is not None else "",
    )


def _wait(state: tenacity.RetryCallState) -> float:
    """As long as the server asks, and a little more; else a random wait below a bound that doubles."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.retry_after if isinstance(error, IndicaOnlineError) else None
    if asked is not None:
        return asked + random.uniform(0.1, 1)
    return random.uniform(0.1, min(30.0, 2.0 ** min(state.attempt_number - 1, 10)))
