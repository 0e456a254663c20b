"""Sessions of the warehouse: their settings, set when they open, and their transactions.

The settings override the defaults of the server, the database and the role.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import fixed_now
from indicaonline.warehouse.any_text import accept_any_text
from indicaonline.warehouse.sql import read_sql

Connect = Callable[[], "psycopg.Connection[Any]"]
"""Opens a new connection, for example :meth:`PostgresHook.get_conn`."""

# As server_version_num: major version times 10,000.
OLDEST_SERVER = 150000
HAS_TRANSACTION_TIMEOUT = 170000
PROBES = 3

SETTINGS = {
    # A load compares with the rows that other loads have committed by the time it gets its lock. With repeatable read
    # or serializable it would see a snapshot from before the lock, and lose rows without an error.
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    # Statements name their schemas. PostgreSQL searches pg_temp first even with an empty path (CVE-2018-1058 is why it
    # is empty: objects in public could shadow functions).
    "search_path": "",
    # psycopg loads timestamptz in ISO style and intervals in postgres style only. UTF8 can represent every text.
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    # Loads, migrations and rebuilds wait for locks within a statement, and the transaction of a pull is idle while
    # pages are fetched. Airflow's execution_timeout ends what takes too long.
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # Frees the locks of a worker whose machine is gone after two minutes. Linux waits for more than two hours by
    # default (tcp_keepalive_time, 7200 s).
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
    # Compilation takes longer than most of these statements.
    "jit": "off",
}


RUN = {
    "dag_id": "AIRFLOW_CTX_DAG_ID",
    "run_id": "AIRFLOW_CTX_DAG_RUN_ID",
    "task_id": "AIRFLOW_CTX_TASK_ID",
    "try_number": "AIRFLOW_CTX_TRY_NUMBER",
}
"""The parts of an Airflow run that the ledger stores, and the environment variables of a task that hold them."""


def open_session(connect: Connect) -> psycopg.Connection[Any]:
    """Open a connection whose session has :data:`SETTINGS` and this project's clock.

    Raises :class:`~indicaonline.errors.WarehouseError` where the server is too old or a pooler shares the session with
    others, and :class:`~indicaonline.errors.RetriableError` where the server is a standby.
    """
    connection = connect()
    try:
        _reset_client(connection)
        accept_any_text(connection)
        _check_version(connection)
        announced = connection.info.backend_pid
        backend = _set_up(connection, announced)
        # A pooler such as PgBouncer announces a process id of its own at login.
        if backend != announced:
            _check_pooler(connection, connect)
            _set_up(connection, backend)
    except BaseException:
        connection.close()
        raise
    return connection


def _reset_client(connection: psycopg.Connection[Any]) -> None:
    """Reset what the extras of an Airflow connection can change, such as ``{"cursor": "dictcursor"}``."""
    connection.autocommit = False
    connection.row_factory = tuple_row
    # psycopg prepares a statement at its sixth execution, and PostgreSQL may then keep a generic plan. Staging tables
    # are small in one load and large in the next, so such a plan can be wrong by orders of magnitude.
    connection.prepare_threshold = None
    connection.cursor_factory = psycopg.Cursor
    connection.server_cursor_factory = psycopg.ServerCursor


def _check_version(connection: psycopg.Connection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise WarehouseError(f"The warehouse runs PostgreSQL {version // 10000}; version 15 or newer is needed.")


def _set_up(connection: psycopg.Connection[Any], backend_pid: int) -> int:
    """Apply the settings, for the whole session if the backend has this process id; returns the actual one. Commits."""
    fixed = fixed_now()
    settings = SETTINGS | {"indicaonline.now": fixed.isoformat() if fixed else ""} | _airflow_run()
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


def _airflow_run() -> dict[str, str]:
    """Return the Airflow run of this process as settings of a session, for the ledger; empty ones outside Airflow."""
    # Airflow exports these variables to the process of every task (airflow.sdk, context_to_airflow_vars). So neither
    # operators nor loads have to pass them on, and every thread of a task has them.
    return {f"indicaonline.{name}": os.environ.get(variable, "") for name, variable in RUN.items()}


def _check_pooler(connection: psycopg.Connection[Any], connect: Connect) -> None:
    """Raise :class:`WarehouseError` where a pooler gives the session to other clients between two transactions."""
    # Session-level locks and temporary tables need the same backend in each transaction. A second client takes part,
    # because a pooler gives a client that is alone the same backend every time.
    mark = secrets.token_hex(8)
    connection.execute(read_sql("session/set_mark"), {"mark": mark})
    connection.commit()
    keeps_mark = _mark(connection) == mark
    connection.commit()
    with closing(connect()) as other:
        _reset_client(other)
        # Several times, because another client of a busy pooler may hold the backend at one of them.
        for _ in range(PROBES):
            # The other transaction stays open, so that a pooler has to give this connection another backend if the
            # other one holds ours. The other mark is read first, because with a single backend reading ours would never
            # return.
            if not keeps_mark or _mark(other) == mark or _mark(connection) != mark:
                raise WarehouseError(
                    "The connection of the warehouse goes through a pooler in transaction mode, which shares its"
                    " sessions: connect to PostgreSQL directly, or to a pool in session mode."
                )
            connection.commit()
            other.rollback()


@contextmanager
def committing(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Commit at the end of the block, or roll back where it raises."""
    # Not connection.transaction(): inside a transaction that an earlier SELECT has opened, that is only a savepoint.
    try:
        yield
    except BaseException:
        roll_back(connection)
        raise
    connection.commit()


def wait_for_turn(connection: psycopg.Connection[Any], lock: str) -> None:
    """Wait until no other session has a lock of ``ops.lock``; the turn ends when the connection is closed."""
    # A lock of the session, because a run has many transactions. PostgreSQL releases it if the worker dies.
    connection.execute("SELECT ops.lock(%s, for_session => true)", [lock])
    connection.commit()


def roll_back(connection: psycopg.Connection[Any]) -> None:
    """Roll back the open transaction, if the connection still has one."""
    # On a lost connection rollback() raises, and would hide the error by which the connection was lost.
    if not connection.closed:
        connection.rollback()


def _mark(connection: psycopg.Connection[Any]) -> str | None:
    """Return the mark of the session, read in a transaction that stays open."""
    row = connection.execute(read_sql("session/select_mark")).fetchone()
    return row[0] if row else None
