"""Business days of 23, 24 and 25 hours: SQL, Python and the marts agree on where they begin and end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import sync_settings
from oracle import assert_coverage_is_true, assert_true_to_life
from rig import Rig

ZONES = ["America/Los_Angeles", "America/Denver", "America/Phoenix", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"]


@given(zone=st.sampled_from(ZONES), day=st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31)))
@example(zone="America/Los_Angeles", day=dt.date(2025, 3, 9))
@example(zone="America/Los_Angeles", day=dt.date(2025, 11, 2))
@example(zone="America/Sao_Paulo", day=dt.date(2018, 11, 3))  # its next midnight did not exist
def test_sql_and_python_agree_on_the_end_of_a_day(warehouse_dsn: str, zone: str, day: dt.date) -> None:
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    with psycopg.connect(warehouse_dsn) as connection:
        sync_settings(connection, Settings(business_time_zone=zone))
        found = connection.execute("SELECT inventory.business_day_end(1, %s)", [day]).fetchone()
    assert found == (midnight.astimezone(dt.UTC),)


@pytest.mark.parametrize(
    ("day", "hours"), [(dt.date(2025, 3, 8), 24), (dt.date(2025, 3, 9), 23), (dt.date(2025, 11, 2), 25)]
)
def test_a_day_has_as_many_hours_as_it_has(make_rig: Callable[..., Rig], day: dt.date, hours: int) -> None:
    start = dt.datetime.combine(day, dt.time(), ZoneInfo("America/Los_Angeles")).astimezone(dt.UTC)
    rig = make_rig(seed=61, offices=1, products=20, life=12.0, start=start.isoformat())
    rig.step(minutes=1)
    rig.snapshot(rig.day_start(day - dt.timedelta(days=1)))
    for _ in range(hours):
        rig.step(hours=1)
        rig.updates(rig.hour())
    rig.snapshot(rig.day_start(day))
    rig.step(days=1)
    (covered,) = rig.query("SELECT * FROM mart.coverage WHERE business_date = %s", [day])
    assert (covered["status"], covered["hours_covered"]) == ("observed", hours)
    (published,) = rig.query("SELECT * FROM ops.publication WHERE snapshot_date = %s", [day])
    assert published["day_end"] - start == dt.timedelta(hours=hours)
    assert published["basis"] == "observed"
    assert_true_to_life(rig)
    assert_coverage_is_true(rig)
