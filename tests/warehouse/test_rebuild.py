"""Rebuilding from raw: the warehouse is the same afterwards, to the byte; and its daily work on itself."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest

from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.jobs.maintenance import maintain
from indicaonline.settings import Settings
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from servers.postgres import Server
from simulator import SimulatorServer

MakeRig = Callable[..., Rig]
LIVED, TEMPLATE = "lived", "warehouse_template"
FIRST_DAY = dt.date(2025, 2, 28)
DERIVED = (
    "inventory.stock_change", "inventory.package_change", "inventory.stock", "inventory.page_presence",
    "inventory.daily_stock",
    "inventory.daily_movement", "inventory.office", "ops.pull", "ops.quarantine", "ops.publication", "ops.watermark",
    "inventory.package_state", "inventory.package_attributes", "inventory.lab_panel", "inventory.package_presence",
)  # fmt: skip


def everything(rig: Rig) -> dict[str, list[str]]:
    """Every row of every table that a rebuild may touch, as text."""
    return {
        table: [row["line"] for row in rig.query(f"SELECT t::text AS line FROM {table} AS t ORDER BY 1")]
        for table in DERIVED
    }


@pytest.fixture(scope="module")
def account(postgres: Server) -> Iterator[SimulatorServer]:
    """An account whose warehouse is the template of this module's tests."""
    dsn = postgres.create_database(LIVED, TEMPLATE)
    world = {"seed": 51, "offices": 2, "products": 60, "life": 8.0, "start": MIDNIGHT_IN_LOS_ANGELES}
    with SimulatorServer(**world) as simulator, pytest.MonkeyPatch.context() as monkeypatch:
        live(Rig(simulator, dsn, Settings(), monkeypatch))
        yield simulator
    postgres.drop_database(LIVED)


@pytest.fixture
def rig(account: SimulatorServer, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A warehouse of its own, with all that the account has lived through."""
    yield Rig(account, postgres.create_database("rebuilt", LIVED), Settings(), monkeypatch)
    postgres.drop_database("rebuilt")


def live(rig: Rig) -> None:
    """Some days with faults, pulls that were held back and superseded or accepted afterwards, and updates."""
    rig.connection_fields["page_size"] = 20
    rig.step(minutes=5)
    rig.reference()
    for passed in range(4):
        rig.simulator.switches.emptied_package = "shown" if passed < 2 else "missing"
        faults = rig.simulator.faults
        faults.add("malformed", variant="text_quantity", probability=0.3, count=2)
        faults.add("malformed", variant="no_product_id", path="updated", probability=0.2, count=1)
        faults.add("page_moves", move="delete", probability=0.2, count=3)
        faults.add("garbage", probability=0.05)
        with contextlib.suppress(IndicaOnlineError):
            rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=passed)))
        for _ in range(4):
            rig.step(hours=6)
            with contextlib.suppress(IndicaOnlineError):
                rig.updates(rig.hour())
            with contextlib.suppress(IndicaOnlineError):
                rig.packages()
        faults.clear()
        if passed in (1, 3):
            faults.add("empty", path=f"office/{rig.offices[0]}")
            with pytest.raises(IndicaOnlineError):
                rig.pull(rig.offices[0])
            faults.clear()
    rig.step(hours=1)
    rig.updates(rig.hour())
    assert rig.value("SELECT count(*) FROM ops.pull WHERE status = 'superseded'") == 1
    held = rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'")
    accept_pull(rig.connect, rig.settings, held)
    rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=4)))


@pytest.mark.parametrize("days", [0, 1, 3], ids=lambda days: f"since day {days}")
def test_a_rebuild_changes_nothing(rig: Rig, days: int) -> None:
    before = everything(rig)
    result = rig.rebuild(FIRST_DAY + dt.timedelta(days=days))
    assert result.pulls > 0
    after = everything(rig)
    for table in DERIVED:
        assert after[table] == before[table], table


def test_a_day_that_has_not_begun_is_refused(rig: Rig) -> None:
    today = rig.tick().astimezone(rig.settings.zone()).date()
    before = everything(rig)
    with pytest.raises(SettingError, match=r"has not begun in America/Los_Angeles: rebuild from an earlier day\."):
        rig.rebuild(today + dt.timedelta(days=1))
    rig.rebuild(today)
    after = everything(rig)
    for table in DERIVED:
        assert after[table] == before[table], table


def test_readers_see_the_old_state_until_it_commits(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from indicaonline.jobs import rebuild as job

    reached, go_on = threading.Event(), threading.Event()
    publish_again = job.publish_again

    def pause(*arguments: object) -> object:
        reached.set()
        assert go_on.wait(60)
        return publish_again(*arguments)

    monkeypatch.setattr(job, "publish_again", pause)
    before = rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4")
    thread = threading.Thread(target=lambda: rig.rebuild(FIRST_DAY))
    thread.start()
    assert reached.wait(60)
    assert rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4") == before
    go_on.set()
    thread.join()
    assert rig.query("SELECT * FROM mart.inventory_daily ORDER BY 1, 2, 4") == before


def test_what_was_damaged_is_right_again(make_rig: MakeRig) -> None:
    rig = make_rig(seed=52, offices=2, products=40, life=6.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=5)
    for passed in range(3):
        rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=passed)))
        rig.step(days=1)
    with rig.connect() as connection:
        connection.execute("UPDATE inventory.stock_change SET quantity = quantity + 1")
        connection.execute("DELETE FROM inventory.daily_stock WHERE product_id % 2 = 0")
        connection.execute("UPDATE inventory.stock SET quantity = 7")
    rig.rebuild(FIRST_DAY)
    assert_true_to_life(rig)


def test_raw_that_is_gone_is_named(rig: Rig) -> None:
    with rig.connect() as connection:
        connection.execute(
            "DELETE FROM raw.response WHERE pull_id IN (SELECT pull_id FROM ops.pull WHERE kind = 'office')"
        )
    before = everything(rig)
    with pytest.raises(SettingError, match=r"Raw no longer has .* rebuild from a later day"):
        rig.rebuild(FIRST_DAY)
    assert everything(rig) == before


def test_maintenance_makes_partitions_and_ends_retention(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rig.value("SELECT count(*) FROM inventory.stock_change")
    rig.step(days=60)
    settings = Settings(raw_retention_days=20, snapshot_retention_days=45)
    result = maintain(rig.connect, settings)
    assert result.made > 0
    assert (result.raw_months, result.snapshot_months) == (2, 1)
    assert rig.value("SELECT count(*) FROM raw.response") == 0
    assert rig.value("SELECT min(snapshot_date) FROM mart.inventory_daily") == dt.date(2025, 3, 1)
    assert rig.value("SELECT min(snapshot_date) FROM ops.publication") == dt.date(2025, 3, 1)
    assert rig.value("SELECT count(*) FROM inventory.stock_change") == rows
    second = maintain(rig.connect, settings)
    assert (second.made, second.raw_months, second.snapshot_months) == (0, 0, 0)
