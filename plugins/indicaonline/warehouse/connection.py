"""Connections to the warehouse, and what goes wrong with them in one line."""

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
    """A connection to a migrated warehouse that keeps these settings; closed at the end. Opening it writes nothing.

    Raises :class:`~indicaonline.errors.WarehouseError` where it is too old, not migrated or refuses, and
    :class:`~indicaonline.errors.RetriableError` where it cannot be reached, keeps other settings or fails, also inside
    the block.
    """
    with migrated_warehouse(connect) as connection:
        check_in_force(connection, settings)
        connection.commit()
        yield connection


@contextmanager
def migrated_warehouse(connect: Connect) -> Iterator[Connection]:
    """:func:`warehouse`, whatever settings it keeps."""
    connection = open_connection(connect)
    try:
        check_schema(connection)
        yield connection
    except psycopg.Error as error:
        told = failure(error)
        if told is None:
            raise
        raise told from None
    finally:
        connection.close()


def open_connection(connect: Connect) -> Connection:
    """A new connection to a server that is new enough, its session set up by :mod:`indicaonline.warehouse.session`."""
    try:
        return open_session(connect)
    except (psycopg.Error, UnicodeError) as error:
        reason = _why_unreachable(error)
        if reason is None:
            raise
        raise RetriableError(f"The warehouse cannot be reached: {reason} Check its connection, or the DSN.") from None


def _why_unreachable(error: psycopg.Error | UnicodeError) -> str | None:
    """Why there is no connection; None where there was one. Quotes no user and no password."""
    if isinstance(error, psycopg.OperationalError | UnicodeError):  # psycopg looks up hosts that can be no names
        return without_user_info(describe(error))
    # Of psycopg itself, not of the server: an option that does not exist, which may be the end of a password.
    return "One of its options is not known." if error.sqlstate is None else None
