"""The upgrade to a next release, with data, while the release before it loads and analysts read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from indicaonline.errors import WarehouseError
from indicaonline.settings import DSN, NOW, Settings
from indicaonline.warehouse.migrate import InUseError, migrate
from indicaonline.warehouse.schema import FOLDERS, newest_revision
from installed import postgres_of
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server
from simulator import SimulatorServer

PACKAGE = Path(__file__).resolve().parents[2] / "plugins" / "indicaonline"
REVISION = "0002_next"
TABLES = """
ALTER TABLE inventory.stock ADD COLUMN shelf text;
ALTER TABLE inventory.stock_change ALTER COLUMN quantity SET STATISTICS 500;
CREATE INDEX stock_by_shelf ON inventory.stock (shelf);
"""
REMOVED = "mart.fifo_breach"
PULL_CHANGES = """
import asyncio, sys
import pendulum, psycopg
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs.movements import roll_up
from indicaonline.jobs.updates import plan_hour, pull_updates
from indicaonline.settings import Settings

url, dsn = sys.argv[1:]
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip())
connect = lambda: psycopg.connect(dsn)
plan = plan_hour(None, None, None)
print(asyncio.run(pull_updates(lambda: IndicaOnlineClient(config), connect, Settings(), plan)).pull.status)
roll_up(connect, Settings())
"""


@pytest.fixture(params=[15, 16, 18], scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with postgres_of(request.param) as server:
        yield server


@pytest.fixture(scope="module")
def next_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with another revision, other texts of every function and view, a mart less and a mart more."""
    root = tmp_path_factory.mktemp("next")
    shutil.copytree(PACKAGE, root / "indicaonline", ignore=shutil.ignore_patterns("__pycache__"))
    sql = root / "indicaonline" / "sql"
    revision = sql / "migrations" / REVISION
    revision.mkdir()
    (revision / "1_tables.sql").write_text(TABLES)
    for path in (path for folder in FOLDERS for path in (sql / folder).glob("*.sql")):
        path.write_text(f"-- The next release.\n{path.read_text()}")
    removed = sql / "marts" / f"{REMOVED.partition('.')[2]}.sql"
    removed.unlink()
    freshness = sql / "marts" / "freshness.sql"
    # A column in front: PostgreSQL cannot replace such a view, so it is dropped and created again.
    freshness.write_text(re.sub(r"(?m)^SELECT\n", "SELECT\n    1 AS release,\n", freshness.read_text(), count=1))
    (sql / "marts" / "shelf.sql").write_text(
        "CREATE OR REPLACE VIEW mart.shelf AS SELECT s.shelf, count(*) AS products FROM inventory.stock AS s GROUP BY 1"
    )
    return root


def _run(release: Path, rig: Rig, *command: str, key: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(release), DSN: rig.dsn, NOW: rig.tick().isoformat()}
    return subprocess.run(
        [sys.executable, *command], env=environment, input=key, capture_output=True, text=True, check=False
    )


@contextmanager
def _in_a_loop(work: Callable[[], object]) -> Iterator[tuple[threading.Semaphore, list[BaseException]]]:
    """Repeat some work in a thread until the block ends, or it fails; gives what counts its ends, and its error."""
    done, errors, stop = threading.Semaphore(0), list[BaseException](), threading.Event()

    def repeat() -> None:
        while not stop.is_set():
            try:
                work()
            except BaseException as error:
                errors.append(error)
                stop.set()
            done.release()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield done, errors
    finally:
        stop.set()
        thread.join()


