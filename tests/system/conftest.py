"""One real Airflow beside a simulated account, for all system tests: what `make demo` starts, with data thrown away.

Only what needs Airflow's servers is tested with them; runs of the DAGs without them are in tests/runs. No test may
depend on the hour. So the business time zone is one in which the day has just ended, which keeps the schedules of all
DAGs but two away for hours; those two, like all, are paused unless a test waits for a run of theirs.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from demo.history import Observer, project_clock
from indicaonline.settings import Settings
from receivers import Receivers
from servers.airflow import API_CONNECTION
from servers.browser import Logins, logged_in
from servers.stack import Stack
from system_life import Landed, Past, land
from system_rig import SystemRig
from system_stack import thrown_away

WORLD = {"offices": "3", "products": "24", "life": "8", "clock": "frozen"}


@pytest.fixture(scope="session")
def receivers() -> Iterator[Receivers]:
    """The receivers of what the Airflow of the system tests sends."""
    with ExitStack() as stack:
        yield Receivers(stack)


@pytest.fixture(scope="session")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to which OpenLineage writes."""
    return tmp_path_factory.mktemp("lineage") / "events.json"


@pytest.fixture(scope="session")
def past() -> Past:
    """The past of the account, before the present in which the tests run."""
    return Past(dt.datetime.now(dt.UTC).replace(microsecond=0))


@pytest.fixture(scope="session")
def stack(receivers: Receivers, lineage: Path, past: Past) -> Iterator[Stack]:
    """PostgreSQL, the simulated API and Airflow, until the last test has ended."""
    settings = {
        "INDICAONLINE_BUSINESS_TIME_ZONE": past.zone,
        "INDICAONLINE_CARRY_FORWARD_MAX_DAYS": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,operator:op,viewer:viewer",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(lineage), "append": True}),
        **receivers.settings(),
    }
    world = WORLD | {"start": past.midnight(8).isoformat()}
    with thrown_away(settings, world, lambda stack: live_through(stack, past)) as running:
        receivers.set_up(running.airflow.rest)
        yield running


def live_through(stack: Stack, past: Past) -> None:
    """Pull at the moments of the past, by the same functions as the tasks; then stand at the present."""
    settings = Settings(business_time_zone=past.zone, carry_forward_max_days=2)
    observer = Observer(stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, settings)
    with project_clock():
        observer.see(past.moments[0].at)
        asyncio.run(observer.pull_names())
        asyncio.run(observer.live_through(past.moments))
    stack.simulation.freeze_at(past.present)


@pytest.fixture(scope="session")
def landed(stack: Stack) -> Landed:
    """The runs that were due when Airflow started, and what they landed: before any test does anything else."""
    rig = SystemRig(stack, API_CONNECTION)
    rig.behave()
    return land(rig)


@pytest.fixture
def rig(stack: Stack, landed: Landed) -> Iterator[SystemRig]:
    """The stack at the real present, with an API that behaves, the right key, and an empty journal, for each test."""
    rig = SystemRig(stack, API_CONNECTION)
    rig.simulation.freeze_at(max(rig.now, dt.datetime.now(dt.UTC)))
    rig.behave()
    rig.requests()
    yield rig
    rig.behave()


@pytest.fixture(scope="session")
def logins() -> Logins:
    """The users who have logged in: each needs the form once."""
    return {}


@pytest.fixture
def visit(browser: Browser, stack: Stack, logins: Logins) -> Callable[..., AbstractContextManager[Page]]:
    """Opens a page of the administrator or another user: ``visit("viewer", dark=True)``."""
    return partial(logged_in, browser, stack.airflow, logins=logins)


@pytest.fixture
def page(visit: Callable[..., AbstractContextManager[Page]], rig: SystemRig) -> Iterator[Page]:
    """A page of the administrator, once the world is ready for a test."""
    with visit() as page:
        yield page


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder of pictures and logs for a person."""
    folder = Path(__file__).resolve().parents[2] / ".pytest_cache" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
