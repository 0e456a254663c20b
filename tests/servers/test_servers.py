"""Ports, secrets and processes, and the embedded server, by themselves."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import psycopg
import pytest

from servers.console import Stop
from servers.keys import kept_keys
from servers.ports import LOOPBACK, chosen_port, free_port, is_free
from servers.postgres import embedded_postgres, running_port
from servers.processes import Processes


def test_a_taken_port_is_reported_with_its_variable() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(Stop, match=rf"^Port {port} \(the UI\) is taken.*DEMO_PORT=<port>\.$"):
            chosen_port("DEMO_PORT", port, "the UI", {})
    assert chosen_port("DEMO_PORT", 1, "the UI", {"DEMO_PORT": str(port)}) == port


@pytest.mark.parametrize("text", ["abc", "0", "70000", "-1"])
def test_what_is_no_port_is_reported(text: str) -> None:
    with pytest.raises(Stop, match="is not a port"):
        chosen_port("DEMO_PORT", 8080, "the UI", {"DEMO_PORT": text})


def test_secrets_are_kept_and_private(tmp_path: Path) -> None:
    keys = kept_keys(tmp_path / "keys.json")
    assert kept_keys(tmp_path / "keys.json") == keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert keys.jwt_secret not in repr(keys)


@pytest.mark.parametrize("version", [16, 18])
def test_the_embedded_server_wants_a_password_and_leaves_nothing(version: int) -> None:
    with embedded_postgres(version) as server:
        dsn = server.create_database("somewhere")
        assert server.create_database("somewhere") == dsn
        with psycopg.connect(dsn) as connection:
            assert connection.info.server_version // 10000 == version
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.dsn("somewhere", password="wrong"))
        assert running_port(server.data) == server.port
    assert running_port(server.data) is None
    assert not server.data.exists()
    assert is_free(server.port)


def test_a_server_that_dies_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        script = "print('the reason'); raise SystemExit(3)"
        processes.start("fragile server", [sys.executable, "-c", script], {}, tmp_path)
        with pytest.raises(Stop, match=r"(?s)fragile server ended by itself \(exit code 3\).*the reason"):
            processes.wait_until(lambda: False, "nothing", 20, pause=0.05)


def test_stopping_ends_grandchildren_that_do_not_listen(tmp_path: Path) -> None:
    port = free_port()
    stubborn = (
        "import signal, socket, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"server = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
    )
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {stubborn!r}]); time.sleep(600)"
    with Processes(tmp_path) as processes:
        processes.start("parent", [sys.executable, "-c", parent], {}, tmp_path)
        processes.wait_until(lambda: not is_free(port), "the grandchild", 20, pause=0.05)
    assert is_free(port)
