"""Errors of the database are one line that includes the remedy."""

from __future__ import annotations

import datetime as dt
import select
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import sql

from indicaonline.errors import IndicaOnlineError, RetriableError, WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import open_connection, warehouse
from indicaonline.warehouse.database_errors import describe
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load
from indicaonline.warehouse.migrate import migrate
from servers.postgres import Server, embedded_postgres, start

Session = psycopg.Connection[Any]


def cancelled(connection: Session) -> None:
    connection.execute("SELECT pg_cancel_backend(pg_backend_pid())")
    connection.execute("SELECT pg_sleep(60)")


def ended(connection: Session) -> None:
    connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def too_slow(connection: Session) -> None:
    connection.execute("SET LOCAL statement_timeout = '1ms'")
    connection.execute("SELECT pg_sleep(60)")


def idle(connection: Session) -> None:
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
    select.select([connection.fileno()], [], [], 60)  # until the server has said so
    connection.execute("SELECT")  # its answer is the server's last words, or, where the reset was faster, the driver's


def read_only(connection: Session) -> None:
    connection.execute("SET TRANSACTION READ ONLY")
    connection.execute("DELETE FROM inventory.stock")


def without_rights(connection: Session) -> None:
    connection.execute("SET LOCAL ROLE indicaonline_analyst")
    connection.execute("DELETE FROM inventory.stock")


def locked(connection: Session) -> None:
    with psycopg.connect(connection.info.dsn, password=connection.info.password) as other:
        other.execute("LOCK TABLE inventory.stock")
        connection.execute("SET LOCAL lock_timeout = '1ms'")
        connection.execute("DELETE FROM inventory.stock")


CASES = [
    (cancelled, RetriableError, "canceling statement due to user request. A time-out or an administrator"),
    (ended, RetriableError, "due to administrator command. A restart of the server or an administrator"),
    (too_slow, RetriableError, "canceling statement due to statement timeout. A time-out or an administrator"),
    (idle, RetriableError, "ended the session"),
    (read_only, RetriableError, "cannot execute DELETE in a read-only transaction. The server takes no writes"),
    (without_rights, WarehouseError, "permission denied for schema inventory. Connect as the user that migrated"),
    (locked, RetriableError, "canceling statement due to lock timeout. Another session holds a lock"),
]


@pytest.mark.parametrize(("strike", "kind", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_in_the_middle_of_a_load(
    warehouse_dsn: str, strike: Callable[[Session], None], kind: type[IndicaOnlineError], words: str
) -> None:
    request = PullRequest(kind="office", started_at=dt.datetime(2025, 3, 1, tzinfo=dt.UTC), office_id=7)
    with (
        pytest.raises(kind) as failure,
        warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection,
        Load(connection, request),
    ):
        strike(connection)
    assert words in str(failure.value)
    assert len(str(failure.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"),
            "terminating connection due to idle-in-transaction timeout. A time-out of the server ended the session."
            " The transaction is rolled back; try again.",
        ),
        (
            psycopg.OperationalError("consuming input failed: server closed the connection unexpectedly\n\tThis ..."),
            "consuming input failed: server closed the connection unexpectedly. The server or the network ended the"
            " session; the log of the server names the reason. The transaction is rolled back; try again.",
        ),
        (psycopg.OperationalError("FATAL:  no such database: x"), "no such database: x."),
    ],
)
def test_words_for_a_session_that_ended(error: psycopg.Error, line: str) -> None:
    assert describe(error) == line


def test_a_fault_of_ours_keeps_its_traceback(warehouse_dsn: str) -> None:
    with (
        pytest.raises(psycopg.errors.UndefinedColumn),
        warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection,
    ):
        connection.execute("SELECT nothing FROM inventory.stock")


def test_a_user_without_rights(postgres: Server, warehouse_dsn: str) -> None:
    name = warehouse_dsn.rpartition("/")[2]
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        theirs = postgres.dsn(name, "stranger", "stranger")
        with (
            pytest.raises(WarehouseError, match=r"refused: permission denied for schema ops. Connect as the user"),
            warehouse(lambda: psycopg.connect(theirs), Settings()),
        ):
            pass
    finally:
        with psycopg.connect(warehouse_dsn) as connection:
            connection.execute("DROP ROLE stranger")


def test_a_database_that_is_not_utf8(postgres: Server) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    dsn = postgres.dsn("latin")
    with pytest.raises(WarehouseError, match=r"The database latin has the encoding LATIN1.*ENCODING 'UTF8'"):
        migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT to_regnamespace('ops')").fetchone() == (None,)


def test_a_user_who_may_not_make_temporary_tables(postgres: Server) -> None:
    dsn = postgres.create_database("no-temp")
    statements = """
        CREATE ROLE templess LOGIN PASSWORD 'templess';
        REVOKE TEMPORARY ON DATABASE "no-temp" FROM PUBLIC;
        GRANT CREATE ON DATABASE "no-temp" TO templess;
    """
    with psycopg.connect(dsn) as connection:
        connection.execute(statements)
    mine = postgres.dsn("no-temp", "templess", "templess")
    with pytest.raises(WarehouseError, match="templess may not make temporary tables") as refusal:
        migrate(lambda: psycopg.connect(mine), Settings())
    # The message ends with the statement that helps.
    helps = str(refusal.value).rpartition(" run ")[2].rstrip(".")
    with psycopg.connect(dsn) as connection:
        connection.execute(sql.SQL(helps))  # type: ignore[arg-type]
    migrate(lambda: psycopg.connect(mine), Settings())


def test_a_standby() -> None:
    with embedded_postgres() as server:
        server.stop()
        (server.data / "standby.signal").touch()
        standby = start(server.data, version=server.version, durable=False)
        with pytest.raises(RetriableError, match="is a standby, which takes no writes: connect to the primary"):
            open_connection(lambda: psycopg.connect(standby.dsn()))
        with pytest.raises(RetriableError, match="is a standby"):
            migrate(lambda: psycopg.connect(standby.dsn()), Settings())
