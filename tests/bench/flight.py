"""One large office, pulled with one request in flight and with several, by the snapshot task's own code."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from typing import Any

from tests.bench.measure import run_in_process
from tests.bench.simulated import account, median, median_stages

from servers.postgres import Server

PRODUCTS = 25_000
LATENCY_MS = 50
IN_FLIGHT = (1, 8)


def compare(server: Server, options: argparse.Namespace) -> None:
    """Pull the office by turns, each time into an empty warehouse, and print the ratio."""
    results: dict[int, list[dict[str, Any]]] = defaultdict(list)
    world = {"offices": 1, "products": PRODUCTS, "packages_per_product": 2, "latency_ms": LATENCY_MS, "life": 0}
    for number in range(1, options.repetitions + 1):
        print(f"flight: repetition {number} of {options.repetitions}", file=sys.stderr)
        for in_flight in IN_FLIGHT if number % 2 else reversed(IN_FLIGHT):
            with account(server, "bench_flight", in_flight, **world) as made:
                results[in_flight].append(run_in_process("ours", made))
    _print(results, options)


def _print(results: dict[int, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    print(
        f"\nThe snapshot of one office of {PRODUCTS:,} products x 2 packages ({PRODUCTS // 500} pages),"
        f" {LATENCY_MS} ms a response, median of {options.repetitions} by turns.\n"
    )
    print(f"{'in flight':14}{'seconds':>9}{'CPU s':>8}  seconds by stage")
    for in_flight, runs in sorted(results.items()):
        print(f"{in_flight:<14}{median(runs, 'seconds'):9.2f}{median(runs, 'cpu'):8.2f}  {median_stages(runs)}")
    few, many = (median(results[in_flight], "seconds") for in_flight in IN_FLIGHT)
    print(f"\n{IN_FLIGHT[1]} requests in flight are {few / many:.1f} times as fast as {IN_FLIGHT[0]}.")
