"""A client of the simulator as plain as can be, so that its own tests depend on nothing else."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from simulator import SimulatorServer


@dataclass
class Answer:
    """A response that was read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Return the body with every number exact."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass
class Client:
    """Asks one simulator; every request has a connection of its own."""

    simulator: SimulatorServer

    def send(self, method: str, target: str, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
        """Return the answer to any request."""
        host = self.simulator.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, target, text, {"Content-Type": "application/json", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, *, version: str = "v2.3", key: str | None = None) -> Answer:
        """Return the public API's answer."""
        return self.send("GET", f"/open_api/{version}/{path}", {"X-Api-Key": key or self.simulator.key})

    def admin(self, method: str, path: str = "", body: Any = None) -> Answer:
        """Return the admin API's answer."""
        return self.send(method, f"/_admin{path}", body=body)

    def items(self, path: str, limit: int = 500) -> list[Any]:
        """Return every item of a list, page by page, until a page is not full."""
        found: list[Any] = []
        mark = "&" if "?" in path else "?"
        while True:
            page = self.get(f"{path}{mark}limit={limit}&offset={len(found)}").json()["items"]
            found += page
            if len(page) < limit:
                return found


@pytest.fixture(scope="session")
def _shared() -> Iterator[SimulatorServer]:
    with SimulatorServer(seed=7, offices=3, products=12, packages_per_product=2) as simulator:
        yield simulator


@pytest.fixture
def simulator(_shared: SimulatorServer) -> Iterator[SimulatorServer]:
    """A small simulator with a frozen clock; switches, faults and the journal are as new."""
    _shared.switches.reset()
    _shared.faults.clear()
    _shared.requests.reset()
    yield _shared
    _shared.switches.reset()
    _shared.faults.clear()


@pytest.fixture
def client(simulator: SimulatorServer) -> Client:
    """A client of the small simulator."""
    return Client(simulator)


@pytest.fixture
def make() -> Iterator[Callable[..., Client]]:
    """Start simulators of one's own; they stop with the test."""
    started: list[SimulatorServer] = []

    def start(**arguments: Any) -> Client:
        started.append(SimulatorServer(**arguments).start())
        return Client(started[-1])

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def office(simulator: SimulatorServer) -> int:
    """The first office."""
    return next(iter(simulator.world.offices))


@pytest.fixture
def product(simulator: SimulatorServer, office: int) -> int:
    """A product that the first office lists, with packages."""
    return next(state.product_id for state in simulator.world.truth.office(office) if len(state.packages) > 1)
