"""The runs of ``inventory_snapshot_daily`` and of its DAGs for other time zones, by their own timetables: when each
starts, and what its tasks then do.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pendulum
import pytest

from indicaonline.jobs.business_day import plan_day
from indicaonline.jobs.office_plan import OfficePlan, plan_offices
from indicaonline.jobs.snapshot import OfficeResult, publish_offices, snapshot_offices
from indicaonline.settings import Settings
from rig import Rig

FILE = Path(__file__).resolve().parents[1] / "dags" / "inventory_snapshot_daily.py"


class Run(msgspec.Struct, frozen=True):
    """One run as the scheduler would make it. ``time_zone`` is the argument of the DAG's operators."""

    dag_id: str
    time_zone: str | None
    start: Any
    end: Any

    def work(self, rig: Rig) -> tuple[OfficePlan, list[OfficeResult]]:
        """Do what its tasks do, now."""
        plan = plan_day(self.start, self.start, rig.settings, self.time_zone)
        todo = plan_offices(rig.connect, rig.settings, plan, self.time_zone)
        pulled = [office.office_id for office in todo.pulled]
        results = asyncio.run(snapshot_offices(rig.client, rig.connect, rig.settings, plan, pulled))
        published = [office.office_id for office in todo.published]
        return todo, results + publish_offices(rig.connect, rig.settings, plan, published)


def snapshot_dags(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The DAGs that the file makes under these settings, by their ids."""
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("INDICAONLINE_BUSINESS_TIME_ZONE", settings.business_time_zone)
    zones = {str(office): zone for office, zone in settings.office_time_zones.items()}
    monkeypatch.setenv("INDICAONLINE_OFFICE_TIME_ZONES", msgspec.json.encode(zones).decode())
    bag = DagBag(dag_folder=FILE)
    assert bag.import_errors == {}
    return dict(bag.dags)


def scheduled_runs(dags: dict[str, Any], first: dt.datetime, last: dt.datetime) -> list[Run]:
    """The runs that the scheduler would start between two instants, in the order of their start."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    found: list[Run] = []
    earliest = pendulum.from_timestamp(first.timestamp()).subtract(days=2)
    for dag_id, dag in dags.items():
        timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
        interval = None
        while interval is None or interval.end <= last:
            info = timetable.next_dagrun_info(
                last_automated_data_interval=interval, restriction=TimeRestriction(earliest, None, catchup=True)
            )
            assert info is not None
            interval = info.data_interval
            assert info.run_after == interval.end
            if first <= interval.end <= last:
                zone = dag.get_task("plan_offices").time_zone
                found.append(Run(dag_id, zone, interval.start, interval.end))
    return sorted(found, key=lambda run: (run.end, run.dag_id))
