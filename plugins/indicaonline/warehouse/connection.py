"""Connections to the warehouse. Their errors are one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from indicaonline.errors import RetriableError
from indicaonline.settings import Settings
from indicaonline.warehouse.database_errors import describe, failure
from indicaonline.warehouse.dsn import without_user_info
from indicaonline.warehouse.kept_settings import check_in_force
from indicaonline.warehouse.schema import check_schema
from indicaonline.warehouse.session import Connect, open_session
from indicaonline.warehouse.sql import Connection

__all__ = ["Connect", "migrated_warehouse", "open_connection", "warehouse"]


@contextmanager
def warehouse(connect: Connect, settings: Settings) -> Iterator[Connection]:
    """Open a connection to a migrated warehouse that keeps these settings, and close it at the end. Writes nothing.

    Raises :class:`~indicaonline.errors.WarehouseError` where the warehouse is too old, not migrated or refuses, and
    :class:`~indicaonline.errors.RetriableError` where it cannot be reached, keeps other settings or fails, also inside
    the block.
    """
    with migrated_warehouse(connect) as connection:
        check_in_force(connection, settings)
        # Ends the transaction that the check opened: otherwise the first transaction() of the caller would be a
        # savepoint in it, and commit nothing.
        connection.commit()
        yield connection


@contextmanager
def migrated_warehouse(connect: Connect) -> Iterator[Connection]:
    """Open a connection as :func:`warehouse` does, without a check of the settings."""
    connection = open_connection(connect)
    try:
        check_schema(connection)
        yield connection
    except psycopg.Error as error:
        reason = failure(error)
        if reason is None:
            raise
        # Without the cause: its message may quote the statement, and with it values of rows.
        raise reason from None
    finally:
        # Not psycopg's ``with connection``, which commits what the block has left open.
        connection.close()


def open_connection(connect: Connect) -> Connection:
    """Open a connection with the session of :mod:`indicaonline.warehouse.session`, on a server that is new enough."""
    try:
        return open_session(connect)
    except (psycopg.Error, UnicodeError) as error:
        reason = _why_unreachable(error)
        if reason is None:
            raise
        raise RetriableError(f"The warehouse cannot be reached: {reason} Check its connection, or the DSN.") from None


def _why_unreachable(error: psycopg.Error | UnicodeError) -> str | None:
    """Return why there is no connection; None where there was one. Quotes no user and no password."""
    # UnicodeError: psycopg resolves host names in Python, whose IDNA codec raises it for names that no host can have.
    if isinstance(error, psycopg.OperationalError | UnicodeError):
        return without_user_info(describe(error))
    # Without a SQLSTATE it comes from the driver: the name of an unknown option, which may be the end of a password.
    return "One of its options is not known." if error.sqlstate is None else None
