"""One real Airflow beside a simulated account, for all system tests: what `make demo` starts, with data thrown away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from installed import installed
from local.airflow import API_CONNECTION
from local.settings import zone_just_after_midnight
from local.stack import Stack
from receivers import Told
from system_browser import find_chromium
from system_rig import SystemRig
from system_stack import thrown_away

WORLD = {"offices": "3", "products": "40", "life": "8", "clock": "standing"}


@pytest.fixture(scope="session")
def told() -> Iterator[Told]:
    """What the Airflow of the system tests tells the outside."""
    with ExitStack() as stack:
        yield Told(stack)


@pytest.fixture(scope="session")
def stack(told: Told) -> Iterator[Stack]:
    """PostgreSQL, the simulated API and Airflow, until the last test has ended."""
    now = dt.datetime.now(dt.UTC)
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": zone_just_after_midnight(now), **told.settings()}
    world = {**WORLD, "start": (now - dt.timedelta(days=2)).replace(microsecond=0).isoformat()}
    with thrown_away(settings, world, lambda stack: stack.simulation.stand_at(now)) as running:
        told.set_up(running.airflow.rest)
        yield running


@pytest.fixture
def rig(stack: Stack) -> Iterator[SystemRig]:
    """The stack with an API that behaves, and the right key, before and after each test."""
    rig = SystemRig(stack, API_CONNECTION)
    rig.behave()
    yield rig
    rig.behave()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser: CHROMIUM, or one on the path, or (in CI) one that is installed now."""
    return installed(
        find_chromium, "chromium", "No Chromium found: install it, or name it with CHROMIUM=<path>, to test the UI too."
    )


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures and logs are kept for a person to look at."""
    folder = Path(__file__).resolve().parents[2] / "build" / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
