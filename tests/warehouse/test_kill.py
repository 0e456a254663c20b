"""A load that is killed: nothing half-done is visible, and a retry gives the same rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cutting import Cutter
from indicaonline.errors import RetriableError
from indicaonline.settings import NOW
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

VISIBLE = ("raw.response", "ops.pull", "inventory.stock", "inventory.stock_change", "inventory.page_presence")
ROOT = Path(__file__).resolve().parents[2]
LOAD_ONE_OFFICE = """
import asyncio, sys
import psycopg
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import business_day, snapshot
from indicaonline.settings import Settings

url, dsn, office = sys.argv[1:]
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip(), page_size=50, concurrency=2)
plan = business_day.DayPlan(business_day.yesterday(Settings()), pulls_present=False)
asyncio.run(snapshot.snapshot_offices(
    lambda: IndicaOnlineClient(config), lambda: psycopg.connect(dsn), Settings(), plan, [int(office)]
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


NOTHING = {"pulls": 0, "changes": 0, "stock": 0, "published": 0, "daily": 0}
LANDED = NOTHING | {"pulls": 1, "changes": 50, "stock": 50}
PUBLISHED = LANDED | {"published": 1, "daily": 50}
COUNTS = """
    SELECT
        (SELECT count(*) FROM ops.pull WHERE status = 'complete') AS pulls,
        (SELECT count(*) FROM inventory.stock_change) AS changes,
        (SELECT count(*) FROM inventory.stock) AS stock,
        (SELECT count(*) FROM ops.publication WHERE basis = 'observed') AS published,
        (SELECT count(*) FROM mart.inventory_daily) AS daily
"""


def test_cut_off_by_the_server_before_any_write(
    make_rig: Callable[..., Rig], new_warehouse: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(seed=22, offices=1, products=50, life=3.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    day = rig.day_start(rig.tick().date()).replace(day=28, month=2)
    whole = Cutter(rig.dsn)
    with whole.watching():
        rig.snapshot(day)
    assert {
        "INSERT INTO ops.pull",
        "INSERT INTO inventory.stock_change",
        "INSERT INTO inventory.stock",
        "INSERT INTO ops.publication",
    } <= set(whole.ran)

    left: list[dict[str, int]] = []
    for write in whole.ran:
        cut = Cutter(new_warehouse(), write)
        monkeypatch.setattr(rig, "dsn", cut.dsn)
        # The task roll_up, which comes last, leaves the driver's own error to Airflow, which tries again.
        with pytest.raises((RetriableError, psycopg.OperationalError)) as raised, cut.watching():
            rig.snapshot(day)
        assert cut.is_done, f"{write} was not reached; there ran {cut.ran}"
        left += rig.query(COUNTS)
        assert isinstance(raised.value, RetriableError) or left[-1] == PUBLISHED, write
        assert left[-1] in (NOTHING, LANDED, PUBLISHED), write
        rig.snapshot(day)
        assert rig.query(COUNTS) == [PUBLISHED], write
        assert_true_to_life(rig)
    assert left == sorted(left, key=[NOTHING, LANDED, PUBLISHED].index), "what was committed stays committed"
    assert left[whole.ran.index("INSERT INTO inventory.stock_change")] == NOTHING
    assert left[whole.ran.index("INSERT INTO ops.publication")] == LANDED
