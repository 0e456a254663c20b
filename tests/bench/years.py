"""``make bench-years``: three years of 20 offices x 5,000 products, and how long analysts' questions of them take.

``make bench`` has a small one as its part `years`: 2 offices, 90 days.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from tests.bench.years_export import measure_export
from tests.bench.years_questions import ask_all, heading, line
from tests.bench.years_world import SETTINGS, World, build

from indicaonline.settings import NOW, Settings
from indicaonline.warehouse.migrate import migrate
from servers.postgres import Server, start

SMALL = World(offices=2, products=5000, days=90)
DATABASE = "years"
SERVER = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    # While it is built: nobody needs the log of it, and it is vacuumed at the end.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
"""Settings of the server of the large world: what one for 40 GB would have, on a small machine."""

SIZES = """
    SELECT
        regexp_replace(c.oid::regclass::text, '_[0-9]{4}_[0-9]{2}$', '') AS table_name,
        sum(c.reltuples)::bigint AS row_count,
        sum(pg_table_size(c.oid)) / 1e9 AS table_gb,
        sum(pg_indexes_size(c.oid)) / 1e9 AS index_gb
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
    WHERE n.nspname IN ('inventory', 'ops') AND c.relkind = 'r'
    GROUP BY 1
    HAVING sum(c.reltuples) >= 10000
    ORDER BY sum(pg_total_relation_size(c.oid)) DESC
"""


def compare(server: Server, _: argparse.Namespace) -> None:
    """Build the small world and ask everything of it."""
    with _clock(SMALL):
        _build(server, SMALL)
        _ask(server, SMALL)
        measure_export(lambda: psycopg.connect(server.dsn(DATABASE)), SETTINGS)
    server.drop_database(DATABASE)


def main() -> None:
    """Build the large world, unless it is there, and ask everything of it."""
    options = _options()
    world = World(options.offices, options.products, options.days)
    with _folder(options.data) as folder, _clock(world):
        server = _start(folder / "data")
        try:
            if not _is_built(server):
                _build(server, world)
            _ask(server, world, options.only)
            if options.export:
                measure_export(lambda: psycopg.connect(server.dsn(DATABASE)), SETTINGS)
        finally:
            server.stop()


def _build(server: Server, world: World) -> None:
    """Build a world, and print what that took. It gets its name when it is whole."""
    server.drop_database("building")
    dsn = server.create_database("building")
    migrate(lambda: psycopg.connect(dsn), Settings(business_time_zone="UTC"))
    began = time.perf_counter()
    seconds = build(lambda: psycopg.connect(dsn), world)
    whole = time.perf_counter() - began
    print(f"\n{world.offices} offices x {world.products:,} products x {world.days:,} days, built in {whole:,.0f} s:")
    print(", ".join(f"{step} {spent:,.1f}" for step, spent in seconds.items()) + " (all workers together).\n")
    with psycopg.connect(dsn) as connection:
        print(f"{'table':28}{'rows':>14}{'table GB':>10}{'index GB':>10}")
        for name, rows, table_gb, index_gb in connection.execute(SIZES.encode()):
            print(f"{name:28}{rows:14,}{table_gb:10.2f}{index_gb:10.2f}")
        row = connection.execute("SELECT pg_database_size(current_database()) / 1e9").fetchone()
        print(f"The whole database takes {row[0] if row else 0:.1f} GB.", flush=True)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE building RENAME TO {DATABASE}".encode())


def _ask(server: Server, world: World, only: str = "") -> None:
    """Ask the questions, and print what each took."""
    print(f"\n{heading()}")
    with psycopg.connect(server.dsn(DATABASE)) as connection:
        for answer in ask_all(connection, world, only):
            print(line(answer), flush=True)
    print("\nWarm, median of 3, planning included. rows read: by the scans of the plan; pages: of 8 kB.")


def _start(data: Path) -> Server:
    """A server for the large world. What a power cut loses is built again."""
    is_new = not data.exists()
    server = start(data, durable=False)
    if is_new:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            for name, value in SERVER.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        server.stop()
        server = start(data, durable=False)
    return server


def _is_built(server: Server) -> bool:
    with psycopg.connect(server.dsn()) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
    return found is not None


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Yield the folder of the data: a permanent one, or one that is removed at the end of the block."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
    else:
        with tempfile.TemporaryDirectory(prefix="years-") as folder:
            yield Path(folder)


@contextlib.contextmanager
def _clock(world: World) -> Iterator[None]:
    """Let the project's clock stand where the world ends."""
    before = os.environ.get(NOW)
    os.environ[NOW] = world.now.isoformat()
    try:
        yield
    finally:
        os.environ.pop(NOW)
        if before is not None:
            os.environ[NOW] = before


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-years", description=__doc__)
    for name, default in (("offices", 20), ("products", 5000), ("days", 1095)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{name} of the world (%(default)s)")
    parser.add_argument("--data", type=Path, help="folder that keeps the world, to ask again (a temporary one)")
    parser.add_argument("--only", default="", help="only questions whose name contains this")
    parser.add_argument("--export", action="store_true", help="also export it as Parquet")
    options = parser.parse_args()
    if options.offices > 60:
        sys.exit("At most 60 offices: the numbers of their pulls leave no room for more.")
    return options


if __name__ == "__main__":
    main()
