"""From Airflow's connection of the warehouse to the plain function that opens it."""

from __future__ import annotations

from typing import Any, cast

from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk.exceptions import AirflowNotFoundException

from indicaonline.errors import SettingError
from indicaonline.warehouse.connection import Connect


def warehouse_connect(conn_id: str) -> Connect:
    """What opens the warehouse of a connection; raises SettingError, one line, where there is no such connection."""
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


def _opener(conn_id: str, connection: Any) -> Connect:
    if connection.conn_type not in ("postgres", "postgresql"):
        raise SettingError(f"Connection '{conn_id}' is of type {connection.conn_type}; the warehouse needs postgres.")

    def connect() -> Any:
        # A hook of its own each time: it remembers the last connection, and loads open several at once.
        return cast("Any", PostgresHook(conn_id, connection=connection).get_conn())

    return connect


def _missing(conn_id: str) -> SettingError:
    return SettingError(
        f"There is no connection '{conn_id}': add one of type Postgres (Admin > Connections) for the warehouse."
    )
