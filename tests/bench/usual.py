"""The task that most people write: one request after the other, then ``execute_values``."""

from __future__ import annotations

import json
import sys
import time

import psycopg2
import requests
from psycopg2.extras import execute_values
from tests.bench.measure import Account, Stages, peak_mb, report

TABLES = """
    CREATE SCHEMA IF NOT EXISTS usual;
    DROP TABLE IF EXISTS usual.item, usual.package;
    CREATE TABLE usual.item (
        office_id bigint, product_id bigint, measurement text, quantity numeric, PRIMARY KEY (office_id, product_id)
    );
    CREATE TABLE usual.package (
        office_id bigint, product_id bigint, package_id bigint, quantity numeric,
        PRIMARY KEY (office_id, product_id, package_id)
    );
"""


def load(account: Account, stages: Stages) -> int:
    """Load every office; returns rows."""
    session = requests.Session()
    session.headers["X-Api-Key"] = account.key
    rows = 0
    connection = psycopg2.connect(account.dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        for office in account.offices:
            began = time.perf_counter()
            items = []
            while True:
                url = f"{account.url}/open_api/v2.3/inventory/office/{office}"
                answer = session.get(url, params={"limit": 500, "offset": len(items)}, timeout=60).json()
                items.extend(answer["items"])
                if not answer["items"] or len(items) >= answer["total"]:
                    break
            stages.add("fetch", time.perf_counter() - began)
            began = time.perf_counter()
            packages = [(i["office_id"], i["product_id"], p["id"], p["quantity"]) for i in items for p in i["packages"]]
            execute_values(
                cursor,
                "INSERT INTO usual.item VALUES %s",
                [(i["office_id"], i["product_id"], i["measurement"], i["quantity"]) for i in items],
            )
            execute_values(cursor, "INSERT INTO usual.package VALUES %s", packages)
            stages.add("write", time.perf_counter() - began)
            rows += len(items) + len(packages)
    connection.close()
    return rows


if __name__ == "__main__":
    idle = peak_mb()
    started = time.perf_counter()
    measured = Stages()
    loaded = load(Account(**json.loads(sys.argv[1])), measured)
    report(started, loaded, measured, idle)
