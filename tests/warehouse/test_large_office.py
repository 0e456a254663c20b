"""An office of 25,000 products in 50 pages goes through the task's own code without growing with the catalogue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from indicaonline.settings import NOW, Settings
from rig import Rig

ROOT = Path(__file__).resolve().parents[2]
MEGABYTES_ABOVE_IDLE = 100
IDLE = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def test_memory_does_not_grow_with_the_catalogue(make_rig: Callable[..., Rig]) -> None:
    # As in the benchmark, whose process loads.
    settings = Settings(business_time_zone="UTC")
    rig = make_rig(settings, seed=31, offices=1, products=25_000, life=0.0, start="2025-03-01T00:00:00+00:00")
    rig.step(minutes=10)
    account = {
        "url": rig.simulator.url,
        "key": rig.simulator.key,
        "dsn": rig.dsn,
        "now": rig.tick().isoformat(),
        "in_flight": 8,
        "offices": rig.offices,
    }
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", NOW: account["now"]}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout.splitlines()[-1]

    idle = float(run("-c", IDLE))
    measured = json.loads(run("-m", "tests.bench.ours", json.dumps(account)))
    assert rig.value("SELECT items FROM ops.pull") == 25_000
    assert rig.value("SELECT count(*) FROM raw.response") == 51, "50 full pages, and one that proves there are no more"
    assert rig.value("SELECT count(*) FROM mart.inventory_daily") == 25_000
    assert measured["peak_mb"] - idle < MEGABYTES_ABOVE_IDLE
