"""Each time zone in which business days end has a DAG of its own, which runs at midnight there."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from indicaonline.settings import Settings
from office_runs import scheduled_runs, snapshot_dags

DAILY = "inventory_snapshot_daily"


def test_one_zone_is_one_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(business_time_zone="America/Denver", office_time_zones={7: "America/Denver"})
    assert list(snapshot_dags(settings, monkeypatch)) == [DAILY]


def test_every_zone_in_use_has_the_same_tasks_at_its_own_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = {1: "Asia/Kolkata", 2: "America/Port-au-Prince", 3: "Etc/GMT+5", 4: "Etc/GMT-5", 5: "Asia/Kolkata"}
    settings = Settings(office_time_zones=zones)
    dags = snapshot_dags(settings, monkeypatch)
    assert sorted(dags) == [
        DAILY,
        f"{DAILY}_America_Port-au-Prince",
        f"{DAILY}_Asia_Kolkata",
        f"{DAILY}_Etc_GMT-5",
        f"{DAILY}_Etc_GMTplus5",
    ]
    first = dt.datetime(2025, 3, 8, tzinfo=dt.UTC)
    for dag_id, dag in dags.items():
        zone = dag.get_task("plan_offices").time_zone
        assert (zone is None) == (dag_id == DAILY)
        # Paused, it would lose days that nobody can bring back.
        assert dag.is_paused_upon_creation is (None if zone is None else False)
        assert dag.task_ids == dags[DAILY].task_ids
        for task_id in ("plan_offices", "snapshot_office", "publish_offices", "summary"):
            task = dag.get_task(task_id)
            assert (task.partial_kwargs["time_zone"] if task.is_mapped else task.time_zone) == zone
        runs = scheduled_runs({dag_id: dag}, first, first + dt.timedelta(days=4))
        assert len(runs) == 4
        for run in runs:
            start, end = (
                instant.astimezone(ZoneInfo(zone or settings.business_time_zone)) for instant in (run.start, run.end)
            )
            assert start.time() == end.time() == dt.time()
            assert end.date() - start.date() == dt.timedelta(days=1)
