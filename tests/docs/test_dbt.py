"""docs/sources.yml in a project of dbt, by a login with the documented rights: copied, built, tested, found fresh."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from doc_files import REPOSITORY, section
from psycopg.conninfo import conninfo_to_dict

from rig import Rig
from servers.postgres import Server

REQUIREMENTS = REPOSITORY / "tests" / "dbt" / "requirements.txt"
ENVIRONMENT = REPOSITORY / ".venv" / "dbt"
OPERATIONS = REPOSITORY / "docs" / "operations.md"
LOS_ANGELES = zoneinfo.ZoneInfo("America/Los_Angeles")
DUE = ("freshness", "inventory_current", "inventory_daily")
MODEL = re.findall(r"```jinja\n(.*?)```", (REPOSITORY / "docs" / "querying.md").read_text(), re.DOTALL)


def statements() -> str:
    """Every statement that the documents show to an administrator: a login, its settings, a schema of its own."""
    return "".join(re.findall(r"```sql\n(.*?)```", section(OPERATIONS, "## Roles"), re.DOTALL))


@pytest.fixture(scope="session")
def dbt() -> str:
    """The program, in an environment of its own, because its pins conflict with Airflow's. Made once, then kept."""
    pins, stamp = REQUIREMENTS.read_text(), ENVIRONMENT / "installed"
    if not stamp.exists() or stamp.read_text() != pins:
        uv = str(Path(sys.executable).with_name("uv"))
        python = str(ENVIRONMENT / "bin" / "python")
        # uv does not read pip's configuration.
        index = {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}
        for arguments in (
            ["venv", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
            ["pip", "install", "--python", python, "-r", str(REQUIREMENTS)],
        ):
            done = subprocess.run(
                [uv, *arguments], env={**index, **os.environ}, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
        stamp.write_text(pins)
    return str(ENVIRONMENT / "bin" / "dbt")


class Project:
    """A project of dbt whose sources are those of the documents."""

    def __init__(self, dbt: str, folder: Path, dsn: str) -> None:
        self._dbt, self.folder = dbt, folder
        (folder / "models").mkdir()
        shutil.copy(REPOSITORY / "docs" / "sources.yml", folder / "models")
        (folder / "models" / "weekly_depletion.sql").write_text(MODEL[0])
        self._write("dbt_project.yml", {
            "name": "shop", "profile": "shop", "flags": {"send_anonymous_usage_stats": False},
        })  # fmt: skip
        target = conninfo_to_dict(dsn)
        self._write("profiles.yml", {"shop": {"target": "dev", "outputs": {"dev": {
            "type": "postgres", "host": target["host"], "port": int(str(target["port"])), "user": "bob",
            "password": "choose one", "dbname": target["dbname"], "schema": "bob_models", "threads": 2,
        }}}})  # fmt: skip

    def _write(self, name: str, content: dict[str, Any]) -> None:
        (self.folder / name).write_text(yaml.safe_dump(content))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run dbt."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "PYTHON"))}
        return subprocess.run(
            [self._dbt, "--no-use-colors", *command, "--profiles-dir", "."],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def freshness(self) -> tuple[int, dict[str, str]]:
        """The exit code of `dbt source freshness`, and what it found of each source."""
        done = self.run("source", "freshness")
        found = json.loads((self.folder / "target" / "sources.json").read_text())["results"]
        return done.returncode, {result["unique_id"].rpartition(".")[2]: result["status"] for result in found}


@contextmanager
def login(dsn: str) -> Iterator[None]:
    """The login that the documents make, as long as it is needed: roles belong to the whole server."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statements().encode())
        try:
            yield
        finally:
            connection.execute("DROP OWNED BY bob")
            connection.execute("DROP ROLE bob")


@pytest.fixture
def copy(postgres: Server, documents_dsn: str) -> Iterator[str]:
    """A copy of the documents' warehouse, which others only read."""
    yield postgres.create_database("dbt", "documents")
    postgres.drop_database("dbt")


def test_an_analyst_builds_and_tests(dbt: str, copy: str, tmp_path: Path) -> None:
    with login(copy):
        project = Project(dbt, tmp_path, copy)
        done = project.run("build")
        assert done.returncode == 0, done.stdout[-6000:]
        assert "WARN=0 ERROR=0 SKIP=0" in done.stdout, done.stdout[-2000:]
        assert "Deprecat" not in done.stdout, done.stdout
        with psycopg.connect(copy) as connection:
            ((rows, owner),) = connection.execute(
                "SELECT count(*), (SELECT tableowner FROM pg_tables WHERE schemaname = 'bob_models')"
                " FROM bob_models.weekly_depletion"
            ).fetchall()
        assert (rows > 0, owner) == (True, "bob")
        # A past on fixed days is over: dbt measures by the clock of the server.
        assert project.freshness() == (1, dict.fromkeys(DUE, "error"))


def test_what_was_pulled_since_midnight_is_fresh(dbt: str, make_rig: Callable[..., Rig], tmp_path: Path) -> None:
    midnight = dt.datetime.now(LOS_ANGELES).replace(hour=0, minute=0, second=0, microsecond=0)
    rig = make_rig(offices=1, products=5, start=midnight.astimezone(dt.UTC).isoformat())
    rig.step(minutes=10)
    rig.snapshot(rig.day_start(midnight.date() - dt.timedelta(days=1)))
    rig.updates(None)
    with login(rig.dsn):
        assert Project(dbt, tmp_path, rig.dsn).freshness() == (0, dict.fromkeys(DUE, "pass"))