def _read_marts(dsn: str) -> None:
    """Read several marts in one transaction, as a report does."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET ROLE indicaonline_analyst")
        for mart in ("coverage", "inventory_current", "stock_movement_daily", "freshness", "inventory_change"):
            connection.execute(f"SELECT count(*) FROM mart.{mart}".encode())


def test_an_upgrade_beside_loads_and_analysts(
    server: Server, next_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = server.create_database("upgraded")
    migrate(lambda: psycopg.connect(dsn), Settings())
    with SimulatorServer(seed=33, offices=3, products=40, life=20.0, start=MIDNIGHT_IN_LOS_ANGELES) as simulator:
        rig = Rig(simulator, dsn, Settings(), monkeypatch)
        rig.step(minutes=10)
        rig.reference()
        rig.snapshot(rig.day_start(rig.tick().date()).replace(day=28, month=2))

        def pull() -> None:
            rig.step(minutes=20)
            rig.updates(None)

        with _in_a_loop(pull) as (pulled, failed), _in_a_loop(lambda: _read_marts(dsn)) as (read, refused):
            for _ in range(3):
                assert pulled.acquire(timeout=120)
                assert read.acquire(timeout=120)
            upgrade = _run(next_release, rig, "-m", "indicaonline.cli", "migrate")
            assert upgrade.stdout == f"The warehouse is at revision {REVISION}.\n", upgrade.stderr
            while not failed:
                assert pulled.acquire(timeout=120)
            # Analysts go on: nothing that they read is gone.
            for _ in range(3):
                assert read.acquire(timeout=120)
            assert refused == []
        # The release before it changes nothing any more, and names what to do.
        (error,) = failed
        assert isinstance(error, WarehouseError)
        assert "a newer release has migrated it" in str(error)

        rig.step(hours=1)
        pulls = _run(next_release, rig, "-c", PULL_CHANGES, rig.simulator.url, dsn, key=f"{rig.simulator.key}\n")
        assert pulls.stdout == "complete\n", pulls.stderr

        def query(text: str, parameters: tuple[object, ...] = ()) -> list[dict[str, Any]]:
            # Not by the rig, which is of the release before.
            with psycopg.connect(dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
                cursor.execute("SELECT set_config('indicaonline.now', %s, false)", [rig.tick().isoformat()])
                cursor.execute("SET TimeZone TO 'UTC'")
                return cursor.execute(text.encode(), parameters).fetchall()

        monkeypatch.setattr(rig, "query", query)
        assert_true_to_life(rig)
        assert rig.value("SELECT count(*) FROM inventory.stock_change") > rig.value("SELECT count(*) FROM mart.shelf")
        assert rig.value("SELECT release FROM mart.freshness LIMIT 1") == 1
        assert rig.value("SELECT to_regclass(%s)", [REMOVED]) is None
        # Grants outlive the mart that was dropped and created again.
        _read_marts(dsn)


def test_a_warehouse_in_use_is_named(server: Server) -> None:
    dsn = server.create_database("in_use")
    migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        # As if the definition were of another release, while somebody reads it.
        connection.execute("UPDATE ops.definition SET digest = '' WHERE name = 'mart.freshness'")
        connection.commit()
        connection.execute("SELECT * FROM mart.freshness")
        with pytest.raises(InUseError, match="others kept using it: pause the DAGs"):
            migrate(lambda: psycopg.connect(dsn), Settings(), patience=0)
    migrate(lambda: psycopg.connect(dsn), Settings())


def test_a_refused_upgrade_changes_nothing(server: Server, next_release: Path) -> None:
    dsn = server.create_database("refused")
    migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE VIEW public.of_an_analyst AS SELECT * FROM mart.fifo_breach")
    environment = os.environ | {"PYTHONPATH": str(next_release), DSN: dsn}
    command = [sys.executable, "-m", "indicaonline.cli", "migrate"]
    upgrade = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert upgrade.returncode == 1
    assert "of_an_analyst" in upgrade.stderr
    assert "Drop that view, migrate, and create it again." in upgrade.stderr
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT version_num FROM ops.migration").fetchone() == (newest_revision(),)
    # This release works with it as before.
    assert migrate(lambda: psycopg.connect(dsn), Settings()) == newest_revision()
