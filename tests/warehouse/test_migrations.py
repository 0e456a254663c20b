"""The schema: from nothing, twice at once, commented throughout, closed to all but mart for analysts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import DSN, Settings
from indicaonline.warehouse.connection import open_connection, warehouse
from indicaonline.warehouse.migrate import migrate
from indicaonline.warehouse.schema import newest_revision
from servers.postgres import Server, embedded_postgres

SCHEMAS = ["raw", "inventory", "ops", "mart"]
CONTRACT = {
    "inventory_daily": "snapshot_date, office_id, office_name, product_id, product_name, brand, category, measurement,"
    " quantity, package_count, package_quantity, basis, observed_at",
    "inventory_current": "office_id, office_name, product_id, product_name, measurement, quantity, package_count,"
    " observed_at, changed_at",
    "inventory_change": "office_id, product_id, observed_at, measurement, quantity, previous_quantity, reason, source",
    "package_change": "office_id, product_id, package_id, observed_at, quantity, previous_quantity, reason",
    "package_history": "package_id, valid_from, valid_to, is_current, product_id, uid, source_uid, vendor, batch_id,"
    " harvest_production_date, packaged_date, check_in_date, checked_in_to, available_in_office, best_by, tested_date,"
    " measurement, checked_in_quantity, checked_in_unit, available_quantity, available_unit",
    "lab_result": "package_id, product_id, uid, vendor, batch_id, tested_date, analyte_id, analyte_name,"
    " measurement_code, unit, potency, valid_from, valid_to, is_current",
    "package_lifecycle": "package_id, product_id, vendor, batch_id, uid, check_in_date, first_seen_at, last_seen_at,"
    " depleted_at, checked_in_quantity, remaining_quantity, days_held, days_to_deplete, best_by",
    "potency_trend": "month, product_id, vendor, analyte_id, analyte_name, unit, packages, p10, median, p90",
    "cannabinoid_total": "package_id, product_id, uid, vendor, batch_id, tested_date, cannabinoid, measurement_code,"
    " unit, total, valid_from, valid_to, is_current",
    "transfer_inferred": "package_id, from_office_id, to_office_id, observed_at, quantity",
    "fifo_breach": "business_date, office_id, product_id, older_package_id, newer_package_id, older_quantity,"
    " newer_depletion",
    "expiring_stock": "office_id, product_id, package_id, best_by, days_left, quantity, at_risk_quantity",
    "stock_movement_daily": "business_date, office_id, product_id, measurement, opening, increase, depletion, closing",
    "stockout_day": "business_date, office_id, product_id",
    "days_of_supply": "office_id, product_id, measurement, quantity, depletion_per_day, days_of_supply, window_days",
    "discrepancy": "office_id, product_id, package_id, rule, expected, actual, observed_at",
    "freshness": "office_id, last_snapshot_at, last_update_at, lag",
    "office": "office_id, office_name, time_zone, medical_license, adult_use_license, is_listed, first_seen_at,"
    " last_seen_at",
    "coverage": "business_date, office_id, status, pulls, incomplete_pulls, hours_covered, published_rows, office_name,"
    " day_start, day_end, closing_pull_id",
    "pull": "pull_id, kind, office_id, office_name, product_id, product_name, package_id, resource, since, status,"
    " problem, started_at, first_page_at, last_page_at, landed_at, reads, requests, items, rejected, set_aside,"
    " deviations, changes, package_changes, decided_at, decided_by, superseded_by, dag_id, run_id, try_number, task_id",
    "quarantine": "quarantine_id, pull_id, kind, office_id, office_name, product_id, product_name, package_id, field,"
    " reason, body, observed_at, counted",
    "rebuild": "rebuild_id, from_day, start_at, started_at, finished_at, pulls, days, requested_by, dag_id, run_id,"
    " try_number",
    "package_refresh_queue": "reason, due, oldest_due_since, failed, last_failed_at, waiting, most_tries",
    "product": "product_id, product_name, brand, category, measurement, is_in_catalogue, first_seen_at, last_seen_at",
}


@pytest.fixture(params=[16, 18], scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with embedded_postgres(request.param) as server:
        yield server


def test_two_migrations_at_once_from_nothing(server: Server) -> None:
    dsn = server.create_database("at_once")
    command = [sys.executable, "-m", "indicaonline.cli", "migrate"]
    environment = os.environ | {DSN: dsn}
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert said == [f"The warehouse is at revision {newest_revision()}.\n"] * 3


def test_a_migration_that_fails_leaves_nothing(server: Server) -> None:
    dsn = server.create_database("in_the_way")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE SCHEMA mart")
    with pytest.raises(WarehouseError, match=r"could not be migrated: schema \"mart\" already exists"):
        migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname IN ('raw', 'inventory', 'ops')")
        assert found.fetchone() == (0,)


def test_mart_keeps_its_documented_columns(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        for view, columns in CONTRACT.items():
            names = [
                column.name for column in connection.execute(f"SELECT * FROM mart.{view}".encode()).description or []
            ]
            assert names[: len(columns.split(", "))] == columns.split(", ")
        as_of = connection.execute("SELECT * FROM mart.inventory_as_of(now())").description or []
        assert [column.name for column in as_of] == [
            "office_id",
            "product_id",
            "measurement",
            "quantity",
            "observed_at",
        ]


def test_everything_has_a_comment(warehouse_dsn: str) -> None:
    bare = """
        SELECT c.relname || coalesce('.' || a.attname, '')
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
            AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
        UNION ALL
        SELECT p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = ANY(%(schemas)s) AND obj_description(p.oid, 'pg_proc') IS NULL
        UNION ALL
        SELECT n.nspname FROM pg_namespace AS n
        WHERE n.nspname = ANY(%(schemas)s) AND obj_description(n.oid, 'pg_namespace') IS NULL
    """
    with psycopg.connect(warehouse_dsn) as connection:
        assert connection.execute(bare, {"schemas": SCHEMAS}).fetchall() == []
        assert connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%s)", [SCHEMAS]
        ).fetchone() == (4,)


def test_partitions_are_made_ahead_and_none_is_the_default(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        counts = connection.execute(
            "SELECT c.relname, count(i.inhrelid), bool_or(pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT')"
            " FROM pg_partitioned_table AS t JOIN pg_class AS c ON c.oid = t.partrelid"
            " LEFT JOIN pg_inherits AS i ON i.inhparent = c.oid"
            " LEFT JOIN pg_class AS p ON p.oid = i.inhrelid GROUP BY 1"
        ).fetchall()
    tables = {
        "response",
        "stock_change",
        "package_change",
        "page_presence",
        "daily_stock",
        "daily_movement",
        "package_presence",
    }
    assert {name for name, _, _ in counts} == tables
    assert all(made == Settings().partitions_ahead + 1 and not default for _, made, default in counts)


def test_analysts_read_mart_and_nothing_else(server: Server) -> None:
    dsn = server.create_database("for_analysts")
    migrate(lambda: psycopg.connect(dsn), Settings())
    with psycopg.connect(dsn) as connection:
        connection.execute("SET ROLE indicaonline_analyst")
        for view in CONTRACT:
            connection.execute(f"SELECT * FROM mart.{view}".encode())
        connection.execute("SELECT * FROM mart.inventory_as_of(now())")
        for statement in (
            "SELECT * FROM inventory.stock",
            "SELECT * FROM raw.response",
            "CREATE TABLE mart.mine (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())
        role = connection.execute(
            "SELECT rolcanlogin, rolpassword FROM pg_roles WHERE rolname = 'indicaonline_analyst'"
        )
        assert role.fetchone() == (False, "********")


def test_a_warehouse_of_another_release_is_named(server: Server) -> None:
    dsn = server.create_database("another_release")
    connect = lambda: psycopg.connect(dsn)  # noqa: E731
    migrate(connect, Settings())
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE ops.migration SET version_num = '9999_later'")
    with (
        pytest.raises(WarehouseError, match="at revision 9999_later, which this release does not know"),
        warehouse(connect, Settings()),
    ):
        pass
    with pytest.raises(WarehouseError, match="9999_later, which this release does not know"):
        migrate(connect, Settings())


def test_a_warehouse_of_an_unreleased_version_is_named(server: Server) -> None:
    dsn = server.create_database("unreleased")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE indicaonline_migration (version_num text)")
    with pytest.raises(WarehouseError, match="unreleased version, from which there is no upgrade"):
        migrate(lambda: psycopg.connect(dsn), Settings())


def test_a_user_who_may_not_create_roles_is_advised_what_to_do(server: Server) -> None:
    dsn = server.create_database("modest")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE ROLE modest LOGIN PASSWORD 'modest'")
        connection.execute("GRANT CREATE ON DATABASE modest TO modest")
        connection.execute("GRANT ALL ON SCHEMA public TO modest")
        connection.execute("ALTER ROLE indicaonline_analyst RENAME TO set_aside")
    mine = server.dsn("modest", "modest", "modest")
    with pytest.raises(WarehouseError, match="let an administrator run CREATE ROLE indicaonline_analyst NOLOGIN"):
        migrate(lambda: psycopg.connect(mine), Settings())
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER ROLE set_aside RENAME TO indicaonline_analyst")
    assert migrate(lambda: psycopg.connect(mine), Settings()) == newest_revision()


def test_what_a_person_can_get_wrong_is_said_in_one_line(server: Server) -> None:
    empty = server.create_database("not_migrated")
    with (
        pytest.raises(WarehouseError, match="not migrated: run `make migrate`"),
        warehouse(lambda: psycopg.connect(empty), Settings()),
    ):
        pass
    wrong = server.dsn("postgres", password="not-the-password")
    with pytest.raises(RetriableError, match="password authentication failed") as failure:
        open_connection(lambda: psycopg.connect(wrong))
    assert "not-the-password" not in str(failure.value)
    assert len(str(failure.value).splitlines()) == 1
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    with pytest.raises(RetriableError, match="cannot be reached"):
        open_connection(lambda: psycopg.connect(nowhere))
