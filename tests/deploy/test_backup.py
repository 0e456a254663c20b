"""A backup of the warehouse, restored into a fresh database: the same to the row, and life goes on in it."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from mart_hashes import NOT_COMPARED
from oracle import assert_changes_are_true, assert_current_is_the_last_change, assert_days_are_true
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server, program
from simulator import SimulatorServer

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
FIRST_DAY = dt.date(2025, 2, 28)
OWNER = "pipeline"
OWNER_NAME = sql.Identifier(OWNER)
DUMP = ["--format=custom"]
RESTORE = ["--no-owner", "--exit-on-error", "--single-transaction"]


@pytest.fixture(scope="module")
def make_warehouse(postgres: Server) -> Iterator[Callable[[str], str]]:
    """Makes an empty database whose owner may do nothing else on the server: no superuser, no CREATEROLE."""
    names: list[str] = []

    def make(name: str) -> str:
        names.append(name)
        dsn = postgres.create_database(name)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), OWNER_NAME))
        return postgres.dsn(name, OWNER, OWNER)

    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(OWNER_NAME, OWNER))
    yield make
    for name in names:
        postgres.drop_database(name)
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(OWNER_NAME))


@pytest.fixture
def rig(make_warehouse: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A warehouse that has seen two days of an account."""
    monkeypatch.setenv("INDICAONLINE_NOW", MIDNIGHT_IN_LOS_ANGELES)
    dsn = make_warehouse("backed_up")
    migrate(lambda: psycopg.connect(dsn), Settings())
    world = {"seed": 61, "offices": 2, "products": 40, "life": 6.0, "start": MIDNIGHT_IN_LOS_ANGELES}
    with SimulatorServer(**world) as simulator:
        rig = Rig(simulator, dsn, Settings(), monkeypatch)
        rig.step(minutes=5)
        rig.reference()
        for passed in range(2):
            a_day(rig, FIRST_DAY + dt.timedelta(days=passed))
        yield rig


def a_day(rig: Rig, day: dt.date) -> None:
    """Run the work of the DAGs from the end of a business day to that of the next."""
    rig.snapshot(rig.day_start(day))
    rig.packages()
    for _ in range(2):
        rig.step(hours=12)
        rig.updates(rig.hour())
        rig.packages()


def backup(server: Server, rig: Rig, file: Path) -> None:
    """Do what the runbook says."""
    run(server, "pg_dump", *DUMP, f"--file={file}", f"--dbname={rig.dsn}")


def restore(server: Server, dsn: str, file: Path) -> subprocess.CompletedProcess[str]:
    """Do what the runbook says; does not raise where the program fails."""
    return run(server, "pg_restore", *RESTORE, f"--dbname={dsn}", str(file), check=False)


def run(server: Server, name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [str(program(server.version, name)), *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=120, cwd="/", env=os.environ)


def marts(rig: Rig) -> dict[str, list[str]]:
    """Every row of every mart, as text."""
    names = [str(row["name"]) for row in rig.query("SELECT viewname AS name FROM pg_views WHERE schemaname = 'mart'")]
    assert len(names) > 15
    return {name: lines(rig, f"mart.{name}", NOT_COMPARED) for name in names}


def everything(rig: Rig) -> dict[str, list[str]]:
    """Every row of every table, as text: raw, the ledger and what is derived."""
    tables = rig.query(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = ANY(ARRAY['raw', 'inventory', 'ops', 'public']::regnamespace[])"
    )
    return {str(row["name"]): lines(rig, str(row["name"])) for row in tables}


def lines(rig: Rig, relation: str, without: Sequence[str] = ()) -> list[str]:
    columns = f"(to_jsonb(t) - '{{{','.join(without)}}}'::text[])::text"
    return [str(row["line"]) for row in rig.query(f"SELECT {columns} AS line FROM {relation} AS t ORDER BY 1")]


def definitions(server: Server, dsn: str) -> list[str]:
    """Tables, partitions, indexes, constraints, sequences, comments and rights; of views and functions the names.

    A view that was restored may be written with other parentheses: compare its rows.
    """
    text = run(server, "pg_dump", "--schema-only", f"--dbname={dsn}").stdout
    found = sorted(re.findall(r"^(?:CREATE|ALTER|COMMENT|GRANT|REVOKE|    ADD|    SEQUENCE) .*$", text, re.MULTILINE))
    assert any("ATTACH PARTITION" in line for line in found)
    assert any("ADD CONSTRAINT package_states_end_once UNIQUE NULLS NOT DISTINCT" in line for line in found)
    assert any(line.startswith("GRANT") and "TO indicaonline_analyst" in line for line in found)
    return found


@pytest.fixture
def restored(
    postgres: Server, rig: Rig, make_warehouse: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Rig:
    """The same account beside a fresh database, into which a backup was restored."""
    backup(postgres, rig, tmp_path / "warehouse.dump")
    dsn = make_warehouse("restored")
    done = restore(postgres, dsn, tmp_path / "warehouse.dump")
    assert done.returncode == 0, done.stderr
    again = restore(postgres, dsn, tmp_path / "warehouse.dump")
    assert again.returncode != 0
    assert "already exists" in again.stderr
    return Rig(rig.simulator, dsn, rig.settings, monkeypatch)


def test_a_backup_is_the_warehouse(postgres: Server, rig: Rig, restored: Rig) -> None:
    before, after = everything(rig), everything(restored)
    assert after.keys() == before.keys()
    for table in before:
        assert after[table] == before[table], table
    assert marts(restored) == marts(rig)
    assert definitions(postgres, restored.dsn) == definitions(postgres, rig.dsn)

    # Migrating it, as every start does, changes nothing.
    migrate(restored.connect, restored.settings)
    assert everything(restored) == before

    # Life goes on in both: as far ahead as no partition of the backup reaches, from the watermark, numbers going on.
    rig.simulator.world.life = 0.0
    moment = rig.step(days=150)
    for each in (rig, restored):
        each.updates(each.hour())
        each.snapshot(each.day_start((moment - dt.timedelta(days=1)).date()))
        each.packages()
    assert restored.value("SELECT reached_at FROM ops.watermark") == rig.simulator.clock.now()
    assert restored.value("SELECT max(pull_id) FROM ops.pull") == rig.value("SELECT max(pull_id) FROM ops.pull")
    assert marts(restored) == marts(rig)
    assert_changes_are_true(restored)
    assert_current_is_the_last_change(restored)
    assert_days_are_true(restored)


def test_the_runbook_says_what_is_tested_here() -> None:
    text = RUNBOOK.read_text()
    assert f"pg_dump {' '.join(DUMP)} " in text
    assert f"pg_restore {' '.join(RESTORE)} " in text
