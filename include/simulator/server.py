"""The simulator as a server: a process of its own, or a thread in the process of a test."""

from __future__ import annotations

import secrets
import socket
from threading import Thread
from types import TracebackType
from typing import Any, Self

import uvicorn

from .admin_api import make_admin_api
from .clock import Clock, Instant
from .delivery import ExposingProtocol, Receive, Scope, Send
from .faults import Faults
from .journal import Journal
from .public_api import PublicApi
from .switches import Switches
from .world import World

LOOPBACK = "127.0.0.1"
ADMIN_PREFIX = "/_admin"


class Simulator:
    """An ASGI application: a world with its public API and its admin API."""

    def __init__(self, world: World, *, switches: Switches | None = None, key: str | None = None) -> None:
        self.world = world
        self.key = key or secrets.token_urlsafe(24)
        self.switches = switches or Switches()
        self.faults = Faults(world.seed)
        self.requests = Journal()
        self._public = PublicApi(world, self.switches, self.faults, self.requests, self.key)
        self._admin = make_admin_api(world, self.switches, self.faults, self.requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the admin API or to the public one."""
        path = scope["path"]
        admin = path == ADMIN_PREFIX or path.startswith(ADMIN_PREFIX + "/")
        await (self._admin if admin else self._public)(scope, receive, send)


class SimulatorServer:
    """A simulator on a loopback port, in a thread, for the length of a ``with`` block.

    ``world`` is an existing world; without it, the arguments of :class:`~simulator.world.World` create one.
    ``running`` starts its clock. Every further argument is a switch.
    """

    def __init__(
        self,
        *,
        world: World | None = None,
        seed: int = 1,
        offices: int = 2,
        products: int = 20,
        packages_per_product: int = 2,
        start: Instant = "2025-03-01T15:00:00+00:00",
        running: bool = False,
        life: float = 0.0,
        key: str | None = None,
        port: int = 0,
        **switches: Any,
    ) -> None:
        self.world = world or World(
            seed=seed,
            offices=offices,
            products=products,
            packages_per_product=packages_per_product,
            clock=Clock(start, running=running),
            life=life,
        )
        simulator = Simulator(self.world, switches=Switches(**switches), key=key)
        self.simulator, self.key, self.clock = simulator, simulator.key, self.world.clock
        self.switches, self.faults, self.requests = simulator.switches, simulator.faults, simulator.requests
        # Connections queue on this socket from now on, so that a client need not wait for the thread.
        self._socket = listen(LOOPBACK, port)
        self.url = f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(make_config(simulator))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> Self:
        """Start the thread that answers requests."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, and cut off responses that are not complete."""
        self.faults.clear()
        self._server.should_exit = True
        self._server.force_exit = True
        if self._thread.ident is not None:
            self._thread.join(timeout=10)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    return listener


def make_config(simulator: Simulator) -> uvicorn.Config:
    """Return the server's settings. Its own Date header is off, because responses have the simulated time."""
    return uvicorn.Config(
        simulator,
        http=ExposingProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_level="error",
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )


def serve(simulator: Simulator, listener: socket.socket) -> None:
    """Serve until a signal ends the process."""
    uvicorn.Server(make_config(simulator)).run(sockets=[listener])
