"""This project: the function that the task of ``inventory_snapshot_daily`` calls, with everything it does."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import psycopg
from tests.bench.measure import Account, Stages, peak_mb, report, timed

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import business_day, snapshot
from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.load import Load


def load(account: Account, stages: Stages) -> int:
    """Load every office and publish the day; returns rows: items, and what they changed."""
    for method, stage in (("add", "stage and raw"), ("shrinkage", "guard"), ("apply", "apply")):
        setattr(Load, method, timed(stages, stage, getattr(Load, method)))
    snapshot.publish_day = timed(stages, "publish", snapshot.publish_day)
    settings = Settings(business_time_zone="UTC")
    config = ApiConfig(
        base_url=account.url, key=account.key, requests_per_second=10_000.0, concurrency=account.in_flight
    )
    with psycopg.connect(account.dsn) as connection:
        sync_settings(connection, settings)
    plan = business_day.DayPlan(business_day.yesterday(settings), pulls_present=False)
    results = asyncio.run(
        snapshot.snapshot_offices(
            lambda: IndicaOnlineClient(config, max_clock_skew=settings.max_clock_skew),
            lambda: psycopg.connect(account.dsn),
            settings,
            plan,
            account.offices,
        )
    )
    return sum(r.pull.items + r.publication.rows for r in results if r.pull and r.publication)


if __name__ == "__main__":
    idle = peak_mb()
    started = time.perf_counter()
    measured = Stages()
    loaded = load(Account(**json.loads(sys.argv[1])), measured)
    report(started, loaded, measured, idle)
