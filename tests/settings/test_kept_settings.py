"""The settings that the warehouse keeps: what may change them, and that everything else works by them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus

from indicaonline.environment import load_settings
from indicaonline.errors import RetriableError, SettingError
from indicaonline.hooks.warehouse import open_warehouse
from indicaonline.settings import DISCREPANCY_RULES, PREFIX, Settings
from indicaonline.warehouse.connection import warehouse
from indicaonline.warehouse.kept_settings import (
    apply_settings,
    count_moved_days,
    differences,
    kept_values,
    read_kept,
    settings_in_force,
    stored_settings,
    sync_settings,
    sync_unpublished,
    variable,
    with_kept,
)
from indicaonline.warehouse.migrate import migrate
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server

NEW_YORK = Settings(business_time_zone="America/New_York", zero_rows_days=30)
zones = st.sampled_from(["America/Los_Angeles", "America/New_York", "Asia/Kolkata", "Etc/GMT-5"])
some_settings = st.builds(
    Settings,
    business_time_zone=zones,
    office_time_zones=st.dictionaries(st.integers(1, 2**63 - 1), zones, max_size=3),
    snapshot_tolerance_hours=st.integers(0, 3600 * 48).map(lambda seconds: seconds / 3600),
    transfer_window_hours=st.integers(0, 3600 * 48).map(lambda seconds: seconds / 3600),
    carry_forward_max_days=st.integers(1, 99),
    zero_rows_days=st.integers(0, 999),
    supply_window_days=st.integers(1, 99),
    expiring_within_days=st.integers(0, 999),
    office_url_template=st.sampled_from(["", "https://a.example/o/{office_id}"]),
    package_url_template=st.sampled_from(["", "http://b.example/?p={package_id}&again={package_id}#x"]),
    discrepancy_thresholds=st.dictionaries(
        st.sampled_from(sorted(DISCREPANCY_RULES)), st.none() | st.decimals(0, 100, places=4), max_size=3
    ),
)


@given(theirs=some_settings, mine=some_settings)
def test_what_is_kept_is_read_as_it_was_written(theirs: Settings, mine: Settings) -> None:
    kept = kept_values(theirs)
    assert kept_values(with_kept(mine, kept)) == kept
    assert with_kept(mine, kept).zone(1) == theirs.zone(1)
    assert differences(theirs, kept) == []
    assert all(variable(name).split()[0].removeprefix(PREFIX).lower() in Settings.__struct_fields__ for name in kept)


@given(settings=some_settings)
def test_settings_that_are_not_kept_stay_those_of_the_environment(settings: Settings) -> None:
    mine = Settings(max_reads=7, api_pool="mine")
    mixed = with_kept(mine, kept_values(settings))
    assert (mixed.max_reads, mixed.api_pool) == (7, "mine")


def test_sql_and_python_agree_on_every_value(warehouse_dsn: str) -> None:
    settings = Settings(
        business_time_zone="Asia/Kolkata",
        office_time_zones={8: "Pacific/Honolulu", 2**62: "Europe/Berlin"},
        snapshot_tolerance_hours=1 / 3,
        transfer_window_hours=0,
        discrepancy_thresholds={"in_two_offices": None, "packages_add_up": Decimal("0.125")},
    )
    with psycopg.connect(warehouse_dsn) as connection:
        sync_settings(connection, settings)
        assert stored_settings(connection, Settings()).zone(8) == ZoneInfo("Pacific/Honolulu")
        assert kept_values(stored_settings(connection, Settings())) == kept_values(settings)
        row = connection.execute(
            "SELECT inventory.time_zone(8), inventory.time_zone(9), inventory.time_zone(%s),"
            " ops.setting('snapshot_tolerance')::interval, ops.threshold('in_two_offices'),"
            " ops.threshold('packages_add_up')",
            [2**62],
        ).fetchone()
    assert row == (
        *("Pacific/Honolulu", "Asia/Kolkata", "Europe/Berlin"),
        *(dt.timedelta(minutes=20), None, Decimal("0.125")),
    )


def test_a_duration_may_be_kept_in_any_unit(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("UPDATE ops.setting SET value = '6 hours' WHERE name = 'snapshot_tolerance'")
        assert differences(Settings(), read_kept(connection)) == []


def test_an_office_gets_its_zone_before_it_is_known_and_loses_it(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        sync_settings(connection, Settings(office_time_zones={77: "Asia/Tokyo"}))
        assert connection.execute("SELECT inventory.time_zone(77)").fetchone() == ("Asia/Tokyo",)
        (lost,) = sync_settings(connection, Settings())
        assert str(lost) == "INDICAONLINE_OFFICE_TIME_ZONES (office 77): none here, Asia/Tokyo in the warehouse"
        assert connection.execute("SELECT inventory.time_zone(77)").fetchone() == ("America/Los_Angeles",)


def test_the_first_migration_writes_the_settings_and_no_later_one(postgres: Server) -> None:
    dsn = postgres.create_database("first_values")
    migrate(lambda: psycopg.connect(dsn), NEW_YORK)
    migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        assert read_kept(connection) == kept_values(NEW_YORK)
        # What a release adds gets its first value; nothing else changes.
        connection.execute("DELETE FROM ops.setting WHERE name = 'zero_rows_days'")
        connection.commit()
        migrate(lambda: psycopg.connect(dsn), Settings())
        assert read_kept(connection) == kept_values(NEW_YORK) | {"zero_rows_days": "90"}


def test_opening_a_connection_writes_nothing(warehouse_dsn: str) -> None:
    def written() -> object:
        return connection.execute("SELECT count(*), max(changed_at), max(xmin::text) FROM ops.setting").fetchone()

    with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
        assert connection.info.transaction_status == TransactionStatus.IDLE
        before = written()
    with (
        pytest.raises(RetriableError, match="INDICAONLINE_BUSINESS_TIME_ZONE: America/New_York here, America/Los_A"),
        warehouse(lambda: psycopg.connect(warehouse_dsn), NEW_YORK),
    ):
        pass
    with psycopg.connect(warehouse_dsn) as connection:
        assert written() == before


@pytest.fixture
def lived(make_rig: Callable[..., Rig]) -> Rig:
    """A warehouse with one published day in New York."""
    rig = make_rig(NEW_YORK, seed=3, offices=2, products=6, start="2025-03-01T05:00:00+00:00")
    rig.reference("offices")
    rig.step(hours=24, minutes=1)
    rig.snapshot(rig.day_start(dt.date(2025, 3, 1)))
    assert rig.value("SELECT count(*) FROM mart.coverage WHERE status = 'observed'") == 2
    return rig


def test_a_task_sets_up_a_warehouse_without_published_days(
    make_rig: Callable[..., Rig], caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(seed=3, offices=1, products=3, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.pull(rig.offices[0])
    caplog.set_level(logging.INFO)
    with rig.connect() as connection:
        before = read_kept(connection)
        assert settings_in_force(connection, NEW_YORK).zone() == ZoneInfo("America/Los_Angeles")
        assert read_kept(connection) == before, "reading writes nothing"
        caplog.clear()
        for _ in range(2):  # the second time there is nothing left to write
            sync_unpublished(connection, NEW_YORK)
            assert read_kept(connection) == kept_values(NEW_YORK)
            assert settings_in_force(connection, NEW_YORK) == NEW_YORK
    (line,) = [record.getMessage() for record in caplog.records if "settings" in record.getMessage()]
    assert "INDICAONLINE_BUSINESS_TIME_ZONE: America/New_York here, America/Los_Angeles in the warehouse" in line


def test_opening_the_warehouse_writes_settings_only_where_a_task_asks_for_it(
    warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE", warehouse_dsn)
    monkeypatch.setenv(f"{PREFIX}ZERO_ROWS_DAYS", "30")
    with psycopg.connect(warehouse_dsn) as connection:
        before = read_kept(connection)
        assert open_warehouse(load_settings())[1].zero_rows_days == int(before["zero_rows_days"]) == 90
        assert read_kept(connection) == before
        assert open_warehouse(load_settings(), syncs_settings=True)[1].zero_rows_days == 30
        assert read_kept(connection) == before | {"zero_rows_days": "30"}


def test_tasks_of_different_environments_all_work_by_the_warehouse(
    lived: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    coverage = lived.query("SELECT * FROM mart.coverage ORDER BY 1, 2")
    mine = Settings(supply_window_days=7, max_reads=9)
    for _ in range(2):  # as often as two workers take turns
        with lived.connect() as connection:
            sync_unpublished(connection, mine)
            used = settings_in_force(connection, mine)
            assert read_kept(connection) == kept_values(NEW_YORK)
        assert (used.zone(), used.supply_window_days, used.max_reads) == (ZoneInfo("America/New_York"), 28, 9)
        with lived.connect() as connection:
            assert settings_in_force(connection, NEW_YORK) == NEW_YORK
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert sum("INDICAONLINE_SUPPLY_WINDOW_DAYS: 7 here, 28 in the warehouse" in text for text in warnings) == 2
    assert lived.query("SELECT * FROM mart.coverage ORDER BY 1, 2") == coverage


def test_moving_published_days_says_first_what_it_means(lived: Rig) -> None:
    moved = Settings(business_time_zone="America/Denver", zero_rows_days=5)
    with lived.connect() as connection:
        with pytest.raises(SettingError) as refused:
            apply_settings(connection, moved)
        assert read_kept(connection) == kept_values(NEW_YORK)
        message = str(refused.value)
        assert message.startswith(
            "Nothing was changed. INDICAONLINE_BUSINESS_TIME_ZONE: America/Denver here, America/New_York in the"
        )
        assert "moves the end of 2 published days of 2 offices, 2025-03-01 to 2025-03-01" in message
        assert "indicaonline rebuild 2025-03-01" in message
        assert "\n" not in message
        changed = apply_settings(connection, moved, may_move_days=True)
    assert {one.name for one in changed} == {"business_time_zone", "zero_rows_days"}


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ({"business_time_zone": "US/Eastern"}, None),  # another name of the same zone
        ({"business_time_zone": "America/Denver"}, 2),
        ({"office_time_zones": {99999: "Asia/Tokyo"}}, None),  # an office without a published day
        ({"snapshot_tolerance_hours": 1}, None),
    ],
)
def test_only_what_moves_the_end_of_a_published_day_counts(
    lived: Rig, changed: dict[str, object], days: int | None
) -> None:
    settings = Settings(**{"business_time_zone": "America/New_York", **changed})
    with lived.connect() as connection:
        moved = count_moved_days(connection, settings)
        assert (moved.days if moved else None) == days
        own = dict.fromkeys(lived.offices, "America/New_York")
        assert count_moved_days(connection, Settings(office_time_zones=own)) is None
