"""Package requests of each day of a simulated month, by the setting that decides when a quantity is refreshed.

One account of shops with opening hours, and a warehouse for each value of the setting. Every hour, all of them pull the
changes of the same hour and refresh packages, as the DAGs do.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import datetime as dt
import os
import sys
from collections import Counter
from contextlib import ExitStack
from typing import Any

import psycopg
from psycopg.rows import dict_row
from tests.bench.measure import Account, run_in_process
from tests.bench.simulated import account, pass_time

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs.packages import refresh_packages
from indicaonline.jobs.updates import plan_hour, pull_updates
from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.migrate import migrate
from servers.postgres import Server

OFFICES = 3
PRODUCTS = 60
PACKAGES_EACH = 3
IN_FLIGHT = 8
HOURS = 24
VARIANTS = ("immediately", "daily")

Requests = Counter[tuple[dt.date, str]]
"""Requests of one warehouse by business day, and by endpoint: list or by id."""


def compare(server: Server, options: argparse.Namespace) -> None:
    """Live through the days, and print the requests of each."""
    zone = dt.UTC.tzname(None)
    world: dict[str, Any] = {"offices": OFFICES, "products": PRODUCTS, "packages_per_product": PACKAGES_EACH}
    with account(server, "bench_refreshes", IN_FLIGHT, **world, shops=zone) as made, ExitStack() as stack:
        settings = {name: Settings(business_time_zone=zone, package_quantity_refresh=name) for name in VARIANTS}
        dsns = {name: server.create_database(f"bench_refreshes_{name}") for name in VARIANTS}
        for name, dsn in dsns.items():
            stack.callback(server.drop_database, f"bench_refreshes_{name}")
            migrate(lambda dsn=dsn: psycopg.connect(dsn), settings[name])
            run_in_process("ours", dataclasses.replace(made, dsn=dsn))
        for hour in range(options.days * HOURS):
            if hour % HOURS == 0:
                print(f"refreshes: day {hour // HOURS + 1} of {options.days}", file=sys.stderr)
            for name, dsn in dsns.items():
                asyncio.run(_an_hour(settings[name], made, dsn))
            pass_time(made, 3600)
        _print(
            {name: _requests(dsn) for name, dsn in dsns.items()}, {name: _versions(dsn) for name, dsn in dsns.items()}
        )


async def _an_hour(settings: Settings, of: Account, dsn: str) -> None:
    """Pull the changes up to now, then refresh the packages that are due."""
    os.environ[NOW] = of.now
    config = ApiConfig(base_url=of.url, key=of.key, requests_per_second=10_000.0, concurrency=of.in_flight)

    def client() -> IndicaOnlineClient:
        return IndicaOnlineClient(config, max_clock_skew=settings.max_clock_skew)

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(dsn)

    await pull_updates(client, connect, settings, plan_hour(None, None, None))
    await refresh_packages(client, connect, settings)


def _requests(dsn: str) -> Requests:
    # A pull is one request here: each list has a single page.
    query = """
        SELECT (first_page_at AT TIME ZONE 'UTC')::date AS day, kind, count(*) AS pulls
        FROM ops.pull
        WHERE kind IN ('packages', 'package')
        GROUP BY 1, 2
    """
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        rows = connection.execute(query).fetchall()
    return Counter({(row["day"], row["kind"]): row["pulls"] for row in rows})


def _versions(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT count(*) FROM mart.package_history").fetchone()
    assert row is not None
    return int(row[0])


def _print(results: dict[str, Requests], versions: dict[str, int]) -> None:
    days = sorted({day for requests in results.values() for day, _ in requests})
    print(f"\n{OFFICES} offices, {PRODUCTS} products each, {PACKAGES_EACH} packages of a product in each office.\n")
    print(f"{'':14}" + "".join(f"{name:>24}" for name in results))
    print(f"{'day':14}" + f"{'lists':>16}{'by id':>8}" * len(results))
    for day in days:
        print(
            f"{day:%Y-%m-%d}    " + "".join(f"{r[day, 'packages']:16,}{r[day, 'package']:8,}" for r in results.values())
        )
    # The first day fetches every package, whatever the setting.
    total = {name: sum(count for (day, _), count in r.items() if day > days[0]) for name, r in results.items()}
    print(f"{'later, a day':14}" + "".join(f"{count / max(len(days) - 1, 1):24,.1f}" for count in total.values()))
    print(f"{'versions':14}" + "".join(f"{count:24,}" for count in versions.values()))
