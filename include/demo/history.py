"""The demo's past: the clock of the simulated world steps through seven weeks, and the functions of the tasks pull.

Nothing is inserted directly. At every step the project's clock has the time of the world, as for a scheduler that ran
then. The steps depend only on the start, and each one is idempotent, so an interrupted history continues where it
stopped.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from demo.incidents import (
    HELD_BACK,
    INCIDENTS,
    OUTAGE_BEGINS,
    OUTAGE_DAY,
    OUTAGE_ENDS,
    Incident,
    during,
    office_id,
)
from demo.settings import DAYS, DemoSettings
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.errors import HeldBackError
from indicaonline.jobs.business_day import DayPlan, plan_day
from indicaonline.jobs.inventory import pull_office
from indicaonline.jobs.movements import roll_up
from indicaonline.jobs.packages import refresh_packages
from indicaonline.jobs.reference import pull_reference
from indicaonline.jobs.snapshot import snapshot_offices
from indicaonline.jobs.updates import plan_hour, pull_updates
from indicaonline.reference_lists import REFERENCE_LISTS
from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.reference import known_offices
from indicaonline.warehouse.sql import read_sql
from servers import postgres
from servers.console import step
from servers.simulation import Simulation

SHOWN_AT_ONCE = dt.timedelta(days=10)
AN_HOUR = dt.timedelta(hours=1)
# Not every hour, so that it takes a minute. One pull covers the hours since the one before it.
SPAN = dt.timedelta(hours=3)
A_DAY = dt.timedelta(days=1)
# Tasks start a little after their interval has ended.
DELAY = dt.timedelta(seconds=30)


@dataclass(frozen=True)
class Moment:
    """A time at which tasks run, with the hour that has just ended and the business days to publish."""

    at: dt.datetime
    hour: dt.datetime
    days: tuple[dt.datetime, ...]
    incidents: tuple[Incident, ...] = ()
    """The faults of the API while the days are pulled."""


@dataclass(frozen=True)
class Past:
    """The period of the history, between business midnights (UTC), and its business time zone."""

    start: dt.datetime
    zone: str

    @classmethod
    def of(cls, kept: DemoSettings) -> Past:
        """Return the past of a demo."""
        return cls(dt.datetime.fromisoformat(kept.world_start), kept.business_time_zone)

    @property
    def end(self) -> dt.datetime:
        """The business midnight from which the scheduler continues."""
        return self.start + DAYS * A_DAY

    @property
    def missed_day(self) -> dt.date:
        """The business day whose end was not observed."""
        return (self.start + OUTAGE_DAY * A_DAY).astimezone(ZoneInfo(self.zone)).date()

    def moments(self) -> Iterator[Moment]:
        """Yield every third hour; a day is published at its end, or by a backfill after the outage."""
        sleeps = self.start + OUTAGE_DAY * A_DAY + OUTAGE_BEGINS
        wakes = self.start + OUTAGE_DAY * A_DAY + OUTAGE_ENDS
        zone = ZoneInfo(self.zone)
        hour = self.start
        while hour < self.end:
            days: tuple[dt.datetime, ...] = ()
            if hour == wakes:
                days = (self.start + OUTAGE_DAY * A_DAY,)
            elif hour.astimezone(zone).hour == 0:
                days = (hour - A_DAY,)
            if not sleeps <= hour < wakes:
                numbers = {(day - self.start) // A_DAY for day in days}
                incidents = tuple(incident for incident in INCIDENTS if incident.day in numbers)
                yield Moment(hour + DELAY, hour - AN_HOUR, days, incidents)
            hour += SPAN


def make_history(past: Past, simulation: Simulation, dsn: str, api_key: str, log: Path) -> None:
    """Step through the part of the past that is not in the warehouse yet; the world stays frozen at the last step."""
    # The interrupted step is repeated, and pulls only what is missing.
    query = "SELECT max(first_page_at) FROM ops.pull WHERE kind <> 'reference'"
    ((reached,),) = postgres.query(dsn, query)
    left = [moment for moment in past.moments() if reached is None or reached <= moment.at]
    if not left:
        return
    settings = Settings(business_time_zone=past.zone)
    with psycopg.connect(dsn) as connection:
        sync_settings(connection, settings)
    postgres.execute(dsn, read_sql("demo/lab_unit"))
    observer = Observer(simulation, dsn, api_key, settings)
    with logged_to(log), project_clock():
        observer.see(left[0].at)
        asyncio.run(observer.pull_names())
        for _, group in groupby(left, lambda moment: (moment.at - past.start) // SHOWN_AT_ONCE):
            moments = list(group)
            first, last = (moments[end].at.date() for end in (0, -1))
            with step(f"history from {first} to {last}"):
                asyncio.run(observer.live_through(moments))


def leave_one_held_back(past: Past, simulation: Simulation, dsn: str, api_key: str, log: Path) -> None:
    """Leave a pull that waits for a decision, unless there is one already; the clock of the simulation runs."""
    ((waiting,),) = postgres.query(dsn, "SELECT count(*) FROM ops.pull WHERE status = 'held_back'")
    if not waiting:
        with step("a pull that is held back"), logged_to(log):
            observer = Observer(simulation, dsn, api_key, Settings(business_time_zone=past.zone))
            asyncio.run(observer.pull_held_back())


class Observer:
    """Runs the functions of the tasks at each moment."""

    def __init__(self, simulation: Simulation, dsn: str, api_key: str, settings: Settings) -> None:
        self._simulation = simulation
        self._dsn = dsn
        self._settings = settings
        self._config = ApiConfig(base_url=simulation.url, key=api_key, requests_per_second=1000)

    async def live_through(self, moments: list[Moment]) -> None:
        """Run the tasks of the moments, in order.

        Packages are refreshed once a day, which is enough for their history. Movements are rolled up once at the end,
        with the same result.
        """
        offices = await asyncio.to_thread(self._offices)
        for moment in moments:
            self.see(moment.at)
            hour = plan_hour(moment.hour, moment.hour + AN_HOUR, moment.hour)
            await pull_updates(self._client, self._connect, self._settings, hour)
            for day in moment.days:
                plan = plan_day(day, day, self._settings)
                await self._snapshot(plan, offices, moment.incidents)
            if moment.days:
                await refresh_packages(self._client, self._connect, self._settings)
        await asyncio.to_thread(roll_up, self._connect, self._settings)

    async def _snapshot(self, plan: DayPlan, offices: list[int], incidents: tuple[Incident, ...]) -> None:
        with during(self._simulation, incidents):
            try:
                await snapshot_offices(self._client, self._connect, self._settings, plan, offices)
            except HeldBackError:
                if not any(incident.holds_back for incident in incidents):
                    raise

    async def pull_held_back(self) -> None:
        """Pull an office now, of which the API lists a few products only: the pull waits for a person's decision."""
        with during(self._simulation, (HELD_BACK,)), ExitStack() as stack:
            office = office_id(self._simulation, HELD_BACK.office)
            connection = await asyncio.to_thread(stack.enter_context, warehouse(self._connect, self._settings))
            async with self._client() as client:
                with suppress(HeldBackError):
                    await pull_office(client, connection, self._settings, office)

    async def pull_names(self) -> None:
        """Pull all reference lists."""
        async with self._client() as client:
            for resource in REFERENCE_LISTS:
                await pull_reference(client, self._connect, self._settings, resource)

    def see(self, instant: dt.datetime) -> None:
        """Set the clocks of the world and of the project to an instant."""
        self._simulation.freeze_at(instant)
        os.environ[NOW] = instant.isoformat()

    def _client(self) -> IndicaOnlineClient:
        return IndicaOnlineClient(self._config, business_time_zone=self._settings.zone())

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._dsn)

    def _offices(self) -> list[int]:
        with warehouse(self._connect, self._settings) as connection:
            return [office.office_id for office in known_offices(connection)]


@contextmanager
def project_clock() -> Iterator[None]:
    """Restore the project's clock in this process at the end of the block."""
    before = os.environ.get(NOW)
    try:
        yield
    finally:
        os.environ.pop(NOW, None)
        if before is not None:
            os.environ[NOW] = before


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Write the log of the project to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logger = logging.getLogger("indicaonline")
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
        handler.close()
