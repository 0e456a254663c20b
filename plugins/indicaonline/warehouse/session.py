"""What a session relies on, set when it opens, whatever the defaults of the server, the database or the role are."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import fixed_now
from indicaonline.warehouse.any_text import accept_any_text
from indicaonline.warehouse.sql import read_sql

Connect = Callable[[], "psycopg.Connection[Any]"]
"""Opens a new connection, for example :meth:`PostgresHook.get_conn`."""

OLDEST_SERVER = 150000
HAS_TRANSACTION_TIMEOUT = 170000
PROBES = 3

SETTINGS = {
    # A load compares with what other loads have committed by the time it gets its lock. In the stricter levels it would
    # compare with what they had committed before, and lose rows without an error.
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    # Statements name their schemas. Temporary tables are found without.
    "search_path": "",
    # In these forms psycopg reads and writes times, intervals and text.
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    # Loads, migrations and rebuilds queue at locks, which is a statement that takes long; and the transaction of a pull
    # is idle while pages are fetched. What is too long is decided by Airflow, which ends tasks.
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # The locks of a worker whose machine is gone are free after two minutes. By default it takes more than two hours.
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
    # Compiling costs more than these statements take.
    "jit": "off",
}


def open_session(connect: Connect) -> psycopg.Connection[Any]:
    """A new connection whose session has :data:`SETTINGS`, and this project's clock.

    Raises :class:`~indicaonline.errors.WarehouseError` where the server is too old or a pooler shares the session with
    others, and :class:`~indicaonline.errors.RetriableError` where the server is a standby.
    """
    connection = connect()
    try:
        _reset_client(connection)
        accept_any_text(connection)
        _check_version(connection)
        promised = connection.info.backend_pid
        backend = _set_up(connection, promised)
        # A pooler promises a number of its own.
        if backend != promised:
            _check_pooler(connection, connect)
            _set_up(connection, backend)
    except BaseException:
        connection.close()
        raise
    return connection


def _reset_client(connection: psycopg.Connection[Any]) -> None:
    """Undo what the extras of an Airflow connection can change, such as ``{"cursor": "dictcursor"}``."""
    connection.autocommit = False
    connection.row_factory = tuple_row
    # A plan that is kept was made for other rows: staging tables are small in one load and large in the next.
    connection.prepare_threshold = None
    connection.cursor_factory = psycopg.Cursor
    connection.server_cursor_factory = psycopg.ServerCursor


def _check_version(connection: psycopg.Connection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise WarehouseError(f"The warehouse runs PostgreSQL {version // 10000}; version 15 or newer is needed.")


def _set_up(connection: psycopg.Connection[Any], backend_pid: int) -> int:
    """Set what the session relies on, for good if the backend is this one; returns the backend's number. Commits."""
    fixed = fixed_now()
    settings = SETTINGS | {"indicaonline.now": fixed.isoformat() if fixed else ""}
    if connection.info.server_version >= HAS_TRANSACTION_TIMEOUT:
        settings["transaction_timeout"] = "0"
    parameters = {"backend_pid": backend_pid, "names": list(settings), "values": list(settings.values())}
    row = connection.execute(read_sql("session/set_up"), parameters).fetchone()
    connection.commit()
    assert row is not None, "set_up.sql always returns one row"
    backend, is_standby, _ = row
    if is_standby:
        raise RetriableError("The server of the warehouse is a standby, which takes no writes: connect to the primary.")
    return int(backend)


def _check_pooler(connection: psycopg.Connection[Any], connect: Connect) -> None:
    """Raise :class:`WarehouseError` where a pooler gives the session to other clients between two transactions.

    A second client takes part: a pooler gives one that is alone the same backend every time.
    """
    mark = secrets.token_hex(8)
    connection.execute(read_sql("session/set_mark"), {"mark": mark})
    connection.commit()
    keeps_mark = _mark(connection) == mark
    connection.commit()
    with closing(connect()) as other:
        _reset_client(other)
        # More than once, because other clients of a busy pooler may take the backend in between.
        for _ in range(PROBES):
            # The other transaction stays open meanwhile, so that its backend, if that was ours, is not ours again. That
            # it was is asked first: a pooler with one backend would let us wait for it.
            if not keeps_mark or _mark(other) == mark or _mark(connection) != mark:
                raise WarehouseError(
                    "The connection of the warehouse goes through a pooler in transaction mode, which shares its"
                    " sessions: connect to PostgreSQL directly, or to a pool in session mode."
                )
            connection.commit()
            other.rollback()


def roll_back(connection: psycopg.Connection[Any]) -> None:
    """Roll back what is open."""
    # On a lost connection it would raise, and hide the error that it was lost by.
    if not connection.closed:
        connection.rollback()


def _mark(connection: psycopg.Connection[Any]) -> str | None:
    """The mark of the session, read in a transaction that is left open."""
    row = connection.execute(read_sql("session/select_mark")).fetchone()
    return row[0] if row else None
