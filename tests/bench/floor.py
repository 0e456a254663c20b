"""The floor: fetch with many requests in flight, COPY into bare typed tables, and nothing else."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from decimal import Decimal

import aiohttp
import msgspec
import psycopg
from tests.bench.measure import Account, Stages, peak_mb, report


class Package(msgspec.Struct):
    id: int
    quantity: Decimal


class Item(msgspec.Struct):
    product_id: int
    office_id: int
    measurement: str
    quantity: Decimal
    packages: list[Package]


class Page(msgspec.Struct):
    items: list[Item]
    total: int


TABLES = """
    CREATE SCHEMA IF NOT EXISTS floor;
    DROP TABLE IF EXISTS floor.item, floor.package;
    CREATE TABLE floor.item (office_id bigint, product_id bigint, measurement text, quantity numeric);
    CREATE TABLE floor.package (office_id bigint, product_id bigint, package_id bigint, quantity numeric);
"""


async def load(account: Account) -> int:
    """Load every office; returns rows."""
    decoder = msgspec.json.Decoder(Page)
    gate = asyncio.Semaphore(account.in_flight)
    rows = 0
    with psycopg.connect(account.dsn) as connection:
        connection.execute(TABLES.encode())

        def write(items: list[Item]) -> None:
            with connection.cursor() as cursor:
                with cursor.copy("COPY floor.item FROM STDIN") as copy:
                    copy.write(
                        "".join(f"{i.office_id}\t{i.product_id}\t{i.measurement}\t{i.quantity}\n" for i in items)
                    )
                with cursor.copy("COPY floor.package FROM STDIN") as copy:
                    copy.write(
                        "".join(
                            f"{i.office_id}\t{i.product_id}\t{p.id}\t{p.quantity}\n" for i in items for p in i.packages
                        )
                    )

        headers = {"X-Api-Key": account.key}
        writing = asyncio.Lock()
        async with aiohttp.ClientSession(headers=headers) as session:

            async def page(office: int, offset: int) -> Page:
                url = f"{account.url}/open_api/v2.3/inventory/office/{office}"
                async with gate, session.get(url, params={"limit": "500", "offset": str(offset)}) as answer:
                    decoded = decoder.decode(await answer.read())
                async with writing:
                    await asyncio.to_thread(write, decoded.items)
                return decoded

            async def office(office_id: int) -> int:
                first = await page(office_id, 0)
                rest = await asyncio.gather(*(page(office_id, offset) for offset in range(500, first.total, 500)))
                return sum(len(p.items) + sum(len(i.packages) for i in p.items) for p in (first, *rest))

            rows = sum(await asyncio.gather(*(office(office_id) for office_id in account.offices)))
    return rows


if __name__ == "__main__":
    idle = peak_mb()
    started = time.perf_counter()
    loaded = asyncio.run(load(Account(**json.loads(sys.argv[1]))))
    report(started, loaded, Stages(), idle)
