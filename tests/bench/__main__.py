"""``make bench``: loads a simulated account through the task's own code, beside two baselines, in one run."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import requests
from tests.bench.measure import Account, run_in_process

from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.migrate import migrate
from local.ports import free_port
from local.postgres import Server, start

INCLUDE = Path(__file__).resolve().parents[2] / "include"
JUST_AFTER_MIDNIGHT = "2025-06-02T00:10:00+00:00"


def main() -> None:
    """Run the rounds and print medians and ratios."""
    options = _options()
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        try:
            for number in range(1, options.rounds + 1):
                print(f"round {number} of {options.rounds}", file=sys.stderr)
                _round(server, options, number, results)
        finally:
            server.stop()
    _print(results, options)


def _round(server: Server, options: argparse.Namespace, number: int, results: dict[str, list[dict[str, Any]]]) -> None:
    os.environ[NOW] = JUST_AFTER_MIDNIGHT  # so that the partitions of that month are there, as they are in life
    dsn = server.create_database(f"bench_{number}")
    migrate(lambda: psycopg.connect(dsn), Settings())
    with _simulator(options) as (url, key):
        account = Account(url, key, dsn, JUST_AFTER_MIDNIGHT, options.in_flight)
        account.offices = _offices(account)
        for name in ("floor", "usual", "ours"):
            results[name].append(run_in_process(name, account))
        account.now = _pass_a_day(url)
        results["ours, again"].append(run_in_process("ours", account))
    server.drop_database(f"bench_{number}")


@contextlib.contextmanager
def _simulator(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """A simulated account in a process of its own."""
    port, key = free_port(), secrets.token_hex(16)
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--port",
        str(port),
        "--clock",
        "standing",
        "--start",
        JUST_AFTER_MIDNIGHT,
    ]
    world = {
        "offices": options.offices,
        "products": options.products,
        "packages-per-product": 2,
        "latency-ms": options.latency,
        "life": options.changed,
    }
    command += [part for name, value in world.items() for part in (f"--{name}", str(value))]
    environment = os.environ | {"SIMULATOR_API_KEY": key, "PYTHONPATH": str(INCLUDE)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for _ in range(3):  # it prints three lines when it listens
                process.stdout.readline()
            yield f"http://127.0.0.1:{port}", key
        finally:
            process.terminate()


def _offices(account: Account) -> list[int]:
    answer = requests.get(
        f"{account.url}/open_api/v2.3/offices", headers={"X-Api-Key": account.key}, params={"limit": "500"}, timeout=60
    )
    return sorted(office["id"] for office in answer.json()["items"])


def _pass_a_day(url: str) -> str:
    """Let a day pass in the simulated account; returns its time then."""
    answer = requests.post(f"{url}/_admin/clock", json={"step": 86400}, timeout=600)
    answer.raise_for_status()
    return str(answer.json()["now"])


def _print(results: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    products = options.offices * options.products
    print(
        f"\n{options.offices} offices x {options.products} products x 2 packages, {options.latency} ms a response,"
        f" {options.in_flight} in flight, median of {options.rounds};"
        f" again: {options.changed:.0%} of {products:,} changed.\n"
    )
    floor = _median(results["floor"], "seconds")
    titles = f"{'seconds':>9}{'x floor':>9}{'rows/s':>10}{'CPU s':>8}{'peak MB':>9}{'above idle':>12}"
    print(f"{'':14}{titles}  seconds by stage")
    for name, runs in results.items():
        seconds = _median(runs, "seconds")
        stages = {stage: _median([run["stages"] for run in runs], stage) for stage in runs[0]["stages"]}
        print(
            f"{name:14}{seconds:9.2f}{seconds / floor:9.2f}{_median(runs, 'rows') / seconds:10,.0f}"
            f"{_median(runs, 'cpu'):8.2f}{_median(runs, 'peak_mb'):9.0f}{_median(runs, 'above_idle_mb'):12.0f}  "
            + ", ".join(f"{stage} {value:.2f}" for stage, value in stages.items())
        )
    ours = _median(results["ours"], "seconds")
    print(f"\nours is {_median(results['usual'], 'seconds') / ours:.1f} times as fast as the usual task.")
    print("Stages of different offices run at the same time; rows of ours are items and published rows.")


def _median(runs: list[dict[str, Any]], figure: str) -> float:
    return statistics.median(run[figure] for run in runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    for name, default, text in (
        ("offices", 20, "offices of the account"),
        ("products", 5000, "products of each office"),
        ("latency", 50, "milliseconds each response takes"),
        ("in-flight", 16, "requests in flight"),
        ("rounds", 3, "how often everything is run"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{text} (%(default)s)")
    parser.add_argument("--changed", type=float, default=0.05, help="events per product before the second load")
    return parser.parse_args()


if __name__ == "__main__":
    main()
