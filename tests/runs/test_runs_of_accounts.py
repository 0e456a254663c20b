"""Two accounts in one Airflow: what happens to one of them, the other never notices."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from dag_rig import DagRig, Run
from indicaonline.environment import load_settings
from indicaonline.warehouse.migrate import migrate
from package_truth import assert_true, listed_packages, versions
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server
from simulator import SimulatorServer
from system_rig import PACKAGES, REFERENCE, SNAPSHOT, UPDATES

ACCOUNTS = {"north": {}, "south": {"business_time_zone": "America/Denver"}}
FIRST, SECOND = dt.date(2025, 2, 28), dt.date(2025, 3, 1)
HOUR = dt.datetime(2025, 3, 1, 8, tzinfo=dt.UTC)
Both = tuple[DagRig, DagRig]


@pytest.fixture
def rigs(airflow_database: None, new_warehouse: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """North without the PRO plan, and south with it, ten minutes after midnight in Los Angeles.

    Both have the same offices, products and ids, with different stock.
    """
    monkeypatch.setenv("INDICAONLINE_ACCOUNTS", json.dumps(ACCOUNTS))
    with ExitStack() as stack:

        def rig(account: str, seed: int) -> DagRig:
            world = {"seed": seed, "offices": 2, "products": 8, "life": 8.0, "start": MIDNIGHT_IN_LOS_ANGELES}
            simulator = stack.enter_context(SimulatorServer(key=f"the-key-of-{account}", **world))
            settings, dsn = load_settings(account), new_warehouse("template1")
            migrate(lambda: psycopg.connect(dsn), settings)
            return DagRig(Rig(simulator, dsn, settings, monkeypatch), monkeypatch)

        north, south = rig("north", 3), rig("south", 5)
        north.simulation.admin("PATCH", "switches", {"pro": False})
        for each in (north, south):
            each.step(600)
        yield north, south


def night(rig: DagRig, day: dt.date) -> Run:
    """The scheduled run of a business day."""
    return rig.run(SNAPSHOT, rig.rig.day_start(day), run_type="scheduled")


def assert_true_at_the_end(rig: DagRig, instant: dt.datetime, *days: dt.date) -> None:
    """The stock, the days and the packages in the warehouse of an account are those of its world, and whole."""
    assert rig.stock("mart.inventory_current") == rig.truth(instant)
    published = rig.query("SELECT DISTINCT snapshot_date, basis FROM mart.inventory_daily ORDER BY 1")
    assert published == [(day, "observed") for day in days]
    for day in days:
        ((observed_at,),) = rig.query(
            "SELECT DISTINCT observed_at FROM mart.inventory_daily WHERE snapshot_date = %s", day
        )
        daily = rig.stock("mart.inventory_daily WHERE snapshot_date = %s AND quantity <> 0", day)
        assert daily == {key: line for key, line in rig.truth(observed_at).items() if line[1] != 0}


def test_one_is_down_and_the_history_of_the_other_is_whole(rigs: Both) -> None:
    north, south = rigs
    for rig in rigs:
        assert rig.run(REFERENCE).state == "success"
        assert night(rig, FIRST).state == "success"
    assert north.truth(north.now) != south.truth(south.now), "their stock differs"
    assert_true_at_the_end(north, north.now, FIRST)
    assert_true_at_the_end(south, south.now, FIRST)

    # An asset of one account starts nothing of the other; without PRO, only its own packages are skipped.
    assert north.has_triggered(PACKAGES)
    assert south.has_triggered(PACKAGES)
    north.requests()
    assert south.run(PACKAGES).state == "success"
    assert north.requests() == []
    assert {state for states in north.run(PACKAGES).states().values() for state in states} == {"skipped"}
    assert not north.has_triggered(PACKAGES)
    assert versions(north) == []
    assert {package for package, _ in versions(south)} == set(listed_packages(south))

    # The API refuses north for a day.
    before = north.stock("mart.inventory_current")
    north.set_key("a-key-that-was-revoked")
    for rig in rigs:
        rig.step(24 * 3600)
    seen = south.now
    failed = night(north, SECOND)
    assert failed.state == "failed"
    assert night(south, SECOND).state == "success"
    assert south.run(PACKAGES).state == "success"
    assert "the API key is wrong or revoked" in str(failed.problems())
    assert_true_at_the_end(south, seen, FIRST, SECOND)
    for package, valid_from in versions(south):
        assert_true(south, package, valid_from)
        assert_true(south, package, seen)
    assert north.stock("mart.inventory_current") == before

    # Once it works again, one clear completes its history, too.
    north.set_key(north.simulator.key)
    assert failed.clear().state == "success"
    assert_true_at_the_end(north, north.now, FIRST, SECOND)
    assert_true_at_the_end(south, seen, FIRST, SECOND)


def without_partitions(columns: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Columns of tables and views, not those of months."""
    return [column for column in columns if not re.search(r"_\d{4}_\d\d$", column[1])]


def test_no_table_has_a_key_of_the_account(rigs: Both, postgres: Server) -> None:
    """Two databases have the same tables, as one account has."""
    columns = """
        SELECT table_schema, table_name, column_name FROM information_schema.columns
        WHERE table_schema IN ('raw', 'inventory', 'ops', 'mart') ORDER BY 1, 2, 3
    """
    north, south = (without_partitions(rig.query(columns)) for rig in rigs)
    with psycopg.connect(postgres.dsn("warehouse_template")) as connection:
        of_one_account = without_partitions(connection.execute(columns).fetchall())
    assert north == south == of_one_account
    assert not [name for _, _, name in north if "account" in name]


def test_the_warehouse_of_another_account_is_refused(rigs: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing could separate the stock of two accounts in one database again."""
    north, south = rigs
    assert south.run(REFERENCE).state == "success"
    before = south.query("SELECT * FROM ops.pull ORDER BY pull_id")
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE_NORTH", south.dsn)
    for dag_id in (REFERENCE, UPDATES):
        run = north.run(dag_id)
        assert run.state == "failed"
        (problem, *_) = run.problems()
        assert "This is the warehouse of account south, not of north" in problem["text"]
        assert "inventory_warehouse_north" in problem["text"]
    assert north.requests() == []
    assert south.query("SELECT * FROM ops.pull ORDER BY pull_id") == before
