"""The requests to the public API, for tests that count them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from threading import Condition


@dataclass(slots=True)
class Entry:
    """One public request. ``status`` is None until the whole response is sent."""

    at: int
    """Simulated Unix seconds."""
    method: str
    path: str
    """Without the prefix and the version: ``inventory/office/101``."""
    params: dict[str, str]
    status: int | None = None
    faults: list[str] = field(default_factory=list)
    clock: int = 0
    """Offset of the answering server's clock in seconds."""


class Journal:
    """The last requests, the oldest first, without keys."""

    def __init__(self, keep: int = 200_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._lock = Condition()

    def add(self, entry: Entry) -> None:
        """Append a request."""
        with self._lock:
            self._entries.append(entry)
            self._lock.notify_all()

    def wait_for(self, count: int, path: str = "", timeout: float = 10.0) -> bool:
        """Wait for ``count`` matching requests; return False if the timeout ended the wait."""
        with self._lock:
            return self._lock.wait_for(lambda: self.count(path) >= count, timeout)

    def all(self, path: str = "") -> list[Entry]:
        """Return the requests whose path matches a regular expression (anywhere in it)."""
        with self._lock:
            return [entry for entry in self._entries if re.search(path, entry.path)]

    def count(self, path: str = "") -> int:
        """Return the number of matching requests."""
        return len(self.all(path))

    def reset(self) -> None:
        """Clear the list of requests."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)
