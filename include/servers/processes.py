"""Start, check and stop servers with all their child processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

from servers.console import Stop

_LOG_LINES = 15


@dataclass(frozen=True)
class Child:
    """A started server. It has a session of its own, so that Ctrl-C does not reach it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    born: float


class Processes:
    """The running servers. The end of the block stops all of them, the latest first."""

    def __init__(self, folder: Path) -> None:
        self._logs = folder / "logs"
        self._record = folder / "processes.json"
        self._children: list[Child] = []
        self._logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Processes:
        self._end_leftovers()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        """Start a server with its output in a log."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                list(command),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append(Child(name, process, log, psutil.Process(process.pid).create_time()))
        self._record.write_text(json.dumps([[child.process.pid, child.born] for child in self._children]))

    def check(self) -> None:
        """Raise Stop, with the end of its log, if a server has ended."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise Stop(
                    f"The {child.name} ended by itself (exit code {code}). Its last lines, from {child.log}:\n"
                    f"{tail(child.log)}"
                )

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float, pause: float = 0.5) -> None:
        """Wait until ``ready`` returns True; raises Stop if a server ends or time runs out."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Stop(f"Gave up waiting for {what} after {seconds:.0f} s. The logs are in {self._logs}.")
            time.sleep(pause)

    def stop(self) -> None:
        """Stop every server and all its child processes."""
        with undisturbed():
            self._stop()

    def _stop(self) -> None:
        family = {process for child in self._children for process in _family(child.process.pid, child.born)}
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
        for child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=10)
            family.update(_family(child.process.pid, child.born))
        _end(family)
        for child in self._children:
            child.process.wait()
        self._children.clear()
        self._record.unlink(missing_ok=True)

    def _end_leftovers(self) -> None:
        """End the processes that a killed demo has left."""
        with suppress(OSError, ValueError):
            left = {process for pid, born in json.loads(self._record.read_text()) for process in _family(pid, born)}
            for process in left:
                with suppress(psutil.Error):
                    process.terminate()
            psutil.wait_procs(list(left), timeout=10)
            _end(left)
        self._record.unlink(missing_ok=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM, so that a second Ctrl-C does not interrupt the clean-up."""
    ours = threading.current_thread() is threading.main_thread()  # signal.signal works in the main thread only
    before = {name: signal.signal(name, signal.SIG_IGN) for name in (signal.SIGINT, signal.SIGTERM) if ours}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def tail(log: Path, lines: int = _LOG_LINES) -> str:
    """Return the last lines of a log."""
    with suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _family(leader: int, born: float) -> set[psutil.Process]:
    """Return the leader, its descendants, and orphans of its session."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == leader and process.create_time() >= born:
                found.add(process)
    for process in list(found):
        with suppress(psutil.Error):
            found.update(process.children(recursive=True))
    return found


def _end(family: set[psutil.Process]) -> None:
    """Kill the processes that have not ended after SIGTERM."""
    _, alive = psutil.wait_procs(list(family), timeout=3)
    for process in alive:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
