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

url, dsn = sys.argv[1:]
package_scheduler.LOADED_AT_ONCE = 10
config = ApiConfig(base_url=url, key=sys.stdin.readline().strip(), concurrency=2, requests_per_second=1000)
asyncio.run(packages.refresh_packages(lambda: IndicaOnlineClient(config), lambda: psycopg.connect(dsn), Settings()))
"""


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An account that was pulled once, and whose packages were not fetched."""
    rig = make_rig(seed=72, offices=1, products=60, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    return rig


@pytest.mark.parametrize("answered", [0, 1, 35])
def test_killed_while_answers_come(rig: Rig, answered: int) -> None:
    rig.simulator.faults.add("hold", path=LISTS, after=answered)
    process = subprocess.Popen(
        [sys.executable, "-c", REFRESH_PACKAGES, rig.simulator.url, rig.dsn],
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
    assert landed % 10 in (0, 1), "batches land whole; the first fetch is loaded alone"
    result = rig.packages()
    assert result.requests == 60 - landed
    assert result.left.left_over == 0
    assert_packages_true_to_life(rig)


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
