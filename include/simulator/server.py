"""The simulator as a server: on its own, or in a thread beside the test that uses it."""

from __future__ import annotations

import secrets
import socket
from threading import Event, Thread
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
    """A world and everything that stands between it and a client: an ASGI application."""

    def __init__(self, world: World, *, switches: Switches | None = None, key: str | None = None) -> None:
        self.world = world
        self.key = key or secrets.token_urlsafe(24)
        self.switches = switches or Switches()
        self.faults = Faults(world.seed)
        self.requests = Journal()
        self._public = PublicApi(world, self.switches, self.faults, self.requests, self.key)
        self._admin = make_admin_api(world, self.switches, self.faults, self.requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the admin API or to the public one."""
        path = scope["path"]
        admin = path == ADMIN_PREFIX or path.startswith(ADMIN_PREFIX + "/")
        await (self._admin if admin else self._public)(scope, receive, send)


class SimulatorServer:
    """A simulator on a loopback port, in a thread, for the length of a ``with`` block.

    ``world`` takes a ready world; otherwise the arguments of :class:`~simulator.world.World` make
    one. ``running`` lets its clock run. Every further argument is a switch.
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
        self.simulator = Simulator(self.world, switches=Switches(**switches), key=key)
        self._socket = listen(LOOPBACK, port)
        self._started = Event()
        self._server = _Server(make_config(self.simulator), self._started)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def url(self) -> str:
        """The address of the server: scheme, host and port."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def key(self) -> str:
        """The API key of this start."""
        return self.simulator.key

    @property
    def clock(self) -> Clock:
        """The world's clock."""
        return self.world.clock

    @property
    def switches(self) -> Switches:
        """The unknowns of the API, as this one decides them."""
        return self.simulator.switches

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.simulator.faults

    @property
    def requests(self) -> Journal:
        """The requests to the public API."""
        return self.simulator.requests

    def start(self) -> Self:
        """Start and return once connections are accepted."""
        self._thread.start()
        if not self._started.wait(timeout=30):
            raise RuntimeError("the simulator did not start")
        return self

    def stop(self) -> None:
        """Stop, cutting off what is still being answered."""
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


class _Server(uvicorn.Server):
    """A server that says when it is ready, so that nobody has to poll for it."""

    def __init__(self, config: uvicorn.Config, ready: Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets=sockets)
        self._ready.set()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    return listener


def make_config(simulator: Simulator) -> uvicorn.Config:
    """Return the server's settings: its own Date header is off, as simulated time has another one."""
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
    """Serve until the process is told to end."""
    uvicorn.Server(make_config(simulator)).run(sockets=[listener])
