"""The programs of analysts, in an environment of their own, and a login with the documented rights."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from doc_files import REPOSITORY, section
from documents.past import NOW
from servers.postgres import Server

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ENVIRONMENT = REPOSITORY / ".venv" / "tools"
OPERATIONS = REPOSITORY / "docs" / "operations.md"
Variables = dict[str, str]


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the programs: not in the environment of the tests, because their pins conflict with Airflow's.

    Made once, then kept. Of two processes one makes it, and the other waits.
    """
    pins, stamp, python = REQUIREMENTS.read_text(), ENVIRONMENT / "installed", str(ENVIRONMENT / "bin" / "python")
    uv = str(Path(sys.executable).with_name("uv"))
    # uv does not read pip's configuration.
    index = {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}
    with ENVIRONMENT.with_name("tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != pins:
            for arguments in (
                ["venv", "--clear", "--python", sys.executable, str(ENVIRONMENT)],
                ["pip", "install", "--python", python, "-r", str(REQUIREMENTS)],
            ):
                done = subprocess.run(
                    [uv, *arguments], env={**index, **os.environ}, capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, done.stderr
            stamp.write_text(pins)
    return ENVIRONMENT / "bin"


@contextmanager
def _login(dsn: str) -> Iterator[Variables]:
    """The login of the documents, as libpq's variables. It is dropped: roles belong to the whole server."""
    statements = re.findall(r"```sql\n(.*?)```", section(OPERATIONS, "## Roles"), re.DOTALL)
    target = conninfo_to_dict(dsn)
    names = {"PATH", "HOME", "LANG", "TMPDIR"} & os.environ.keys()
    with psycopg.connect(dsn, autocommit=True) as connection:
        # Nothing but what the documents grant: docker compose does the same.
        connection.execute(f"REVOKE CONNECT, TEMPORARY ON DATABASE {target['dbname']} FROM PUBLIC".encode())
        connection.execute("".join(statements).encode())
        connection.execute(f"GRANT CONNECT ON DATABASE {target['dbname']} TO indicaonline_analyst".encode())
        try:
            yield {name: os.environ[name] for name in names} | {
                "PGHOST": str(target["host"]),
                "PGPORT": str(target["port"]),
                "PGDATABASE": str(target["dbname"]),
                "PGUSER": "bob",
                "PGPASSWORD": "choose one",
            }
        finally:
            connection.execute("DROP OWNED BY bob")
            connection.execute("DROP ROLE bob")


@pytest.fixture
def login() -> Callable[[str], AbstractContextManager[Variables]]:
    """Creates the analyst bob of the documents for a warehouse; gives the environment of bob's programs."""
    return _login


@pytest.fixture(scope="module")
def past(postgres: Server, documents_dsn: str) -> Iterator[str]:
    """A copy of the documents' warehouse, which others only read."""
    yield postgres.create_database("tools", "documents")
    postgres.drop_database("tools")


@pytest.fixture(scope="module")
def analyst(past: str) -> Iterator[Variables]:
    """The environment of an analyst at the end of the documents' past."""
    with _login(past) as variables:
        yield variables | {"PGOPTIONS": f"-c timezone=UTC -c indicaonline.now={NOW.isoformat()}"}
