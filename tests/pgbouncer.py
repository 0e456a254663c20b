"""A real PgBouncer between a test and its server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from installed import installed
from servers.ports import LOOPBACK, free_port
from servers.postgres import SUPERUSER, Server

CONFIGURATION = """
[databases]
{database} = host={host} port={server_port} user={user} password={password}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
"""


@contextmanager
def pgbouncer(
    server: Server,
    database: str,
    mode: Literal["session", "transaction"],
    folder: Path,
    *,
    size: int = 20,
    **more: object,
) -> Iterator[str]:
    """The DSN of a database behind a pooler of this mode and size; ``more`` are further settings of it."""
    program = installed(_find, "pgbouncer", "No PgBouncer found: install it to test the behaviour behind a pooler.")
    port = free_port()
    text = CONFIGURATION.format(
        database=database, host=LOOPBACK, server_port=server.port, user=SUPERUSER, password=server.password,
        port=port, mode=mode, size=size,
    )  # fmt: skip
    configuration = folder / "pgbouncer.ini"
    configuration.touch(mode=0o600)
    configuration.write_text(text + "".join(f"{name} = {value}\n" for name, value in more.items()))
    user = None
    if os.geteuid() == 0:  # as root it refuses to run
        user = server.data.owner()
        shutil.chown(configuration, user, user)
    # By a pipe, because the user may not read the folder of the test.
    with configuration.open() as readable:
        process = subprocess.Popen(
            [program, "/dev/stdin"], stdin=readable, stderr=subprocess.PIPE, text=True, cwd="/", user=user, group=user
        )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "process up" in line:
                break
        else:
            raise AssertionError(f"PgBouncer did not start: {''.join(said)}")
        yield f"postgresql://{SUPERUSER}@{LOOPBACK}:{port}/{database}"
    finally:
        process.kill()
        process.wait()


def _find() -> str | None:
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
