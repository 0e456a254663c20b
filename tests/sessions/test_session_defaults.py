"""The defaults of a database, a role or a connection change nothing: not a row, not an error."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from session_life import live

from indicaonline.hooks.warehouse import warehouse_connect
from indicaonline.records import InventoryItem, Outcome, Page
from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.connection import Connect, open_connection, warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.migrate import migrate
from indicaonline.warehouse.session import SETTINGS
from installed import postgres_of
from mart_hashes import mart_hashes
from servers.postgres import Server

pytestmark = pytest.mark.timeout(300)

ELSEWHERE = {
    "default_transaction_isolation": "repeatable read",
    "default_transaction_read_only": "on",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kolkata",
    "search_path": "nowhere, pg_catalog",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "lock_timeout": "1s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    "idle_session_timeout": "5s",
}
# A function that hides one of PostgreSQL's from whoever has this schema in the search path.
IN_THE_WAY = """
    CREATE SCHEMA nowhere;
    CREATE FUNCTION nowhere.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
"""
STRICTEST = {"default_transaction_isolation": "serializable", "DateStyle": "German", "IntervalStyle": "iso_8601"}
EXTRAS = {"cursor": "dictcursor", "autocommit": True}
SEEN_AT = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module", params=[15, 16, 18])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with postgres_of(request.param) as server:
        yield server


@pytest.fixture(scope="module")
def as_usual(server: Server) -> dict[str, str]:
    """Return the marts after the same history under the server's defaults."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return live(monkeypatch, migrated(server, "as_usual", {}))


def migrated(server: Server, name: str, defaults: Mapping[str, str]) -> str:
    """A warehouse that was migrated under other defaults of its database."""
    dsn = server.create_database(name)
    alter = sql.SQL("ALTER DATABASE {} SET {} = {}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(IN_THE_WAY)
        for setting, value in defaults.items():
            values = sql.SQL(", ").join(map(sql.Literal, value.split(", ")))
            connection.execute(alter.format(sql.Identifier(name), sql.Identifier(setting), values))
    migrate(lambda: psycopg.connect(dsn), Settings())
    return dsn


def test_other_defaults_of_the_database(
    server: Server, as_usual: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = migrated(server, "elsewhere", ELSEWHERE)
    assert live(monkeypatch, dsn) == as_usual
    # Analysts have these defaults, too; only where JSON shows intervals and times does the session's style matter.
    with psycopg.connect(dsn) as connection:
        own = {"IntervalStyle": "postgres", "TimeZone": "UTC", "indicaonline.now": os.environ[NOW]}
        for setting, value in {**own, "statement_timeout": "0", "jit": "off"}.items():
            connection.execute("SELECT set_config(%s, %s, false)", [setting, value])
        assert mart_hashes(connection) == as_usual


def test_the_strictest_isolation_and_extras_of_the_airflow_connection(
    server: Server, as_usual: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = migrated(server, "strictest", STRICTEST)
    assert live(monkeypatch, dsn, with_extras(monkeypatch, server, "strictest", EXTRAS)) == as_usual


def with_extras(monkeypatch: pytest.MonkeyPatch, server: Server, database: str, extra: dict[str, Any]) -> Connect:
    """Return a function that opens an Airflow connection with extras."""
    fields = {"conn_type": "postgres", "host": "127.0.0.1", "port": server.port, "login": "postgres"}
    fields |= {"password": server.password, "schema": database, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_EXTRAS", json.dumps(fields))
    return warehouse_connect("extras")


def test_a_session_has_its_own_settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated(server, "own", ELSEWHERE | {"idle_session_timeout": "10min"})
    connection = open_connection(with_extras(monkeypatch, server, "own", EXTRAS))
    with connection:
        for name, value in SETTINGS.items():
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,), name
        shown = connection.execute("SHOW transaction_isolation").fetchone()
        assert shown == ("read committed",)
        if server.version >= 17:
            assert connection.execute("SHOW transaction_timeout").fetchone() == ("0",)
        assert not connection.autocommit


def test_overlapping_loads_of_an_office_lose_nothing(server: Server) -> None:
    dsn = migrated(server, "overlapping", {"default_transaction_isolation": "repeatable read"})

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(dsn)

    with warehouse(connect, Settings()) as one, warehouse(connect, Settings()) as other:
        with staged(one, 5, 0) as load:
            finish(load, 0)
        # The earlier pull sees another quantity, and has its pages in before the later one that does not is applied.
        with staged(one, 7, 1) as earlier:
            with staged(other, 5, 2) as later:
                finish(later, 2)
            finish(earlier, 1)
        with one.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(
                "SELECT observed_at, quantity, previous_quantity FROM inventory.stock_change ORDER BY observed_at"
            ).fetchall()
        stock = one.execute("SELECT quantity FROM inventory.stock").fetchone()
    changes = [(row["observed_at"], row["quantity"], row["previous_quantity"]) for row in rows]
    assert changes == [(at(0), 5, None), (at(1), 7, 5), (at(2), 5, 7)]
    assert stock == (5,)


def at(minutes: int) -> dt.datetime:
    return SEEN_AT + dt.timedelta(minutes=minutes)


@contextmanager
def staged(connection: psycopg.Connection[Any], quantity: int, minutes: int) -> Iterator[Load]:
    """A pull of one office with one product, its page staged and nothing applied yet."""
    with Load(connection, PullRequest(kind="office", started_at=at(minutes), office_id=7)) as load:
        item = InventoryItem(1, 7, "unit", Decimal(quantity), None)
        load.add([Page(1, 1, at(minutes), [item], [])])
        yield load


def finish(load: Load, minutes: int) -> None:
    """Apply a staged pull."""
    load.apply(Outcome(True, 1, 1, None, at(minutes), at(minutes)))
