"""The command ``indicaonline`` as a person runs it: a process of its own, with little in its environment."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from indicaonline.settings import DSN, NOW, Settings
from received import received
from rig import Rig
from servers.postgres import Server

ELSEWHERE = Settings(business_time_zone="Asia/Kolkata", office_time_zones={101: "Pacific/Auckland"}, zero_rows_days=2)
ZONES = {
    "INDICAONLINE_BUSINESS_TIME_ZONE": "Asia/Kolkata",
    "INDICAONLINE_OFFICE_TIME_ZONES": '{"101": "Pacific/Auckland"}',
    "INDICAONLINE_ZERO_ROWS_DAYS": "2",
}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command with nothing of this project in its environment but what is given."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("INDICAONLINE_", "AIRFLOW"))}
        environment = {**mine, "AIRFLOW_HOME": str(tmp_path), **variables}
        command = [sys.executable, "-m", "indicaonline.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    return run


@pytest.fixture
def lived(make_rig: Callable[..., Rig]) -> Rig:
    """A warehouse that lies elsewhere than the defaults say, with two published days."""
    return make_rig(ELSEWHERE, past=two_days, seed=3, offices=2, products=8, start="2025-02-28T18:30:00+00:00")


def two_days(rig: Rig) -> None:
    rig.reference("offices")
    for day in (1, 2):
        rig.step(hours=24, minutes=1)
        rig.snapshot(rig.day_start(dt.date(2025, 3, day)))


def _all(rig: Rig) -> list[Any]:
    return [
        rig.query("SELECT name, value, changed_at FROM ops.setting ORDER BY 1"),
        rig.query("SELECT * FROM mart.coverage ORDER BY 1, 2"),
        rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4"),
        rig.query("SELECT * FROM mart.stock_movement_daily ORDER BY 1, 2, 3"),
    ]


def test_no_command_but_settings_changes_them(lived: Rig, run: Callable[..., Any]) -> None:
    before = _all(lived)
    # The office in Auckland is not seen at its own midnight here; the other one is.
    assert [row["status"] for row in before[1]].count("observed") == 2
    shell = {DSN: lived.dsn, NOW: lived.tick().isoformat()}
    accepted = run("accept", "1", **shell)
    assert (accepted.returncode, "Pull 1 was never held back" in accepted.stderr) == (1, True)
    assert _all(lived) == before
    rebuilt = run("rebuild", "2025-03-01", **shell)
    assert (rebuilt.returncode, rebuilt.stdout.count("\n")) == (0, 1), rebuilt.stderr
    assert _all(lived) == before
    migrated = run("migrate", **shell)
    assert (migrated.returncode, migrated.stdout.startswith("The warehouse is at revision")) == (0, True)
    shown = run("settings", **shell)
    assert shown.returncode == 0
    assert "INDICAONLINE_BUSINESS_TIME_ZONE: Asia/Kolkata, but America/Los_Angeles in this" in shown.stdout
    assert "Settings that differ in this environment: 3." in shown.stdout
    refused = run("settings", "--apply", **shell)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 2)  # one is about the clock
    assert "moves the end of" in refused.stderr
    assert "--move-days" in refused.stderr
    assert _all(lived) == before


def test_settings_says_what_it_changed(lived: Rig, run: Callable[..., Any]) -> None:
    shell = {DSN: lived.dsn, **ZONES}
    assert run("settings", **shell).stdout.endswith("Settings that differ in this environment: 0.\n")
    applied = run("settings", "--apply", **shell, INDICAONLINE_SUPPLY_WINDOW_DAYS="14")
    assert applied.stdout == "INDICAONLINE_SUPPLY_WINDOW_DAYS: 28 -> 14\nSettings changed in the warehouse: 1.\n"
    moved = run("settings", "--apply", "--move-days", **{DSN: lived.dsn})
    assert "INDICAONLINE_OFFICE_TIME_ZONES (office 101): Pacific/Auckland -> none\n" in moved.stdout
    assert moved.stdout.endswith("Settings changed in the warehouse: 4.\n")
    with psycopg.connect(lived.dsn) as connection:
        found = connection.execute("SELECT inventory.time_zone(101), ops.setting('zero_rows_days')").fetchone()
    assert found == ("America/Los_Angeles", "90")


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (
            ("rebuild", "2999-01-01"),
            {},
            "has not begun in America/Los_Angeles: rebuild from an earlier day.",
        ),
        (("accept", "1"), {DSN: "postgresql://user:secret@[::1/warehouse"}, "The DSN cannot be read"),
        (("accept", "1"), {DSN: "hello there"}, "The DSN cannot be read; its form is postgresql://"),
        (("accept", "1"), {DSN: "postgresql://127.0.0.1:1/none"}, "The warehouse cannot be reached"),
        (("migrate",), {DSN: "postgresql://127.0.0.1:1/none"}, "The warehouse cannot be reached"),
        (("accept", "1"), {"INDICAONLINE_ZERO_ROWS_DAYS": "some"}, "INDICAONLINE_ZERO_ROWS_DAYS"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: tuple[str, ...],
    variables: dict[str, str],
    message: str,
    warehouse_dsn: str,
    run: Callable[..., Any],
) -> None:
    done = run(*arguments, **{DSN: warehouse_dsn, **variables})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith("indicaonline: ")
    assert message in done.stderr
    assert "secret" not in done.stderr


def test_a_day_that_is_none_is_named(run: Callable[..., Any]) -> None:
    done = run("rebuild", "yesterday", **{DSN: "postgresql://127.0.0.1:1/none"})
    assert done.returncode == 2
    assert done.stderr.endswith("'yesterday' is not a day such as 2026-03-08\n")


@pytest.mark.parametrize("command", [("accept", "1"), ("rebuild", "2025-03-01"), ("settings",), ("migrate",)])
def test_a_user_without_rights_is_advised_which_dsn_to_use(
    command: tuple[str, ...], postgres: Server, warehouse_dsn: str, run: Callable[..., Any]
) -> None:
    with psycopg.connect(warehouse_dsn, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'p'")
        connection.execute("GRANT indicaonline_analyst TO reader")
    name = warehouse_dsn.rsplit("/", 1)[1].split("?")[0]
    done = run(*command, **{DSN: postgres.dsn(name, "reader", "p")})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "permission denied" in done.stderr
    assert "Connect as the user that migrated the warehouse" in done.stderr


@pytest.mark.parametrize("command", [("accept", "1"), ("rebuild", "2025-03-01"), ("settings",), ("migrate",)])
def test_the_warehouse_of_a_newer_release_is_left_alone(
    command: tuple[str, ...], warehouse_dsn: str, run: Callable[..., Any]
) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("UPDATE ops.migration SET version_num = '9999_later'")
    done = run(*command, **{DSN: warehouse_dsn})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "9999_later, which this release does not know" in done.stderr


@pytest.mark.parametrize(
    ("command", "variables", "message"),
    [
        (("settings",), {}, "There is no connection 'inventory_warehouse'"),
        (("settings",), {DSN: " "}, "Or set INDICAONLINE_WAREHOUSE_DSN"),
        (("accept", "1"), {"AIRFLOW_CONN_INVENTORY_WAREHOUSE": '{"conn_type": "postgres"'}, "cannot be read"),
        (("contract-check",), {"AIRFLOW_CONN_INDICAONLINE_DEFAULT": "{broken: 'secret'}"}, "cannot be read"),
    ],
)
def test_without_a_dsn_the_connection_of_airflow_is_named(
    command: tuple[str, ...], variables: dict[str, str], message: str, run: Callable[..., Any]
) -> None:
    done = run(*command, **variables)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("indicaonline: ")]
    assert done.returncode == 1
    assert message in line
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_a_misspelt_setting_is_named_with_the_nearest(warehouse_dsn: str, run: Callable[..., Any]) -> None:
    done = run(
        "settings",
        **{DSN: warehouse_dsn, "INDICAONLINE_BUSINESS_TIMEZONE": "secret-zone", "INDICAONLINE_API_KEY": "of compose"},
    )
    assert done.returncode == 0
    assert done.stderr == (
        "INDICAONLINE_BUSINESS_TIMEZONE is not a setting and has no effect:"
        " did you mean INDICAONLINE_BUSINESS_TIME_ZONE?\n"
    )


def test_stock_and_counts_of_a_shell(lived: Rig, run: Callable[..., Any], tmp_path: Path) -> None:
    office = lived.offices[0]
    connection = {
        "conn_type": "indicaonline",
        "host": lived.simulator.url,
        "password": lived.simulator.key,
        "extra": {"requests_per_second": 1000},
    }
    lived.reference("products")
    shell = {
        DSN: lived.dsn,
        NOW: lived.tick().isoformat(),
        "AIRFLOW_CONN_INDICAONLINE_DEFAULT": json.dumps(connection),
    }
    line = lived.simulator.world.truth.office(office)[0]
    done = run("stock", str(line.product_id), **shell)
    assert done.returncode == 0, done.stderr
    (pull,) = lived.query("SELECT * FROM mart.pull WHERE kind = 'product'")
    assert (pull["product_id"], pull["dag_id"]) == (line.product_id, None)
    assert done.stdout.splitlines()[-1].startswith(f"Stored as pull {pull['pull_id']}: ")
    row = next(text for text in done.stdout.splitlines() if text.startswith(f"{office} "))
    assert Decimal(re.split(r"\s{2,}", row)[1]) == line.quantity
    by_name = run("stock", pull["product_name"], **shell)
    assert by_name.returncode == 0, by_name.stderr
    unknown = run("stock", "no such product", **shell)
    assert (unknown.returncode, "Stored as" in unknown.stdout) == (1, False)
    assert "has no product whose name contains 'no such product'" in unknown.stderr

    sheet = run("count-sheet", str(office), **shell)
    assert sheet.returncode == 0, sheet.stderr
    counted = tmp_path / "sheet.csv"
    counted.write_text(sheet.stdout)
    compared = run("compare-count", str(counted), "--office", str(office), "--at", lived.tick().isoformat(), **shell)
    assert compared.returncode == 0, compared.stderr
    # Nobody filled it in.
    assert compared.stdout.count("not_counted,") == sheet.stdout.count("\n") - 1 > 0
    missing = run("compare-count", "nowhere.csv", "--office", "1", "--at", lived.tick().isoformat(), **shell)
    assert (missing.returncode, "The sheet cannot be read: No such file" in missing.stderr) == (1, True)
    vague = run("compare-count", str(counted), "--office", "1", "--at", "2025-03-01T09:00", **shell)
    assert "is not an instant such as" in vague.stderr


def test_a_response_is_printed_as_received(lived: Rig, run: Callable[..., Any]) -> None:
    with lived.connect() as connection:
        pull = lived.value("SELECT min(pull_id) FROM ops.pull WHERE kind = 'office'")
        (page,) = received(connection, "r.pull_id = %s AND r.page = 1", pull)
    response = lived.value("SELECT response_id FROM raw.response WHERE pull_id = %s AND page = 1", [pull])
    done = run("response", str(response), **{DSN: lived.dsn})
    assert (done.returncode, done.stdout) == (0, page.body.decode()), done.stderr
    unknown = run("response", "99999999", **{DSN: lived.dsn})
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("indicaonline: Raw has no response 99999999. ")
