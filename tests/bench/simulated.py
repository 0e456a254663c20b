"""Simulated accounts, each in a process of its own, and warehouses to fill from them."""

from __future__ import annotations

import contextlib
import os
import secrets
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import requests
from tests.bench.measure import Account

from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.migrate import migrate
from servers.ports import free_port
from servers.postgres import Server

INCLUDE = Path(__file__).resolve().parents[2] / "include"
JUST_AFTER_MIDNIGHT = "2025-06-02T00:10:00+00:00"


@contextlib.contextmanager
def account(server: Server, name: str, in_flight: int, **world: float) -> Iterator[Account]:
    """A simulated account of this size, just after midnight, beside an empty warehouse; both end with the block."""
    os.environ[NOW] = JUST_AFTER_MIDNIGHT  # so that the partitions of that month are there, as they are in life
    dsn = server.create_database(name)
    migrate(lambda: psycopg.connect(dsn), Settings(business_time_zone="UTC"))
    with _simulator(world) as (url, key):
        made = Account(url, key, dsn, JUST_AFTER_MIDNIGHT, in_flight)
        made.offices = _offices(made)
        yield made
    server.drop_database(name)


@contextlib.contextmanager
def _simulator(world: dict[str, float]) -> Iterator[tuple[str, str]]:
    port, key = free_port(), secrets.token_hex(16)
    options = {"port": port, "clock": "frozen", "start": JUST_AFTER_MIDNIGHT, **world}
    command = [sys.executable, "-m", "simulator"]
    command += [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    environment = os.environ | {"SIMULATOR_API_KEY": key, "PYTHONPATH": str(INCLUDE)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for _ in range(3):  # it prints three lines when it listens
                process.stdout.readline()
            yield f"http://127.0.0.1:{port}", key
        finally:
            process.terminate()


def _offices(of: Account) -> list[int]:
    answer = requests.get(
        f"{of.url}/open_api/v2.3/offices", headers={"X-Api-Key": of.key}, params={"limit": "500"}, timeout=60
    )
    return sorted(office["id"] for office in answer.json()["items"])


def pass_time(of: Account, seconds: int) -> None:
    """Let time pass in the simulated account."""
    answer = requests.post(f"{of.url}/_admin/clock", json={"step": seconds}, timeout=600)
    answer.raise_for_status()
    of.now = str(answer.json()["now"])


def median(runs: list[dict[str, Any]], figure: str) -> float:
    """The median of a figure over some runs."""
    return statistics.median(run[figure] for run in runs)


def median_stages(runs: list[dict[str, Any]]) -> str:
    """The median seconds of each stage over some runs, as text."""
    stages = [run["stages"] for run in runs]
    return ", ".join(f"{stage} {median(stages, stage):.2f}" for stage in stages[0])
