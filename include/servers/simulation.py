"""The simulated API as a separate server, and its admin API."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from servers.ports import LOOPBACK
from servers.processes import Processes
from servers.rest import CLIENT

_INCLUDE = Path(__file__).resolve().parents[1]


class Simulation:
    """``python -m simulator`` on a local port with options such as ``{"offices": "3"}``; or another, at ``url``."""

    def __init__(self, port: int, api_key: str, options: Mapping[str, str], url: str | None = None) -> None:
        self.url = url or f"http://{LOOPBACK}:{port}"
        self._port = port
        self._api_key = api_key
        self._options = options

    def start(self, processes: Processes, environment: Mapping[str, str]) -> None:
        """Start the server. The key is in its environment, because a list of processes shows arguments."""
        command = [*simulator_command(self._options), f"--port={self._port}"]
        processes.start("simulator", command, {**environment, "SIMULATOR_API_KEY": self._api_key}, _INCLUDE)

    def wait_until_up(self, processes: Processes) -> None:
        """Wait until the server answers."""
        processes.wait_until(self._is_up, "the simulated API", 60)

    def is_frozen(self) -> bool:
        """Return True if the clock is frozen."""
        return bool(self.admin("GET", "clock")["mode"] == "frozen")

    def live_up_to(self, instant: dt.datetime) -> None:
        """Move the clock to an instant, and let it run from there."""
        self.admin("POST", "clock", {"mode": "running", "set": instant.isoformat()})

    def freeze_at(self, instant: dt.datetime) -> None:
        """Move the clock to an instant, and freeze it there."""
        self.admin("POST", "clock", {"mode": "frozen", "set": instant.isoformat()})

    def admin(self, method: str, path: str = "", body: Any = None) -> Any:
        """Call the admin API: the clock, faults and the ground truth."""
        answer = CLIENT.request(method, f"{self.url}/_admin/{path}".rstrip("/"), json=body)
        if answer.is_error:
            raise ValueError(f"the simulator refused {path}: {answer.text}")
        return answer.json(parse_float=str)

    def _is_up(self) -> bool:
        try:
            self.admin("GET", "clock")
        except (httpx.HTTPError, ValueError):
            return False
        return True


def simulator_command(options: Mapping[str, str]) -> list[str]:
    """Return the command that starts the server in the folder ``include/``."""
    return [sys.executable, "-m", "simulator", *(f"--{name}={value}" for name, value in options.items())]
