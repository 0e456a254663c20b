"""The hourly pull of as many changes, in a warehouse that knows a large catalogue and in one that knows a small one.

As a process of its own: the function that the task of ``inventory_updates_hourly`` calls, with everything it does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import requests
from tests.bench.measure import Account, Stages, peak_mb, report, run_in_process, timed
from tests.bench.simulated import account, median, median_stages, pass_time

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import updates
from indicaonline.jobs.maintenance import maintain
from indicaonline.settings import Settings
from indicaonline.warehouse.load import Load
from servers.postgres import Server

OFFICES = 100
CHANGES = 2000
PRODUCTS = {"small": 50, "large": 5000}
IN_FLIGHT = 8
AN_HOUR = 3600
SETTINGS = Settings(business_time_zone="UTC")


def compare(server: Server, options: argparse.Namespace) -> None:
    """Fill both warehouses, change as much in both, pull by turns, and print the ratio."""
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        accounts = {name: stack.enter_context(_filled(server, name, size)) for name, size in PRODUCTS.items()}
        items = {name: _some_items(of) for name, of in accounts.items()}
        # The first round opens files and fills caches; it does not count.
        for number in range(options.repetitions + 1):
            print(f"hourly: repetition {number} of {options.repetitions}", file=sys.stderr)
            for name in sorted(PRODUCTS, reverse=number % 2 == 0):
                _change(accounts[name], items[name], number)
                result = run_in_process("hourly", accounts[name])
                assert result["rows"] == CHANGES, result["rows"]
                if number:
                    results[name].append(result)
    _print(results, options)


@contextlib.contextmanager
def _filled(server: Server, name: str, products: int) -> Iterator[Account]:
    """An account and a warehouse that knows all of it, by the snapshot task's own code."""
    size = {"offices": OFFICES, "products": products, "packages_per_product": 1, "life": 0}
    with account(server, f"bench_{name}", IN_FLIGHT, **size) as made:
        print(f"hourly: filling {OFFICES * products:,} products", file=sys.stderr)
        run_in_process("ours", made)
        maintain(lambda: psycopg.connect(made.dsn), SETTINGS)
        # Later than the window of the first pull of changes reaches back.
        pass_time(made, 2 * AN_HOUR)
        yield made


def _some_items(of: Account) -> list[tuple[int, int]]:
    """As many products of each office, spread over its shelves: (office, product)."""
    with psycopg.connect(of.dsn) as connection:
        return connection.execute(
            """
            SELECT office_id, product_id
            FROM (
                SELECT
                    office_id, product_id,
                    row_number() OVER (PARTITION BY office_id ORDER BY hashint8(product_id), product_id) AS place
                FROM inventory.stock
            ) AS k
            WHERE place <= %s
            ORDER BY place, office_id
            """,
            [CHANGES // len(of.offices)],
        ).fetchall()


def _change(of: Account, items: list[tuple[int, int]], number: int) -> None:
    """Let an hour pass in which all these products change."""
    pass_time(of, AN_HOUR - 60)
    at = (dt.datetime.fromisoformat(of.now) + dt.timedelta(seconds=30)).isoformat()
    with requests.Session() as session:
        for place, (office_id, product_id) in enumerate(items):
            change = {"office_id": office_id, "product_id": product_id, "quantity": f"{1000 + number}.{place:04}"}
            answer = session.post(f"{of.url}/_admin/events/set_quantity", json=change | {"at": at}, timeout=60)
            answer.raise_for_status()
    pass_time(of, 60)


def _print(results: dict[str, list[dict[str, Any]]], options: argparse.Namespace) -> None:
    print(
        f"\nThe hourly pull of {CHANGES:,} changed products in {OFFICES} offices,"
        f" median of {options.repetitions} by turns.\n"
    )
    print(f"{'warehouse':14}{'seconds':>9}{'CPU s':>8}  seconds by stage")
    for name, products in PRODUCTS.items():
        runs = results[name]
        print(
            f"{OFFICES * products:<14,}{median(runs, 'seconds'):9.2f}{median(runs, 'cpu'):8.2f}  {median_stages(runs)}"
        )
    ratio = median(results["large"], "seconds") / median(results["small"], "seconds")
    print(f"\nThe large warehouse takes {ratio:.2f} times as long as the small one.")


def load(of: Account, stages: Stages) -> int:
    """Pull what has changed; returns how many products had."""
    for method, stage in (("add", "stage and raw"), ("apply", "apply")):
        setattr(Load, method, timed(stages, stage, getattr(Load, method)))
    config = ApiConfig(base_url=of.url, key=of.key, requests_per_second=10_000.0, concurrency=of.in_flight)
    result = asyncio.run(
        updates.pull_updates(
            lambda: IndicaOnlineClient(config, max_clock_skew=SETTINGS.max_clock_skew),
            lambda: psycopg.connect(of.dsn),
            SETTINGS,
            updates.HourPlan(None, None),
        )
    )
    return 0 if result.pull is None else result.pull.changes


if __name__ == "__main__":
    idle = peak_mb()
    started = time.perf_counter()
    measured = Stages()
    loaded = load(Account(**json.loads(sys.argv[1])), measured)
    report(started, loaded, measured, idle)
