"""A pool in session mode works like a direct connection; one in transaction mode is refused with a readable error."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from session_life import LifeRig, live

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.migrate import migrate
from indicaonline.warehouse.session import SETTINGS
from pgbouncer import pgbouncer
from servers.postgres import Server
from simulator import SimulatorServer

REFUSAL = "through a pooler in transaction mode.*connect to PostgreSQL directly, or to a pool in session mode"


def test_a_life_in_session_mode(
    postgres: Server, warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    straight = postgres.create_database(f"straight_{database(warehouse_dsn)}", "warehouse_template")
    as_usual = live(monkeypatch, straight)
    with pgbouncer(postgres, database(warehouse_dsn), "session", tmp_path) as pooled:
        assert live(monkeypatch, pooled) == as_usual
        # What a run has locked is free when it ends, though the pooler keeps its backend.
        with psycopg.connect(warehouse_dsn) as connection:
            held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        assert held == (0,)


@pytest.mark.parametrize(
    ("size", "more"),
    [(1, {}), (5, {}), (5, {"server_round_robin": 1}), (1, {"server_reset_query_always": 1})],
    ids=["one backend", "several", "in turn", "reset each time"],
)
def test_transaction_mode_is_refused(
    postgres: Server, warehouse_dsn: str, tmp_path: Path, size: int, more: dict[str, object]
) -> None:
    name = database(warehouse_dsn)
    with pgbouncer(postgres, name, "transaction", tmp_path, size=size, **more) as pooled:
        use_all(pooled, size)
        for _ in range(3):
            with pytest.raises(WarehouseError, match=REFUSAL) as refusal:
                open_connection(lambda: psycopg.connect(pooled))
            assert len(str(refusal.value).splitlines()) == 1
        with pytest.raises(WarehouseError, match=REFUSAL):
            migrate(lambda: psycopg.connect(pooled), Settings())


def test_a_refused_session_changes_nothing_for_others(postgres: Server, warehouse_dsn: str, tmp_path: Path) -> None:
    name = database(warehouse_dsn)
    with psycopg.connect(warehouse_dsn, autocommit=True) as connection:
        for setting, value in (("lock_timeout", "7s"), ("search_path", "mart")):
            alter = sql.SQL("ALTER DATABASE {} SET {} = {}")
            connection.execute(alter.format(sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)))
    with pgbouncer(postgres, name, "transaction", tmp_path, size=1) as pooled:
        with psycopg.connect(pooled) as before:
            usual = shown(before)
        with pytest.raises(WarehouseError):
            open_connection(lambda: psycopg.connect(pooled))
        with psycopg.connect(pooled) as after:
            assert shown(after) == usual


def test_a_run_in_transaction_mode_ends_at_once(
    postgres: Server, warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        pgbouncer(postgres, database(warehouse_dsn), "transaction", tmp_path) as pooled,
        SimulatorServer(offices=1, products=3) as simulator,
    ):
        rig = LifeRig(simulator, pooled, Settings(), monkeypatch)
        for run in (lambda: rig.updates(rig.hour()), rig.packages, lambda: rig.snapshot(None), rig.roll_up):
            with pytest.raises(WarehouseError, match=REFUSAL):
                run()
        assert simulator.requests.count() == 0


def test_a_pool_in_session_mode_without_a_backend_to_spare(
    postgres: Server, warehouse_dsn: str, tmp_path: Path
) -> None:
    pool = pgbouncer(postgres, database(warehouse_dsn), "session", tmp_path, size=1, query_wait_timeout=1)
    with pool as pooled, pytest.raises(RetriableError, match=r"query_wait_timeout.*no free connection"):
        open_connection(lambda: psycopg.connect(pooled))


def database(dsn: str) -> str:
    """The name of the database of a DSN."""
    return str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])


def use_all(dsn: str, size: int) -> None:
    """Let a pooler open all its backends, as other clients would."""
    connections = [psycopg.connect(dsn) for _ in range(size)]
    try:
        for connection in connections:
            connection.execute("SELECT")
    finally:
        for connection in connections:
            connection.close()


def shown(connection: psycopg.Connection[tuple[str]]) -> list[tuple[str]]:
    """Return the parameters of a session that a run sets."""
    names = "SELECT current_setting(s) FROM unnest(%s::text[]) WITH ORDINALITY AS t (s, n) ORDER BY n"
    return connection.execute(names, [list(SETTINGS)]).fetchall()
