"""A load with stale statistics against the same load with fresh ones: an office that is new beside three, and its next
day.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
from tests.bench.measure import Account, run_in_process
from tests.bench.simulated import account, median, median_stages, pass_time

from servers.postgres import Server

OFFICES = 4
PRODUCTS = 25_000
IN_FLIGHT = 8
A_DAY = 86400
CHANGED = 0.05


def compare(server: Server, options: argparse.Namespace) -> None:
    """Load the new office and its next day, by turns without and with ANALYZE in between, and print the ratio."""
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with _without_autovacuum(server):
        for number in range(1, options.rounds + 1):
            print(f"stale: round {number} of {options.rounds}", file=sys.stderr)
            for is_fresh in (False, True) if number % 2 else (True, False):
                _round(server, is_fresh, results)
    print(f"\nA new office of {PRODUCTS:,} products beside three, median of {options.rounds} by turns.\n")
    for name, runs in results.items():
        print(f"{name:34}{median(runs, 'seconds'):9.2f}  {median_stages(runs)}")
    ratio = median(results["next day, stale statistics"], "seconds") / median(
        results["next day, fresh statistics"], "seconds"
    )
    print(f"\nWith stale statistics the next day takes {ratio:.2f} times as long.")


def _round(server: Server, is_fresh: bool, results: dict[str, list[dict[str, Any]]]) -> None:
    world = {"offices": OFFICES, "products": PRODUCTS, "packages_per_product": 2, "life": CHANGED}
    with account(server, "bench_stale", IN_FLIGHT, **world) as made:
        new = dataclasses.replace(made, offices=made.offices[-1:])
        run_in_process("ours", dataclasses.replace(made, offices=made.offices[:-1]))
        _analyze(made)
        results["first load"].append(run_in_process("ours", new))
        if is_fresh:
            _analyze(made)
        pass_time(new, A_DAY)
        results[f"next day, {'fresh' if is_fresh else 'stale'} statistics"].append(run_in_process("ours", new))


def _analyze(of: Account) -> None:
    with psycopg.connect(of.dsn, autocommit=True) as connection:
        connection.execute("ANALYZE")


@contextlib.contextmanager
def _without_autovacuum(server: Server) -> Iterator[None]:
    """Disable autovacuum, because the result must not depend on a run of it."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET autovacuum")
            connection.execute("SELECT pg_reload_conf()")
