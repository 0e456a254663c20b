"""Folders whose servers end with the process that made them, however it ends.

A fixture's clean-up does not run in a process that SIGTERM, SIGHUP or SIGKILL ends, and PostgreSQL is a daemon: it
would stay, with its port and its shared memory. So a second process, in a session of its own where no signal to the
first one's group reaches it, waits for the end of a pipe. The kernel closes the pipe whatever ended the first process.
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
    """A temporary folder. Once this ends, or the process does, its servers are ended and the folder is removed."""
    # Before there is anything to guard: a signal may come at any moment.
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
    guard = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "servers.guard", str(folder)],
        cwd=_INCLUDE,
        stdin=subprocess.PIPE,
        # Whoever reads our output waits until nobody can write to it: not for the guard.
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
    """End what was started in a folder, and remove it."""
    with Processes(folder):  # ends those that were recorded there and still run
        pass
    # Again until there is none: a server may just be starting.
    while servers := _servers(folder):
        for server in servers:
            with suppress(psutil.Error):
                # For PostgreSQL SIGINT is a fast shutdown, which waits for no session.
                server.send_signal(signal.SIGINT)
        psutil.wait_procs(servers, timeout=10)
    shutil.rmtree(folder, ignore_errors=True)


def _servers(folder: Path) -> list[psutil.Process]:
    """PostgreSQL's programs whose data is in a folder, and the shell by which one starts another."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] in _PROGRAMS and any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


if __name__ == "__main__":
    sys.stdin.buffer.read()
    clean_up(Path(sys.argv[1]))
