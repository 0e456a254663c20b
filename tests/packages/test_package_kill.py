"""A run that is killed, or cut off by the server: what has landed is whole, and the next run does the rest."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from package_oracle import assert_packages_true_to_life

from cutting import Cutter
from indicaonline.errors import RetriableError
from indicaonline.settings import NOW
from indicaonline.warehouse.connection import warehouse
from mart_hashes import mart_hashes
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server

ROOT = Path(__file__).resolve().parents[2]
LISTS = r"products/\d+/packages"
REFRESH_PACKAGES = """
import asyncio, sys
import psycopg
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.config import ApiConfig
from indicaonline.jobs import package_scheduler, packages
from indicaonline.settings import Settings

url, dsn, number, tasks = sys.argv[1:]
package_scheduler.LOADED_AT_ONCE = 10
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip(), concurrency=2, requests_per_second=1000)
client = lambda: IndicaOnlineClient(config)
connect = lambda: psycopg.connect(dsn)
asyncio.run(packages.refresh_packages(client, connect, Settings(), int(number), int(tasks)))
"""


def start(rig: Rig, number: int = 1, tasks: int = 1) -> subprocess.Popen[str]:
    """Start a task that refreshes packages, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", REFRESH_PACKAGES, rig.simulator.url, rig.dsn, str(number), str(tasks)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "plugins"), NOW: rig.tick().isoformat()},
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(rig.simulator.key + "\n")
    process.stdin.close()
    return process


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An account that was pulled once, and whose packages were not fetched."""
    return make_rig(past=pulled_once, seed=72, offices=1, products=60, start=MIDNIGHT_IN_LOS_ANGELES)


def pulled_once(rig: Rig) -> None:
    rig.step(minutes=5)
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))


@pytest.mark.parametrize("answered", [0, 1, 35])
def test_killed_while_answers_come(rig: Rig, answered: int) -> None:
    rig.simulator.faults.add("hold", path=LISTS, after=answered)
    process = start(rig)
    assert rig.simulator.requests.wait_for(answered + 1, LISTS, timeout=60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    rig.simulator.faults.clear()
    landed = rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'packages'")
    assert landed % 10 in (0, 1), "batches land whole; the first fetch is loaded alone"
    result = rig.packages()
    assert result.requests == 60 - landed
    assert result.left.left_over == 0
    assert_packages_true_to_life(rig)


def test_one_of_two_tasks_is_killed_and_the_warehouse_is_that_of_one(
    rig: Rig, new_warehouse: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = new_warehouse(urlsplit(rig.dsn).path.removeprefix("/"))
    rig.packages()
    expected = hashes(rig)
    monkeypatch.setattr(rig, "dsn", pulled)
    rig.simulator.requests.reset()
    # The two requests that a task may have in flight.
    rig.simulator.faults.add("hold", path=LISTS, after=11, count=2)
    killed = start(rig, 1, 2)
    assert rig.simulator.requests.wait_for(13, LISTS, timeout=60)
    assert start(rig, 2, 2).wait(timeout=60) == 0
    killed.kill()
    killed.wait()
    rig.simulator.faults.clear()
    rig.simulator.faults.release()
    landed = rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'packages'")
    assert rig.packages(1, 2).requests == 60 - landed > 0, "the retry fetches what the killed task had claimed"
    assert rig.packages(2, 2).requests == 0
    assert hashes(rig) == expected
    assert_packages_true_to_life(rig)


def test_another_task_fetches_what_a_killed_one_had_claimed(rig: Rig) -> None:
    rig.simulator.faults.add("hold", path=LISTS)
    process = start(rig, 3, 3)
    assert rig.simulator.requests.wait_for(1, LISTS, timeout=60)
    assert rig.value("SELECT count(DISTINCT product_id) FROM ops.package_refresh_queue WHERE claimed_by = 3") == 1
    process.kill()
    process.wait()
    rig.simulator.faults.clear()
    # Waits until the server has noticed.
    rig.query("SELECT ops.lock('package_task.3')")
    assert rig.packages().left.left_over == 0
    assert_packages_true_to_life(rig)


def hashes(rig: Rig) -> dict[str, str]:
    """The rows of the marts, without the ledger: a killed task leaves other numbers in it."""
    with warehouse(rig.connect, rig.settings) as connection:
        return {name: rows for name, rows in mart_hashes(connection).items() if name != "mart.pull"}


def test_cut_off_by_the_server_before_any_write(
    rig: Rig, postgres: Server, new_warehouse: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = urlsplit(rig.dsn).path.removeprefix("/")
    kept = new_warehouse(pulled)
    whole = Cutter(rig.dsn)
    with whole.watching():
        rig.packages()
    names = ("package_state", "package_attributes", "lab_panel", "package_presence")
    tables = [f"inventory.{name}" for name in names]
    assert {f"INSERT INTO {table}" for table in tables} <= set(whole.ran)
    for write in whole.ran:
        cut = Cutter(new_warehouse(urlsplit(kept).path.removeprefix("/")), write)
        monkeypatch.setattr(rig, "dsn", cut.dsn)
        with pytest.raises(RetriableError, match="The warehouse"), cut.watching():
            rig.packages()
        assert cut.is_done, f"{write} was not reached; there ran {cut.ran}"
        assert [rig.value(f"SELECT count(*) FROM {table}") for table in tables] == [0] * len(tables), write
        assert rig.packages().left.left_over == 0
        assert_packages_true_to_life(rig)
