"""A load that is killed: nothing half-done is visible, and a retry gives the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from indicaonline.settings import NOW
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

VISIBLE = ("raw.response", "ops.pull", "inventory.stock", "inventory.stock_change", "inventory.sight")
ROOT = Path(__file__).resolve().parents[2]
LOAD_ONE_OFFICE = """
import asyncio, sys
import psycopg
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import snapshot
from indicaonline.settings import Settings

url, dsn, office = sys.argv[1:]
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip(), page_size=50, concurrency=2)
plan = snapshot.DayPlan(snapshot.yesterday(Settings()), looks_at_now=False)
asyncio.run(snapshot.snapshot_offices(
    lambda: IndicaOnlineClient(config), lambda: psycopg.connect(dsn), Settings(), plan, [int(office)], [int(office)]
))
"""


@pytest.mark.parametrize("pages_seen", [0, 1, 3])
def test_killed_while_pages_arrive(make_rig: Callable[..., Rig], pages_seen: int) -> None:
    rig = make_rig(seed=21, offices=1, products=250, life=3.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    (office,) = rig.offices
    rig.simulator.faults.add("hold", path=f"office/{office}", after=pages_seen)
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD_ONE_OFFICE, rig.simulator.url, rig.dsn, str(office)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins"), NOW: rig.tick().isoformat()},
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(rig.simulator.key + "\n")
    process.stdin.close()
    assert rig.simulator.requests.wait_for(pages_seen + 1, f"office/{office}", timeout=60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rig.simulator.faults.clear()
    assert {table: rig.value(f"SELECT count(*) FROM {table}") for table in VISIBLE} == dict.fromkeys(VISIBLE, 0)
    rig.snapshot(rig.day_start(rig.tick().date()).replace(day=28, month=2))
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'complete'") == 1
    assert_true_to_life(rig)


@pytest.mark.parametrize("statement", ["insert_stock_changes", "upsert_stock", "upsert_publication"])
def test_cut_off_by_the_server_between_two_statements(
    make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    from indicaonline.errors import RetriableError
    from indicaonline.warehouse import load, publish

    rig = make_rig(seed=22, offices=1, products=50, life=3.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    read_sql = load.read_sql
    # The server ends the session in the middle, as a restart would.
    suicide = "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END; $$"
    for module in (load, publish):
        monkeypatch.setattr(module, "read_sql", lambda name: suicide if name.endswith(statement) else read_sql(name))
    day = rig.day_start(rig.tick().date()).replace(day=28, month=2)
    with pytest.raises(RetriableError, match="The warehouse failed"):
        rig.snapshot(day)
    assert rig.value("SELECT count(*) FROM ops.publication") == 0
    assert rig.value("SELECT count(*) FROM inventory.stock") in (0, rig.value("SELECT sum(items) FROM ops.pull"))
    for module in (load, publish):
        monkeypatch.setattr(module, "read_sql", read_sql)
    rig.snapshot(day)
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'complete'") == 1
    assert rig.value("SELECT basis FROM ops.publication") == "observed"
    assert rig.value("SELECT count(*) FROM mart.inventory_daily") == 50
    assert_true_to_life(rig)
