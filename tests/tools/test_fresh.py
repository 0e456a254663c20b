"""What was pulled since midnight is fresh, for dbt and for the data contract."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from contract_document import check
from dbt_project import Project

from rig import Rig

LOS_ANGELES = zoneinfo.ZoneInfo("America/Los_Angeles")


def test_what_was_pulled_since_midnight_is_fresh(
    programs: Path,
    login: Callable[[str], AbstractContextManager[dict[str, str]]],
    make_rig: Callable[..., Rig],
    tmp_path: Path,
) -> None:
    midnight = dt.datetime.now(LOS_ANGELES).replace(hour=0, minute=0, second=0, microsecond=0)
    rig = make_rig(offices=1, products=5, start=midnight.astimezone(dt.UTC).isoformat())
    rig.step(minutes=10)
    rig.snapshot(rig.day_start(midnight.date() - dt.timedelta(days=1)))
    rig.updates(None)
    due = ("freshness", "inventory_current", "inventory_daily")
    with login(rig.dsn) as variables:
        assert Project(programs, tmp_path, variables).freshness() == (0, dict.fromkeys(due, "pass"))
        done, results = check(programs, variables, tmp_path, "--checks", "slaProperties")
    assert done.returncode == 0, done.stdout
    assert len(results) == len(due)
