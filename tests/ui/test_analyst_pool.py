"""The sessions of the page: they read mart, as the analyst, for a limited time, and say in a sentence what is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.hooks.warehouse import connect_warehouse
from indicaonline.settings import Settings
from indicaonline.warehouse.analyst import SESSIONS, AnalystPool
from indicaonline.warehouse.migrate import migrate
from servers import postgres as servers
from servers.ports import free_port
from servers.postgres import Server


@pytest.fixture
def pool(warehouse_dsn: str) -> Iterator[AnalystPool]:
    """Sessions of an empty warehouse; a statement may take a fifth of a second."""
    pool = AnalystPool(lambda: psycopg.connect(warehouse_dsn), timeout="200ms")
    yield pool
    pool.close()


def test_a_session_reads_mart_and_nothing_else(pool: AnalystPool) -> None:
    assert pool.read("SELECT current_user::text, count(*) FROM mart.office", {}, 5).rows == [
        ("indicaonline_analyst", 0)
    ]
    for statement in ("SELECT * FROM ops.pull", "SELECT * FROM inventory.stock", "SELECT * FROM raw.response"):
        with pytest.raises(WarehouseError, match="permission denied"):
            pool.read(statement, {}, 5)


def test_a_session_cannot_write(pool: AnalystPool) -> None:
    with pytest.raises((RetriableError, WarehouseError, psycopg.Error)):
        pool.read("CREATE TABLE mart.mine (n integer)", {}, 5)
    assert pool.read("SHOW transaction_read_only", {}, 5).rows == [("on",)]


def test_a_slow_statement_is_ended(pool: AnalystPool) -> None:
    with pytest.raises(RetriableError, match=r"took too long.* shorter span"):
        pool.read("SELECT pg_sleep(60)", {}, 5)
    assert pool.read("SELECT 1", {}, 5).rows == [(1,)]


def test_a_limit_cuts_off_and_says_so(pool: AnalystPool) -> None:
    statement = "SELECT n FROM generate_series(1, 10) AS n LIMIT %(limit)s"
    assert pool.read(statement, {}, 9).more
    whole = pool.read(statement, {}, 10)
    assert (len(whole.rows), whole.more) == (10, False)


def test_sessions_are_kept_and_few(pool: AnalystPool) -> None:
    backends, both = set(), threading.Barrier(SESSIONS)

    def read() -> None:
        both.wait()
        for _ in range(5):
            backends.add(pool.read("SELECT pg_backend_pid()", {}, 1).rows[0])

    threads = [threading.Thread(target=read) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(backends) <= SESSIONS


def test_a_lost_session_is_replaced(pool: AnalystPool, warehouse_dsn: str) -> None:
    ((backend,),) = pool.read("SELECT pg_backend_pid()", {}, 1).rows
    servers.query(warehouse_dsn, "SELECT pg_terminate_backend(%s)", [backend])
    assert pool.read("SELECT pg_backend_pid()", {}, 1).rows != [(backend,)]


def test_a_warehouse_that_is_down_gives_a_sentence() -> None:
    pool = AnalystPool(lambda: psycopg.connect(f"postgresql://me:secret-word@127.0.0.1:{free_port()}/nothing"))
    with pytest.raises(RetriableError, match=r"^The warehouse cannot be reached: ") as caught:
        pool.read("SELECT 1", {}, 1)
    assert "secret-word" not in str(caught.value)


def test_a_warehouse_that_is_not_migrated_gives_a_sentence(postgres: Server) -> None:
    dsn = postgres.create_database("never_migrated")
    with pytest.raises(WarehouseError, match="not migrated: run `make migrate`"):
        AnalystPool(lambda: psycopg.connect(dsn)).read("SELECT 1", {}, 1)


def test_a_plain_owner_may_read_as_the_analyst(postgres: Server, new_warehouse: Callable[..., str]) -> None:
    """One that is no superuser and made the role, one that was granted it, and one that was not."""
    dsn = new_warehouse("template1")
    servers.execute(dsn, "CREATE ROLE plain_owner LOGIN PASSWORD 'plain' NOSUPERUSER CREATEROLE")
    try:
        database = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        servers.execute(dsn, f"ALTER DATABASE {database} OWNER TO plain_owner")
        owner = make_conninfo(dsn, user="plain_owner", password="plain")
        migrate(lambda: psycopg.connect(owner), Settings())
        with pytest.raises(WarehouseError, match="GRANT indicaonline_analyst TO"):
            AnalystPool(lambda: psycopg.connect(owner)).read("SELECT 1", {}, 1)
        servers.execute(dsn, "GRANT indicaonline_analyst TO plain_owner")
        assert AnalystPool(lambda: psycopg.connect(owner)).read("SELECT 1", {}, 1).rows == [(1,)]
    finally:
        servers.execute(dsn, "DROP OWNED BY plain_owner CASCADE; REVOKE indicaonline_analyst FROM plain_owner")
        servers.execute(dsn, f"ALTER DATABASE {database} OWNER TO CURRENT_USER; DROP ROLE plain_owner")


def test_a_bug_keeps_its_traceback(pool: AnalystPool) -> None:
    with pytest.raises(errors.SyntaxError):
        pool.read("SELEC 1", {}, 1)


def test_a_host_that_does_not_answer_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts connections, and sends nothing; without a limit the page would wait forever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr("indicaonline.hooks.warehouse.CONNECT_SECONDS", 2)
        monkeypatch.setenv("AIRFLOW_CONN_SILENT", f"postgresql://me:secret-word@127.0.0.1:{port}/nothing")
        pool = AnalystPool(lambda: connect_warehouse("silent"))
        with pytest.raises(RetriableError, match=r"^The warehouse cannot be reached: ") as caught:
            pool.read("SELECT 1", {}, 1)
    assert "secret-word" not in str(caught.value)
