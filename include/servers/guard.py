"""Folders whose servers end with the process that created them, even if a signal kills it.

SIGTERM, SIGHUP and SIGKILL end a process without the clean-up of its fixtures, and PostgreSQL is a daemon: it would
keep running, with its port and its shared memory. So a second process waits for the end of a pipe, which the kernel
closes with the first process. It has a session of its own, because a signal may be sent to the whole process group.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from servers.processes import Processes

_INCLUDE = Path(__file__).resolve().parents[1]
_PROGRAMS = {"postgres", "initdb", "pg_ctl", "sh"}


@contextmanager
def guarded_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Yield a temporary folder; at the end of the block or of the process, stop its servers and remove it."""
    # The guard starts before any server, because a signal may come at any moment.
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
    guard = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "servers.guard", str(folder)],
        cwd=_INCLUDE,
        stdin=subprocess.PIPE,
        # A reader of our output waits until every writer has closed it, and must not wait for the guard.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert guard.stdin is not None
    try:
        yield folder
    finally:
        guard.stdin.close()
        guard.wait()


def clean_up(folder: Path) -> None:
    """Stop the servers of a folder, and remove it."""
    with Processes(folder):  # ends the recorded processes that still run
        pass
    # Repeated, because a server may be starting at this moment.
    while servers := _servers(folder):
        for server in servers:
            with suppress(psutil.Error):
                # SIGINT is PostgreSQL's fast shutdown, which does not wait for sessions.
                server.send_signal(signal.SIGINT)
        psutil.wait_procs(servers, timeout=10)
    shutil.rmtree(folder, ignore_errors=True)


def _servers(folder: Path) -> list[psutil.Process]:
    """The PostgreSQL processes whose data is in a folder, and the shells that start them."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] in _PROGRAMS and any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


if __name__ == "__main__":
    sys.stdin.buffer.read()
    clean_up(Path(sys.argv[1]))
