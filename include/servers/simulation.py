"""The simulated API as a server of its own, and its admin API."""

from __future__ import annotations

import datetime as dt
import json
import sys
import urllib.error
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request

from servers.ports import LOOPBACK
from servers.processes import Processes
from servers.rest import DIRECT

_INCLUDE = Path(__file__).resolve().parents[1]


class Simulation:
    """``python -m simulator`` on a port of this machine, with options such as ``{"offices": "3"}``; or one that runs
    elsewhere, at ``url``."""

    def __init__(self, port: int, api_key: str, options: Mapping[str, str], url: str | None = None) -> None:
        self.url = url or f"http://{LOOPBACK}:{port}"
        self._port = port
        self._api_key = api_key
        self._options = options

    def start(self, processes: Processes, environment: Mapping[str, str]) -> None:
        """Start the server. The key goes by the environment, where no list of processes shows it."""
        command = [*simulator_command(self._options), f"--port={self._port}"]
        processes.start("simulator", command, {**environment, "SIMULATOR_API_KEY": self._api_key}, _INCLUDE)

    def wait_until_up(self, processes: Processes) -> None:
        """Wait until it answers."""
        processes.wait_until(self._is_up, "the simulated API", 60)

    def is_frozen(self) -> bool:
        """Whether its clock is frozen."""
        return bool(self.admin("GET", "clock")["mode"] == "frozen")

    def live_up_to(self, instant: dt.datetime) -> None:
        """Let the world live until an instant, and on from there as time passes."""
        self.admin("POST", "clock", {"mode": "running", "set": instant.isoformat()})

    def freeze_at(self, instant: dt.datetime) -> None:
        """Let the world live until an instant, and freeze its clock there."""
        self.admin("POST", "clock", {"mode": "frozen", "set": instant.isoformat()})

    def admin(self, method: str, path: str = "", body: Any = None) -> Any:
        """Ask the admin API, which only the simulator has: the clock, faults, the ground truth."""
        request = Request(  # noqa: S310 - the address is our own server
            f"{self.url}/_admin/{path}".rstrip("/"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with DIRECT.open(request, timeout=30) as answer:
                return json.load(answer, parse_float=str)
        except urllib.error.HTTPError as error:
            raise ValueError(f"the simulator refused {path}: {error.read().decode()}") from None

    def _is_up(self) -> bool:
        try:
            self.admin("GET", "clock")
        except (OSError, ValueError):
            return False
        return True


def simulator_command(options: Mapping[str, str]) -> list[str]:
    """What starts the server; its package is found from ``include/``."""
    return [sys.executable, "-m", "simulator", *(f"--{name}={value}" for name, value in options.items())]
