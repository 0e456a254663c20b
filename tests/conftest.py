"""A real PostgreSQL and a simulated account, for every test that wants them."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser

import airflow_home  # noqa: F401 - before anything that imports Airflow
from documents.past import live_through
from indicaonline.settings import Settings
from indicaonline.warehouse.migrate import migrate
from installed import installed
from rig import Rig
from servers.browser import find_chromium, open_browser
from servers.postgres import Server, embedded_postgres
from simulator import SimulatorServer

TEMPLATE = "warehouse_template"
KEY = secrets.token_urlsafe(24)
"""The key of every account: what masks a key is compiled once, not for each test."""

# `make test` tries some examples, the same in every run; HYPOTHESIS_PROFILE=thorough tries very many. There is no time
# limit, because a busy machine must not fail a test. A fixture may serve many examples: each restores what it needs.
ANY_MACHINE = hypothesis.settings(
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.register_profile("quick", ANY_MACHINE, max_examples=40, derandomize=True, database=None)
hypothesis.settings.register_profile("thorough", ANY_MACHINE, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For two tests at a time: what shares something dear goes to one process, and what takes longest goes first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    # Short files come last, so that both processes end together: those of the API are, those of the warehouse are not.
    items.sort(key=lambda item: item.path.parent, reverse=True)
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


def _group(item: pytest.Item) -> str:
    if item.get_closest_marker("system"):
        return "system"
    fixtures = getattr(item, "fixturenames", ())
    if "airflow_database" in fixtures:
        return "runs"
    if "documents_dsn" in fixtures:
        return "documents"
    return str(item.path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """An embedded server with a migrated database to copy."""
    with embedded_postgres() as server:
        dsn = server.create_database(TEMPLATE)
        migrate(lambda: psycopg.connect(dsn), Settings())
        yield server


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def new_warehouse(postgres: Server, _numbers: Iterator[int]) -> Iterator[Callable[..., str]]:
    """Makes warehouses of its own: empty and migrated, or copies of another database; gives the DSN of each."""
    names = []

    def make(template: str = TEMPLATE) -> str:
        names.append(f"warehouse_{next(_numbers)}")
        return postgres.create_database(names[-1], template)

    yield make
    for name in names:
        postgres.drop_database(name)


@pytest.fixture
def warehouse_dsn(new_warehouse: Callable[..., str]) -> str:
    """An empty, migrated warehouse of its own."""
    return new_warehouse()


@pytest.fixture(scope="session")
def documents_dsn(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse in which the documents' past was lived; takes the better part of a minute. Never write to it."""
    dsn = postgres.create_database("documents", TEMPLATE)
    live_through(dsn, tmp_path_factory.mktemp("documents"))
    return dsn


@pytest.fixture(scope="session")
def _pasts() -> dict[str, tuple[str, str]]:
    """The database of each past that rigs have in common, and the instant of its end."""
    return {}


@pytest.fixture
def make_rig(
    request: pytest.FixtureRequest,
    postgres: Server,
    new_warehouse: Callable[..., str],
    _pasts: dict[str, tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Rig]]:
    """Makes a simulated account beside an empty warehouse; its clock is frozen by default.

    With a ``past``, a function of a rig, the warehouse is what that past leaves behind, and the account is at its end,
    with an empty journal. It is lived once; later rigs of the same world have a copy.
    """
    with ExitStack() as stack:

        def make(settings: Settings | None = None, past: Callable[[Rig], object] | None = None, **world: Any) -> Rig:
            settings = settings or Settings()
            account = {"key": KEY} | world
            simulator = stack.enter_context(SimulatorServer(**account))
            if past is None:
                return Rig(simulator, request.getfixturevalue("warehouse_dsn"), settings, monkeypatch)
            lived = repr((past, settings, world))
            if lived not in _pasts:
                name = f"past_{len(_pasts)}"
                with SimulatorServer(**account) as before:
                    past(Rig(before, postgres.create_database(name, TEMPLATE), settings, monkeypatch))
                    _pasts[lived] = name, before.clock.now().isoformat()
            name, end = _pasts[lived]
            simulator.clock.set(end)
            return Rig(simulator, new_warehouse(name), settings, monkeypatch)

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file of tests, which gives each test a profile of its own.

    It is CHROMIUM, or one on the path, or (in CI) one that is installed now. Not for all files: as long as it is open,
    ``asyncio.run`` is refused.
    """
    chromium = installed(
        find_chromium, "chromium", "No Chromium found: install it, or name it with CHROMIUM=<path>, to test the UI too."
    )
    with open_browser(chromium) as browser:
        yield browser
