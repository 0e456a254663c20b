"""Sessions that read ``mart`` with the rights of analysts, kept in a small pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg import errors
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from indicaonline.errors import IndicaOnlineError, RetriableError, WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.database_errors import failure
from indicaonline.warehouse.schema import check_schema
from indicaonline.warehouse.session import Connect
from indicaonline.warehouse.sql import ROOT, Connection, read_sql

T = TypeVar("T")

STATEMENT_TIMEOUT = "10s"
SESSIONS = 4
WAIT_SECONDS = 10
# A session checks the schema when it opens. After a migration, or a change of the connection, the old ones end soon.
RECYCLE_SECONDS = 300

_FOLDER = "ui"


def dataset_names() -> frozenset[str]:
    """Return the names of the queries for analysts, the files of ``include/sql/ui``."""
    return frozenset(path.stem for path in (ROOT / _FOLDER).glob("*.sql"))


def dataset_statement(name: str) -> str:
    """Return the text of a query for analysts."""
    return read_sql(f"{_FOLDER}/{name}")


class Rows(msgspec.Struct, frozen=True):
    """The result of a query: the names of its columns, and its rows. ``more`` is True where the limit cut them off."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    more: bool


class AnalystPool:
    """A few sessions of a warehouse, for the threads of one process. Opens none before the first query."""

    def __init__(self, connect: Connect, timeout: str = STATEMENT_TIMEOUT, role: str = Settings().analyst_role) -> None:
        # SQLAlchemy's pool takes a function that connects, and raises its errors where a session is asked for.
        self._pool = QueuePool(
            lambda: _open(connect, role, timeout),
            pool_size=SESSIONS,
            max_overflow=0,
            timeout=WAIT_SECONDS,
            recycle=RECYCLE_SECONDS,
        )

    def read(self, statement: str, parameters: Mapping[str, Any], limit: int) -> Rows:
        """Run a statement that takes the parameters ``limit`` and those given, and return at most ``limit`` rows.

        Raises :class:`~indicaonline.errors.WarehouseError` and :class:`~indicaonline.errors.RetriableError`, one line.
        """
        # One row more than asked for shows whether there are more.
        found, columns = self._use(lambda session: _fetch(session, statement, {**parameters, "limit": limit + 1}))
        return Rows(columns, found[:limit], len(found) > limit)

    def as_text(self, statement: str, parameters: Mapping[str, Any]) -> str:
        """Return the statement with its parameters filled in, as a person can run it."""
        return self._use(lambda session: psycopg.ClientCursor(session).mogrify(statement, parameters))

    def close(self) -> None:
        """Close the sessions that are not in use."""
        self._pool.dispose()

    def _use(self, work: Callable[[Connection], T]) -> T:
        try:
            return self._once(work)
        except _LostError:
            # A restart of the server ended every session that was kept: the next ones are opened now.
            self._pool = self._pool.recreate()
            return self._once(work)

    def _once(self, work: Callable[[Connection], T]) -> T:
        try:
            held = self._pool.connect()
        except PoolTimeout:
            raise RetriableError("All sessions that read the warehouse are busy: try again in a moment.") from None
        session: Any = held.dbapi_connection
        try:
            return work(session)
        except psycopg.Error as error:
            if session.closed:
                held.invalidate()
                raise _LostError(str(failure(error) or error)) from None
            raise _sentence(error) or error from None
        finally:
            held.close()


class _LostError(RetriableError):
    """The server ended the session."""


def _fetch(session: Connection, statement: str, parameters: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
    cursor = session.execute(statement.encode(), parameters)
    return cursor.fetchall(), [column.name for column in cursor.description or ()]


def _open(connect: Connect, role: str, timeout: str) -> Any:
    session = open_connection(connect)
    try:
        check_schema(session)
        session.commit()
        # Each statement is a transaction of its own: no session stays idle in one.
        session.autocommit = True
        session.execute(read_sql("session/read_as_analyst"), {"timeout": timeout, "role": role})
    except psycopg.Error as error:
        session.close()
        refused = WarehouseError(
            f"The user of the warehouse's connection cannot act as {role}: let an administrator run GRANT {role} TO"
            " <that user>."
        )
        raise _sentence(error, refused) or error from None
    except IndicaOnlineError:
        session.close()
        raise
    return session


def _sentence(error: psycopg.Error, refused: IndicaOnlineError | None = None) -> IndicaOnlineError | None:
    if isinstance(error, errors.QueryCanceled):
        return RetriableError("The query took too long and was ended: choose one office, or a shorter span.")
    if refused is not None and isinstance(error, errors.InsufficientPrivilege | errors.InvalidParameterValue):
        return refused
    return failure(error)
