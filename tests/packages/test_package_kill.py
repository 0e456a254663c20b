"""A run that is killed, or cut off by the server: what has landed is whole, and the next run does the rest."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from package_oracle import assert_packages_true_to_life

from indicaonline.errors import RetriableError
from indicaonline.settings import NOW
from indicaonline.warehouse import packages
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

ROOT = Path(__file__).resolve().parents[2]
LISTS = r"products/\d+/packages"
LOOK_AT_PACKAGES = """
import asyncio, sys
import psycopg
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import packages
from indicaonline.settings import Settings

url, dsn = sys.argv[1:]
packages.LANDED_AT_ONCE = 10
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip(), concurrency=2, requests_per_second=1000)
asyncio.run(packages.look_at_packages(lambda: IndicaOnlineClient(config), lambda: psycopg.connect(dsn), Settings()))
"""


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An account that was pulled once, and whose packages nobody has looked at."""
    rig = make_rig(seed=72, offices=1, products=60, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    return rig


@pytest.mark.parametrize("answered", [0, 1, 35])
def test_killed_while_answers_come(rig: Rig, answered: int) -> None:
    rig.simulator.faults.add("hold", path=LISTS, after=answered)
    process = subprocess.Popen(
        [sys.executable, "-c", LOOK_AT_PACKAGES, rig.simulator.url, rig.dsn],
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins"), NOW: rig.tick().isoformat()},
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(rig.simulator.key + "\n")
    process.stdin.close()
    assert rig.simulator.requests.wait_for(answered + 1, LISTS, timeout=60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rig.simulator.faults.clear()
    landed = rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'packages'")
    assert landed % 10 in (0, 1), "batches land whole; the first look lands alone"
    result = rig.packages()
    assert result.requests == 60 - landed
    assert result.left.left_over == 0
    assert_packages_true_to_life(rig)


@pytest.mark.parametrize("statement", ["find_touched", "delete_replaced", "insert_labs", "settle_unlisted"])
def test_cut_off_by_the_server_between_two_statements(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    read_sql = packages.read_sql
    suicide = "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END; $$"
    monkeypatch.setattr(packages, "read_sql", lambda name: suicide if name.endswith(statement) else read_sql(name))
    with pytest.raises(RetriableError, match="The warehouse failed"):
        rig.packages()
    tables = ("inventory.package_state", "inventory.lab_version", "inventory.package_sight")
    assert [rig.value(f"SELECT count(*) FROM {table}") for table in tables] == [0, 0, 0]
    monkeypatch.setattr(packages, "read_sql", read_sql)
    assert rig.packages().left.left_over == 0
    assert_packages_true_to_life(rig)
