"""The Airflow connection of the warehouse, and the settings that a task uses."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk.exceptions import AirflowNotFoundException

from indicaonline.errors import SettingError
from indicaonline.hooks.missing import missing_connection
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, migrated_warehouse
from indicaonline.warehouse.dsn import has_user_info
from indicaonline.warehouse.kept_settings import settings_in_force, sync_unpublished

CONNECT_SECONDS = 15
"""The time to connect to the warehouse, unless the extra of its connection has ``connect_timeout``."""


def open_warehouse(settings: Settings, *, syncs_settings: bool = False) -> tuple[Connect, Settings]:
    """Return a function that opens the warehouse of an account, and the settings in force, the warehouse's own first.

    ``syncs_settings`` first writes the settings of this process to a warehouse without any published day. See
    :mod:`~indicaonline.warehouse.kept_settings`.
    """
    connect = warehouse_connect(settings.warehouse_conn_id)
    return connect, _in_force(connect, settings, syncs_settings)


async def aopen_warehouse(settings: Settings, *, syncs_settings: bool = False) -> tuple[Connect, Settings]:
    """:func:`open_warehouse`, inside an event loop."""
    connect = await awarehouse_connect(settings.warehouse_conn_id)
    # In a thread, because the warehouse is read with blocking calls.
    return connect, await asyncio.to_thread(_in_force, connect, settings, syncs_settings)


def connect_warehouse(conn_id: str) -> Any:
    """Open the warehouse of a connection. Raises SettingError, one line, for a missing connection."""
    return warehouse_connect(conn_id)()


def warehouse_connect(conn_id: str) -> Connect:
    """Return a function that opens the warehouse. Raises SettingError, one line, for a missing connection."""
    try:
        return _opener(conn_id, PostgresHook.get_connection(conn_id))
    except AirflowNotFoundException:
        raise _missing(conn_id) from None


async def awarehouse_connect(conn_id: str) -> Connect:
    """:func:`warehouse_connect`, inside an event loop."""
    try:
        return _opener(conn_id, await PostgresHook.aget_connection(conn_id))
    except AirflowNotFoundException:
        raise _missing(conn_id) from None


def _in_force(connect: Connect, settings: Settings, syncs: bool) -> Settings:
    with migrated_warehouse(connect) as connection:
        # Before the settings are read, so that the task and its SQL use the same ones.
        if syncs:
            sync_unpublished(connection, settings)
        return settings_in_force(connection, settings)


def _opener(conn_id: str, connection: Any) -> Connect:
    if connection.conn_type not in ("postgres", "postgresql"):
        raise SettingError(f"Connection '{conn_id}' is of type {connection.conn_type}; the warehouse is postgres.")

    # libpq expands a database name that is a DSN, and quotes the host in errors: logs would show the password.
    if has_user_info(connection.host or "") or has_user_info(connection.schema or ""):
        raise SettingError(
            f"The host or database of connection '{conn_id}' holds a user, a password or a whole address: put each part"
            " into a field of its own."
        )

    # A host that swallows packets would otherwise keep the page in Airflow's UI, or a task, waiting for minutes.
    connection.extra = json.dumps({"connect_timeout": CONNECT_SECONDS, **connection.extra_dejson})

    def connect() -> Any:
        # A new hook each time, because PostgresHook keeps its last connection, and loads open several at once.
        return cast("Any", PostgresHook(conn_id, connection=connection).get_conn())

    return connect


def _missing(conn_id: str) -> SettingError:
    return missing_connection(conn_id, "add one of type Postgres (Admin > Connections) for the warehouse.")
