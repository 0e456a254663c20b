"""Fixtures of the API tests: a simulator, clients for it, and a server that answers whatever a test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from api_helpers import KEY, Naps, ScriptedServer

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from simulator import SimulatorServer


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    app = web.Application()
    app.router.add_get("/{tail:.*}", scripted.answer)
    async with TestServer(app) as server:
        scripted.url = str(server.make_url("")).rstrip("/")
        yield scripted


@pytest.fixture(scope="module")
def shared_simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=1, offices=2, products=45, key=KEY) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared_simulator: SimulatorServer) -> Iterator[SimulatorServer]:
    yield shared_simulator
    shared_simulator.faults.clear()
    shared_simulator.switches.reset()


@pytest.fixture
def config(simulator: SimulatorServer) -> ApiConfig:
    return ApiConfig(key=simulator.key, base_url=simulator.url, page_size=10, requests_per_second=10_000.0)


@pytest.fixture
async def client(simulator: SimulatorServer, config: ApiConfig, naps: Naps) -> AsyncIterator[IndicaOnlineClient]:
    async with IndicaOnlineClient(config, sleep=naps, clock=simulator.clock.now) as client:
        yield client
