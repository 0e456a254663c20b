"""The API's own rate limit: a bucket of tokens that real time fills."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Allows a second's worth of requests at once, and then as many as time brings."""

    def __init__(self, real_time: Callable[[], float] = time.monotonic) -> None:
        self._real_time = real_time
        self._rate: float | None = None
        self._tokens = 0.0
        self._filled_at = 0.0

    def wait(self, rate: float | None) -> float:
        """Return 0 and take a token, or the seconds until there is one. No rate: no limit."""
        if rate is None:
            return 0.0
        now = self._real_time()
        size = max(1.0, rate)
        if rate != self._rate:
            self._rate, self._tokens, self._filled_at = rate, size, now
        self._tokens = min(size, self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / rate
        self._tokens -= 1
        return 0.0
