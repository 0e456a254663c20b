"""Years of history written straight into a warehouse, in the shape and the order in which the loads write it.

Every value follows from the numbers of the office, the product and the day, so that a world is the same each time and
any day can be written by itself. Of each product of an office:

- a package arrives every 30 days; most products use it 30 days later, while the next one waits; one product in ten uses
  it at once, and is out of stock for 6 days of 30;
- 2 % of the products change three times a day, the others on about every eighth day: 15 % of all product-days;
- hourly pulls saw the changes, a complete pull just after midnight saw that nothing else had changed.

Raw responses are left out: analysts do not read them.
"""

from __future__ import annotations

import datetime as dt
import functools
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from indicaonline.settings import Settings
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.movements import roll_up

FOLDER = Path(__file__).with_name("years_sql")
END = dt.date(2025, 11, 1)
"""The day after the last one that is published."""

WORKERS = 2
SETTINGS = Settings(business_time_zone="UTC")
Connect = Callable[[], psycopg.Connection[Any]]


@dataclass(frozen=True)
class World:
    """The size of the generated data."""

    offices: int
    products: int
    days: int

    @property
    def first_day(self) -> dt.date:
        """The first day that is published."""
        return END - dt.timedelta(days=self.days)

    @property
    def now(self) -> dt.datetime:
        """The time of the questions: the morning after the last day, in UTC."""
        return dt.datetime.combine(END, dt.time(6), tzinfo=dt.UTC)

    @property
    def months(self) -> list[list[int]]:
        """The numbers of the days, from 0, by month of the calendar."""
        dates = [(number, self.first_day + dt.timedelta(days=number)) for number in range(self.days)]
        return [[number for number, _ in days] for _, days in groupby(dates, key=lambda d: (d[1].year, d[1].month))]


def build(connect: Connect, world: World) -> dict[str, float]:
    """Write the world into an empty warehouse; returns the seconds that each step took, of all workers together."""
    seconds: dict[str, float] = {}
    with open_connection(connect) as connection, ThreadPoolExecutor(WORKERS) as pool:
        sync_settings(connection, SETTINGS)
        _run(connection, world, seconds, "prepare")
        # Months are written side by side, and a version may end in a later one: checked at the end, all at once.
        chains = connection.execute(_sql("find_chains")).fetchall()
        for table, name, _ in chains:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
        connection.commit()
        list(pool.map(functools.partial(_write_month, connect, world, seconds), world.months))
        for step in ("retests", "stock"):
            _run(connection, world, seconds, step)
        _timed(seconds, "movements", lambda: roll_up(connection))
        for table, name, definition in chains:
            statement = f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode()
            _timed(seconds, "chains", functools.partial(connection.execute, statement))
        connection.commit()
        _run(connection, world, seconds, "finish")
        tables = [name for (name,) in connection.execute(_sql("find_tables")).fetchall()]
        list(pool.map(functools.partial(_vacuum, connect, seconds), tables))
    return seconds


def _vacuum(connect: Connect, seconds: dict[str, float], table: str) -> None:
    """Run the maintenance that autovacuum would do in time."""
    with connect() as connection:
        connection.autocommit = True
        statement = f"VACUUM (ANALYZE, PARALLEL 0) {table}".encode()
        _timed(seconds, "vacuum", functools.partial(connection.execute, statement))


def _write_month(connect: Connect, world: World, seconds: dict[str, float], days: list[int]) -> None:
    """Write the days of a month, day by day, as they would have come."""
    with open_connection(connect) as connection:
        for day in days:
            for step in ("changes", "pulls", "daily_stock", "package_states", "labs"):
                _run(connection, world, seconds, step, day)
    print(f"years: written up to {world.first_day + dt.timedelta(days=days[-1])}", file=sys.stderr, flush=True)


def _run(connection: psycopg.Connection[Any], world: World, seconds: dict[str, float], step: str, day: int = 0) -> None:
    """Run a step's statements, one by one, and commit."""
    values = {
        "offices": world.offices,
        "products": world.products,
        "days": world.days,
        "day": day,
        "date": world.first_day + dt.timedelta(days=day),
        "first_day": world.first_day,
        "end": END,
    }
    for statement in _sql(step).decode().split(";\n\n"):
        used = {name: value for name, value in values.items() if f"%({name})s" in statement}
        _timed(seconds, step, functools.partial(connection.execute, statement.encode(), used or None))
    connection.commit()


@functools.cache
def _sql(name: str) -> bytes:
    return (FOLDER / f"{name}.sql").read_bytes()


def _timed(seconds: dict[str, float], step: str, function: Callable[[], Any]) -> None:
    began = time.perf_counter()
    function()
    seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - began
