"""The rate limit of the API: a token bucket that is filled in real time."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """A token bucket with the size of one second's requests."""

    def __init__(self, real_time: Callable[[], float] = time.monotonic) -> None:
        self._real_time = real_time
        self._setting: tuple[float, int] | None = None
        self._tokens = 0.0
        self._filled_at = 0.0

    def wait(self, rate: float | None, generation: int = 0) -> float:
        """Take a token and return 0, or return the seconds until there is one. Without a rate there is no limit.

        A new rate, or a new generation of the setting, starts with a full bucket.
        """
        if rate is None:
            return 0.0
        now = self._real_time()
        size = max(1.0, rate)
        if self._setting != (rate, generation):
            self._setting, self._tokens, self._filled_at = (rate, generation), size, now
        self._tokens = min(size, self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / rate
        self._tokens -= 1
        return 0.0
