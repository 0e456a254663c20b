"""Sessions that the server ends just before a chosen statement, and a list of the statements that ran.

A statement is known by what it writes (``INSERT INTO inventory.stock``), not by the file that it stands in: files move.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

_WRITE = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY)\s+((?:raw|ops|inventory|mart)\.\w+)", re.IGNORECASE
)


class Cutter:
    """Notes what is written to a warehouse, while it watches.

    ``at`` is the write before which the session is ended, as by a restart of the server, the first time it comes.
    """

    def __init__(self, dsn: str, at: str | None = None) -> None:
        self.dsn = dsn
        self.at = at
        self.ran: list[str] = []

    @property
    def is_done(self) -> bool:
        """True if the statement was reached, and so the session has ended."""
        return self.at in self.ran

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See every statement of this process. At the driver: how and where a session is opened does not matter."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("execute", "executemany", "copy"):
                patch.setattr(psycopg.Cursor, name, self._noting(getattr(psycopg.Cursor, name)))
            yield

    def _noting(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def noting(cursor: psycopg.Cursor[Any], query: Any, *arguments: Any, **options: Any) -> Any:
            self._note(cursor, query)
            return method(cursor, query, *arguments, **options)

        return noting

    def _note(self, cursor: psycopg.Cursor[Any], query: Any) -> None:
        for write in writes(_text(cursor, query)):
            if write in self.ran:
                continue
            self.ran.append(write)
            if write == self.at:
                end_session(self.dsn, cursor.connection.info.backend_pid)


def writes(text: str) -> list[str]:
    """Return the writes of a statement outside of temporary tables, such as ``INSERT INTO inventory.stock``."""
    code = re.sub(r"--[^\n]*", "", text)
    return list(dict.fromkeys(f"{' '.join(verb.upper().split())} {table}" for verb, table in _WRITE.findall(code)))


def end_session(dsn: str, pid: int) -> None:
    """End a session of the server, and wait until it is gone."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        (ended,) = connection.execute("SELECT pg_terminate_backend(%s, 10000)", [pid]).fetchone() or (False,)
    assert ended, "the session is still there"


def _text(cursor: psycopg.Cursor[Any], query: Any) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return query if isinstance(query, str) else str(query.as_string(cursor))
