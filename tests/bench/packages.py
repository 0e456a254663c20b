"""Package refreshes after a first stock-take, and after few, some and all products have changed.

As a process of its own: the function that the task of ``package_history`` calls, with everything it does.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import requests
from tests.bench.measure import Account, Stages, peak_mb, report, run_in_process, timed
from tests.bench.simulated import account, median, median_stages, pass_time

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import package_scheduler, packages
from indicaonline.settings import Settings
from servers.postgres import Server

PRODUCTS = 5000
PACKAGES_EACH = 2
IN_FLIGHT = 16
SHARES = {"1 %": 0.01, "10 %": 0.1, "100 %": 1.0}
"""Which part of the products changes before a run."""

AN_HOUR = 3600
SETTINGS = Settings(business_time_zone="UTC", package_requests_per_run=10 * PRODUCTS)


def compare(server: Server, options: argparse.Namespace) -> None:
    """In a new warehouse each round: a first fetch at everything, then at what changed, the shares by turns.

    With several tasks: the first fetch alone, by one task and by all of them, by turns.
    """
    if options.tasks > 1:
        _compare_tasks(server, options)
        return
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    world = {"offices": 1, "products": PRODUCTS, "packages_per_product": PACKAGES_EACH, "life": 0}
    for number in range(1, options.rounds + 1):
        print(f"packages: round {number} of {options.rounds}", file=sys.stderr)
        with account(server, "bench_packages", IN_FLIGHT, latency_ms=options.package_latency, **world) as made:
            run_in_process("ours", made)
            results["first fetch"].append(_fetch(made))
            for share in SHARES if number % 2 else reversed(SHARES):
                _change(made, int(SHARES[share] * PRODUCTS))
                run_in_process("hourly", made)
                results[share].append(_fetch(made))
            pass_time(made, 60)
            results["nothing"].append(_fetch(made))
    _print(results, options)


def _compare_tasks(server: Server, options: argparse.Namespace) -> None:
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    world = {"offices": 1, "products": PRODUCTS, "packages_per_product": PACKAGES_EACH, "life": 0}
    for number in range(1, options.rounds + 1):
        print(f"packages: round {number} of {options.rounds}", file=sys.stderr)
        # One first in every second round.
        for tasks in (1, options.tasks) if number % 2 else (options.tasks, 1):
            with account(server, "bench_packages", IN_FLIGHT, latency_ms=options.package_latency, **world) as made:
                run_in_process("ours", made)
                results[f"{tasks} at once"].append(_fetch(made, tasks))
    _print(results, options)
    one, several = (median(results[f"{tasks} at once"], "seconds") for tasks in (1, options.tasks))
    print(f"\n{options.tasks} tasks are {one / several:.2f} times as fast as one.")


def _fetch(of: Account, tasks: int = 1) -> dict[str, Any]:
    """Run once, by so many tasks, with the number of requests from the simulator's own journal.

    Of several tasks: the seconds of the last one, the CPU and the stages of all, the peak of the largest.
    """
    requests.delete(f"{of.url}/_admin/requests", timeout=60).raise_for_status()
    with ThreadPoolExecutor(tasks) as threads:
        parts = list(threads.map(lambda number: run_in_process("packages", of, number, tasks), range(1, tasks + 1)))
    result = {name: max(part[name] for part in parts) for name in ("seconds", "peak_mb")}
    result["cpu"] = sum(part["cpu"] for part in parts)
    result["rows"] = sum(part["rows"] for part in parts)
    result["stages"] = {stage: sum(part["stages"].get(stage, 0.0) for part in parts) for stage in parts[0]["stages"]}
    result["requests"] = len(requests.get(f"{of.url}/_admin/requests", timeout=60).json())
    return result


def _change(of: Account, products: int) -> None:
    """Let an hour pass in which something of so many products is sold, spread over the shelf."""
    pass_time(of, AN_HOUR - 60)
    at = (dt.datetime.fromisoformat(of.now) + dt.timedelta(seconds=30)).isoformat()
    with psycopg.connect(of.dsn) as connection:
        items = connection.execute(
            "SELECT office_id, product_id FROM inventory.stock ORDER BY hashint8(product_id) LIMIT %s", [products]
        ).fetchall()
    with requests.Session() as session:
        for office_id, product_id in items:
            sale = {"office_id": office_id, "product_id": product_id, "quantity": "1", "at": at}
            session.post(f"{of.url}/_admin/events/sell", json=sale, timeout=60).raise_for_status()
    pass_time(of, 60)


def _print(results: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    print(
        f"\nPackages of one office of {PRODUCTS:,} products x {PACKAGES_EACH}, {options.package_latency} ms a response,"
        f" {IN_FLIGHT} in flight, median of {options.rounds} by turns.\n"
    )
    titles = f"{'requests':>10}{'seconds':>9}{'ideal':>8}{'CPU s':>8}{'peak MB':>9}"
    print(f"{'changed':14}{titles}  seconds by stage")
    for name, runs in results.items():
        asked = median(runs, "requests")
        ideal = asked * options.package_latency / 1000 / IN_FLIGHT
        print(
            f"{name:14}{asked:10,.0f}{median(runs, 'seconds'):9.2f}{ideal:8.2f}{median(runs, 'cpu'):8.2f}"
            f"{median(runs, 'peak_mb'):9.0f}  {median_stages(runs)}"
        )
    print("\nIdeal: requests x latency / requests in flight, and nothing else. Landing goes on beside the fetching.")


def load(of: Account, task: Sequence[int], stages: Stages) -> int:
    """Refresh the packages in the queue; returns the number of packages in the answers."""
    for module, function, stage in (
        (packages, "enqueue_due", "note"),
        (package_scheduler, "plan_fetches", "plan"),
        (package_scheduler, "load_fetches", "land"),
    ):
        setattr(module, function, timed(stages, stage, getattr(module, function)))
    config = ApiConfig(base_url=of.url, key=of.key, requests_per_second=10_000.0, concurrency=of.in_flight)
    result = asyncio.run(
        packages.refresh_packages(
            lambda: IndicaOnlineClient(config, max_clock_skew=SETTINGS.max_clock_skew),
            lambda: psycopg.connect(of.dsn),
            SETTINGS,
            *task,
        )
    )
    return result.derived.packages


if __name__ == "__main__":
    idle = peak_mb()
    started = time.perf_counter()
    measured = Stages()
    loaded = load(Account(**json.loads(sys.argv[1])), [*map(int, sys.argv[2:])], measured)
    report(started, loaded, measured, idle)
