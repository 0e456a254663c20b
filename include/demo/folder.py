"""The data folder of this checkout's demo: its lock, and the login to its warehouse."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from servers import postgres
from servers.airflow import REPOSITORY
from servers.console import Stop
from servers.keys import kept_keys
from servers.ports import LOOPBACK

FOLDER = REPOSITORY / ".demo"


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock of this checkout's demo."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop("A demo of this checkout is running already: stop it first (Ctrl-C).") from None
        yield


def analyst_login() -> dict[str, str]:
    """Return the analyst's login to the running demo, in libpq's parameters; raises Stop if none runs."""
    port = postgres.running_port(FOLDER / "postgres")
    if port is None:
        raise Stop("No demo is running: start it with `make demo`, in another terminal.")
    password = kept_keys(FOLDER / "keys.json").analyst_password
    return {"host": LOOPBACK, "port": str(port), "user": "analyst", "password": password, "dbname": "indicaonline"}
