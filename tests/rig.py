"""A simulated account beside a warehouse, and the jobs of the DAGs to run between them."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

import pendulum
import psycopg
import pytest
from psycopg.rows import dict_row

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs.business_day import plan_day
from indicaonline.jobs.inventory import pull_office
from indicaonline.jobs.movements import roll_up
from indicaonline.jobs.packages import PackagesResult, refresh_packages
from indicaonline.jobs.product_stock import ProductStock, pull_product
from indicaonline.jobs.rebuild import RebuildResult, rebuild
from indicaonline.jobs.reference import ReferenceResult, pull_reference
from indicaonline.jobs.snapshot import OfficeResult, snapshot_offices
from indicaonline.jobs.updates import UpdatesResult, plan_hour, pull_updates
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.load import LoadResult
from indicaonline.warehouse.movements import RolledUp
from indicaonline.warehouse.publish import Publication, publish_day
from simulator import SimulatorServer

MIDNIGHT_IN_LOS_ANGELES = "2025-03-01T08:00:00+00:00"


async def _no_wait(seconds: float) -> None:
    """Instead of waiting between tries: the simulator is always ready for the next one."""


def rejections(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines in which pulls name what they reject; warnings about settings depend on what ran before."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and record.name.startswith("indicaonline.warehouse.")
    ]


class Rig:
    """Runs jobs with the simulator's clock as the only clock."""

    def __init__(
        self, simulator: SimulatorServer, dsn: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.simulator = simulator
        self.dsn = dsn
        self.settings = settings
        self._monkeypatch = monkeypatch
        with psycopg.connect(dsn) as connection:
            sync_settings(connection, settings)
        self.connection_fields: dict[str, Any] = {
            "base_url": simulator.url,
            "key": simulator.key,
            "requests_per_second": 5000.0,
            "retry_seconds": 5.0,
        }
        self.tick()

    def tick(self) -> dt.datetime:
        """Bring the project's clock up to the simulator's."""
        now = self.simulator.clock.now()
        self._monkeypatch.setenv(NOW, now.isoformat())
        return now

    def step(self, **span: float) -> dt.datetime:
        """Let simulated time pass."""
        self.simulator.clock.step(int(dt.timedelta(**span).total_seconds()))
        return self.tick()

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection to the warehouse."""
        return psycopg.connect(self.dsn)

    def client(self) -> IndicaOnlineClient:
        """A client that waits for nothing."""
        config = ApiConfig(**self.connection_fields)
        skew = self.settings.max_clock_skew
        return IndicaOnlineClient(
            config,
            max_clock_skew=skew,
            max_reads=self.settings.max_reads,
            unusable_share=self.settings.unusable_share,
            business_time_zone=self.settings.zone(),
            sleep=_no_wait,
        )

    @property
    def offices(self) -> list[int]:
        """The ids of the account's offices."""
        return sorted(self.simulator.world.shelves)

    def reference(self, *resources: str) -> list[ReferenceResult]:
        """Pull reference lists, all by default."""

        async def pull() -> list[ReferenceResult]:
            async with self.client() as client:
                return [
                    await pull_reference(client, self.connect, self.settings, resource)
                    for resource in resources or REFERENCE_LISTS
                ]

        return asyncio.run(pull())

    def pull(self, office_id: int) -> LoadResult:
        """Pull one office, land it and apply it."""

        async def pull() -> LoadResult:
            with warehouse(self.connect, self.settings) as connection:
                async with self.client() as client:
                    return await pull_office(client, connection, self.settings, office_id)

        return asyncio.run(pull())

    def snapshot(
        self,
        interval_start: dt.datetime | None,
        logical_date: dt.datetime | None = None,
        *,
        offices: Sequence[int] | None = None,
        run_started_at: dt.datetime | None = None,
    ) -> list[OfficeResult]:
        """Do what a run of ``inventory_snapshot_daily`` with this data interval does, for all offices by default."""
        offices = self.offices if offices is None else offices
        plan = plan_day(interval_start, logical_date or interval_start, self.settings)
        try:
            return asyncio.run(
                snapshot_offices(self.client, self.connect, self.settings, plan, offices, run_started_at)
            )
        finally:
            self.roll_up()

    def updates(self, interval_start: dt.datetime | None, logical_date: dt.datetime | None = None) -> UpdatesResult:
        """Do what a run of ``inventory_updates_hourly`` with this data interval (an hour) does."""
        end = None if interval_start is None else pendulum.from_timestamp(interval_start.timestamp() + 3600)
        plan = plan_hour(interval_start, end, logical_date or interval_start)
        try:
            return asyncio.run(pull_updates(self.client, self.connect, self.settings, plan))
        finally:
            self.roll_up()

    def product(self, product_id: int) -> ProductStock:
        """Do what a run of ``product_stock`` does."""
        try:
            return asyncio.run(pull_product(self.client, self.connect, self.settings, product_id))
        finally:
            self.roll_up()

    def roll_up(self) -> RolledUp:
        """Do what the task ``roll_up`` does, which both inventory DAGs end with, whatever came before."""
        return roll_up(self.connect, self.settings)

    def packages(self, number: int = 1, tasks: int = 1) -> PackagesResult:
        """Do what a run of ``package_history`` does, or one of its tasks."""
        return asyncio.run(refresh_packages(self.client, self.connect, self.settings, number, tasks))

    def hour(self, ago: int = 0) -> dt.datetime:
        """The start of the last hour that has ended, or of one some hours earlier: a data interval."""
        last = self.simulator.clock.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=1 + ago)
        return pendulum.from_timestamp(last.timestamp())

    def rebuild(self, day: dt.date) -> RebuildResult:
        """Rebuild everything from raw, since a business day."""
        return rebuild(self.connect, self.settings, day)

    def day_start(self, day: dt.date) -> dt.datetime:
        """The start of a business day: the start of the data interval of its run."""
        # The kind of datetime that Airflow hands to tasks.
        return pendulum.datetime(day.year, day.month, day.day, tz=self.settings.business_time_zone)

    def publish(self, office_id: int, day: dt.date) -> Publication:
        """Publish a business day of an office from observations."""
        with warehouse(self.connect, self.settings) as connection:
            return publish_day(connection, office_id, day)

    def query(self, text: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of a query, on this rig's clock."""
        with warehouse(self.connect, self.settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(text.encode(), parameters).fetchall()

    def value(self, text: str, parameters: Sequence[object] = ()) -> Any:
        """The one value of a query."""
        (row,) = self.query(text, parameters)
        (value,) = row.values()
        return value
