"""Processes that a signal ends leave no PostgreSQL behind, nor its data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from servers.airflow import REPOSITORY

PATIENCE = 400
START = """
import sys, time
from pathlib import Path
from servers.postgres import embedded_postgres

with embedded_postgres(folder=Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""
START_AND_ANOTHER = """
import sys, time
from pathlib import Path
from servers.guard import guarded_folder
from servers.processes import Processes

with guarded_folder("stack-", Path(sys.argv[1])) as folder, Processes(folder) as processes:
    processes.start("server", [sys.executable, "-c", "import time; time.sleep(600)"], {}, folder)
    print((folder / "processes.json").read_text(), flush=True)
    time.sleep(600)
"""
A_TEST = """
import time
from pathlib import Path
import pytest
from servers.postgres import embedded_postgres

@pytest.fixture(scope="session")
def server():
    with embedded_postgres(folder=Path({folder!r})) as server:
        yield server

def test_that_takes_its_time(server):
    Path({up!r}).touch()
    time.sleep(600)
"""
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield the folder of the process under test; end its remaining processes if a test fails."""
    folder = tmp_path / "its"
    folder.mkdir()
    yield folder
    for process in psutil.process_iter(["cmdline", "cwd"]):
        known = " ".join([*(process.info["cmdline"] or ()), process.info["cwd"] or ""])
        if str(tmp_path) in known and process.pid != os.getpid():
            process.kill()


def naming(folder: Path) -> list[psutil.Process]:
    """The processes whose command line names a folder: servers with their data in it, and the guard."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


def default_signals() -> None:
    """Restore the default actions: a run under nohup, or in the background of a script, ignores some signals."""
    for by in SIGNALS[:-1]:
        signal.signal(by, signal.SIG_DFL)


def python(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A Python of this project, in a group of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=own | {"PYTHONPATH": str(REPOSITORY / "include")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=default_signals,
    )


def wait_until_nothing_names(folder: Path) -> None:
    """Wait for the end of the servers; fails with those that are still there."""
    _, alive = psutil.wait_procs(naming(folder), timeout=PATIENCE)
    assert not alive
    assert not naming(folder)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("by", SIGNALS, ids=lambda by: by.name)
def test_a_process_that_is_ended_leaves_no_server(folder: Path, by: signal.Signals) -> None:
    process = python("-c", START, str(folder))
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert "postgres" in {each.name() for each in naming(folder)}
    process.send_signal(by)
    process.wait(PATIENCE)
    wait_until_nothing_names(folder)


def test_a_process_that_is_ended_leaves_nothing_that_it_recorded(folder: Path) -> None:
    process = python("-c", START_AND_ANOTHER, str(folder))
    assert process.stdout is not None
    server = psutil.Process(json.loads(process.stdout.readline())[0][0])
    process.kill()
    process.wait(PATIENCE)
    server.wait(PATIENCE)
    wait_until_nothing_names(folder)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=lambda by: by.name)
def test_a_run_of_the_tests_that_is_ended_leaves_no_server(folder: Path, by: signal.Signals, workers: int) -> None:
    """Also one whose tests run in another process (``-n``): the signal reaches only the first of them."""
    up = folder.parent / "up"
    test = folder.parent / "test_long.py"
    test.write_text(A_TEST.format(up=str(up), folder=str(folder)))
    options = ["-q", "-p", "no:cacheprovider", "-c", str(REPOSITORY / "pyproject.toml"), f"-n{workers}"]
    process = python("-m", "pytest", *options, str(test))
    assert process.stdout is not None
    deadline = time.monotonic() + PATIENCE
    while not up.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "postgres" in {each.name() for each in naming(folder)}
    process.send_signal(by)
    process.wait(PATIENCE)
    wait_until_nothing_names(folder)
