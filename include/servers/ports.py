"""Ports on the loopback interface."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from servers.console import Stop

LOOPBACK = "127.0.0.1"


def chosen_port(variable: str, default: int, what: str, environment: Mapping[str, str] | None = None) -> int:
    """Return the port in ``variable``, or the default; raises Stop if it is no port or not free."""
    text = (os.environ if environment is None else environment).get(variable, "").strip() or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Stop(f"{variable}={text} is not a port: use a number from 1 to 65535.")
    port = int(text)
    if not is_free(port):
        raise Stop(f"Port {port} ({what}) is taken: free it, or choose another one with {variable}=<port>.")
    return port


def is_free(port: int) -> bool:
    """Return True if a server can listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this option too: a port with connections in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
