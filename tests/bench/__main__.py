"""``make bench``: measures the task's own code, in seven parts.

The load of an account beside two baselines; the hourly pull of changes in a large warehouse beside a small one; one
office with one request in flight and with several; refreshes of packages, all of them and those of products that
changed, or by several tasks; the package requests of a month; analysts' questions over a quarter of a year; a new
office that the statistics do not include.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.bench import flight, hourly, packages, refreshes, stale, years
from tests.bench.measure import run_in_process
from tests.bench.simulated import account, median, median_stages, pass_time

from servers.postgres import Server, start

A_DAY = 86400


def main() -> None:
    """Run the parts that were asked for, one after the other, on one server."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder) / "data")
        try:
            for part in options.part or PARTS:
                PARTS[part](server, options)
        finally:
            server.stop()


def _load(server: Server, options: argparse.Namespace) -> None:
    """Run the rounds and print medians and ratios."""
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(1, options.rounds + 1):
        print(f"load: round {number} of {options.rounds}", file=sys.stderr)
        _round(server, options, results)
    _print(results, options)


PARTS = {
    "load": _load,
    "hourly": hourly.compare,
    "flight": flight.compare,
    "packages": packages.compare,
    "refreshes": refreshes.compare,
    "years": years.compare,
    "stale": stale.compare,
}


def _round(server: Server, options: argparse.Namespace, results: dict[str, list[dict[str, Any]]]) -> None:
    world = {
        "offices": options.offices,
        "products": options.products,
        "packages_per_product": 2,
        "latency_ms": options.latency,
        "life": options.changed,
    }
    with account(server, "bench_load", options.in_flight, **world) as made:
        for name in ("floor", "usual", "ours"):
            results[name].append(run_in_process(name, made))
        pass_time(made, A_DAY)
        results["ours, again"].append(run_in_process("ours", made))


def _print(results: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    products = options.offices * options.products
    print(
        f"\n{options.offices} offices x {options.products} products x 2 packages, {options.latency} ms a response,"
        f" {options.in_flight} in flight, median of {options.rounds};"
        f" again: {options.changed:.0%} of {products:,} changed.\n"
    )
    floor = median(results["floor"], "seconds")
    titles = f"{'seconds':>9}{'x floor':>9}{'rows/s':>10}{'CPU s':>8}{'peak MB':>9}{'above idle':>12}"
    print(f"{'':14}{titles}  seconds by stage")
    for name, runs in results.items():
        seconds = median(runs, "seconds")
        print(
            f"{name:14}{seconds:9.2f}{seconds / floor:9.2f}{median(runs, 'rows') / seconds:10,.0f}"
            f"{median(runs, 'cpu'):8.2f}{median(runs, 'peak_mb'):9.0f}{median(runs, 'above_idle_mb'):12.0f}  "
            + (median_stages(runs) if runs[0]["stages"] else "")
        )
    ours = median(results["ours"], "seconds")
    print(f"\nours is {median(results['usual'], 'seconds') / ours:.1f} times as fast as the usual task.")
    print("Stages of different offices run at the same time; rows of ours are items and published rows.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be given again (all)")
    for name, default, text in (
        ("offices", 20, "load: offices of the account"),
        ("products", 5000, "load: products of each office"),
        ("latency", 50, "load: milliseconds each response takes"),
        ("in-flight", 16, "load: requests in flight"),
        ("rounds", 3, "load, packages, stale: how often everything is run"),
        ("tasks", 1, "packages: tasks that refresh together, compared with one"),
        ("package-latency", 50, "packages: milliseconds each response takes"),
        ("days", 30, "refreshes: simulated days"),
        ("repetitions", 5, "hourly, flight: how often each side is run"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{text} (%(default)s)")
    parser.add_argument("--changed", type=float, default=0.05, help="load: events per product before the second load")
    return parser.parse_args()


if __name__ == "__main__":
    main()
