"""The contract check of the set-up other than the API."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from indicaonline.contract_check.report import Finding
from indicaonline.contract_check.set_up import check_set_up
from indicaonline.hooks.warehouse import connect_warehouse
from indicaonline.settings import Settings
from indicaonline.warehouse.schema import newest_revision

WAREHOUSE = "AIRFLOW_CONN_INVENTORY_WAREHOUSE"


@pytest.fixture
def warehouse(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The warehouse, as a connection of Airflow."""
    monkeypatch.setenv(WAREHOUSE, warehouse_dsn)
    return warehouse_dsn


def connect() -> psycopg.Connection[Any]:
    return connect_warehouse(Settings().warehouse_conn_id)


def _found(settings: Settings, pool: str | None = None) -> dict[str, Finding]:
    return {finding.endpoint: finding for finding in check_set_up(connect, settings, pool)}


@pytest.mark.usefixtures("warehouse")
def test_a_whole_set_up_has_no_problem() -> None:
    found = _found(Settings(), Settings().api_pool)
    assert [*found] == ["environment", "pool", "warehouse", "settings"]
    assert {finding.result for finding in found.values()} == {"ok"}
    assert found["warehouse"].notes == [f"It is at revision {newest_revision()}."]


@pytest.mark.usefixtures("warehouse")
def test_settings_that_differ_are_named_with_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDICAONLINE_ZERO_ROW_DAYS", "1")
    found = _found(Settings(business_time_zone="Asia/Tokyo"), "default_pool")
    assert {name: finding.result for name, finding in found.items()} == {
        "environment": "problem",
        "pool": "problem",
        "warehouse": "ok",
        "settings": "problem",
    }
    note = found["settings"].notes[0]
    assert note == "INDICAONLINE_BUSINESS_TIME_ZONE: Asia/Tokyo here, America/Los_Angeles in the warehouse"
    assert "did you mean INDICAONLINE_ZERO_ROWS_DAYS?" in found["environment"].notes[0]
    assert "'default_pool'" in found["pool"].notes[0]


def test_nothing_is_written(warehouse: str) -> None:
    query = "SELECT name, value, changed_at FROM ops.setting ORDER BY name"
    with psycopg.connect(warehouse) as connection:
        before = connection.execute(query).fetchall()
        connection.commit()
        check_set_up(connect, Settings(business_time_zone="Asia/Tokyo"))
        assert connection.execute(query).fetchall() == before


def test_a_warehouse_that_is_missing_or_of_another_release_is_a_finding(
    warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(warehouse) as connection:
        connection.execute("UPDATE ops.migration SET version_num = '9999_later'")
    assert "9999_later, which this release does not know" in _found(Settings())["warehouse"].notes[0]
    monkeypatch.setenv(WAREHOUSE, '{"conn_type": "postgres", "password": "secret"')
    found = _found(Settings())["warehouse"]
    assert found.result == "problem"
    assert found.notes[0].startswith(f"{WAREHOUSE} cannot be read")
    assert "secret" not in found.notes[0]
    monkeypatch.delenv(WAREHOUSE)
    assert "There is no connection 'inventory_warehouse'" in _found(Settings())["warehouse"].notes[0]
