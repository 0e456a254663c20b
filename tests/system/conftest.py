"""One real Airflow beside a simulated account, for all system tests: what `make demo` starts, with data thrown away."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.airflow import API_CONNECTION
from local.ports import free_port
from local.processes import Processes
from local.settings import zone_just_after_midnight
from local.stack import Ports, Stack, running_stack
from system_rig import SystemRig

WORLD = {"offices": "3", "products": "40", "life": "8", "clock": "standing"}
# Small waits: a system test is about what happens, not about how long a client is patient.
API_EXTRA = {"requests_per_second": 200, "page_size": 25, "retry_seconds": 2}


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, the simulated API and Airflow, until the last test has ended."""
    now = dt.datetime.now(dt.UTC)
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": zone_just_after_midnight(now)}
    world = {**WORLD, "start": (now - dt.timedelta(days=2)).replace(microsecond=0).isoformat()}
    ports = Ports(free_port(), free_port(), free_port())
    folder = Path(tempfile.mkdtemp(prefix="system-"))
    try:
        with Processes(folder) as processes, running_stack(folder, ports, settings, world, processes) as running:
            running.simulation.stand_at(now)
            running.airflow.set_up(running.simulation.url, running.warehouse_dsn, API_EXTRA)
            yield running
    finally:
        _keep_logs(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def rig(stack: Stack) -> Iterator[SystemRig]:
    """The stack with an API that behaves, and the right key, before and after each test."""
    rig = SystemRig(stack, API_CONNECTION)
    rig.behave()
    yield rig
    rig.behave()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures and logs are kept for a person to look at."""
    folder = Path(__file__).resolve().parents[2] / "build" / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep_logs(folder: Path) -> None:
    """Keep the servers' logs of this run where a person finds them after a failure."""
    target = Path(__file__).resolve().parents[2] / "build" / "system-logs"
    shutil.rmtree(target, ignore_errors=True)
    if (folder / "logs").is_dir():
        shutil.copytree(folder / "logs", target, dirs_exist_ok=True)
