"""Two servers behind one address, with clocks that differ: no page is lost, and none enters a day before its end."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from test_order import START, apply, empty, publish_all

from indicaonline.errors import HeldBackError, RetriableError, SettingError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.records import InventoryItem
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import warehouse
from model import Model, Pull
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
DAY = dt.date(2025, 2, 28)
MIDNIGHT = dt.datetime(2025, 3, 1, 8, tzinfo=dt.UTC)
# Whichever of the two has the first page.
CLOCKS = [[0, -5], [-5, 0]]
ALL_OF_PULL = "SELECT count(*) FROM inventory.page_presence AS s, unnest(s.product_ids) WHERE s.pull_id = %s"


@pytest.fixture(params=CLOCKS, ids=["page 1 is ahead", "page 1 is behind"])
def rig(make_rig: MakeRig, request: pytest.FixtureRequest) -> Rig:
    """An office of several pages, twenty minutes after midnight."""
    rig = make_rig(
        seed=62, offices=1, products=20, packages_per_product=12, start=MIDNIGHT_IN_LOS_ANGELES,
        server_clocks=request.param,
    )  # fmt: skip
    rig.connection_fields["page_size"] = 5
    rig.step(minutes=20)
    return rig


def sell_everywhere(rig: Rig) -> int:
    """Change every product with stock, so that every page has changes; returns how many changed."""
    lines = [line for line in rig.simulator.world.truth.office(rig.offices[0]) if line.quantity > 1]
    for line in lines:
        rig.simulator.world.sell(rig.offices[0], line.product_id, 1)
    return len(lines)


def in_stock(rig: Rig) -> dict[int, Decimal]:
    """Return the stock in the warehouse."""
    rows = rig.query("SELECT product_id, quantity FROM mart.inventory_current WHERE quantity <> 0")
    return {row["product_id"]: row["quantity"] for row in rows}


def on_the_shelves(rig: Rig) -> dict[int, Decimal]:
    """Return the true stock."""
    return {
        line.product_id: line.quantity for line in rig.simulator.world.truth.office(rig.offices[0]) if line.quantity
    }


def test_the_span_of_a_pull_is_from_its_earliest_to_its_latest_page(rig: Rig) -> None:
    result = rig.pull(rig.offices[0])
    (pull,) = rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [result.pull_id])
    now = rig.tick()
    assert (pull["first_page_at"], pull["last_page_at"]) == (now - dt.timedelta(seconds=5), now)
    with rig.connect() as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE ops.pull SET first_page_at = last_page_at + interval '1 second'")


def test_a_day_shows_every_page_of_the_pull_that_closes_it(rig: Rig) -> None:
    rig.reference("offices")
    rig.snapshot(rig.day_start(DAY))
    rows = rig.query("SELECT product_id, quantity, basis FROM mart.inventory_daily WHERE quantity <> 0")
    assert {row["product_id"]: row["quantity"] for row in rows} == on_the_shelves(rig)
    assert {row["basis"] for row in rows} == {"observed"}
    of_their_page = """
        SELECT count(*)
        FROM mart.inventory_daily AS d
        INNER JOIN inventory.page_presence AS s
            ON d.observed_at = s.observed_at AND s.product_ids @> ARRAY[d.product_id]
        WHERE d.quantity <> 0
    """
    assert rig.value(of_their_page) == len(rows)
    (check,) = rig.query("SELECT * FROM ops.publication_check")
    assert (check["rows_found"], check["rows_out_of_time"]) == (check["row_count"], 0)


def test_changes_of_every_page_are_stored_rolled_up_and_enqueued(rig: Rig) -> None:
    rig.pull(rig.offices[0])
    rig.roll_up()
    rig.packages()
    rig.step(hours=1)
    sold = sell_everywhere(rig)
    rig.step(minutes=1)
    result = rig.updates(rig.hour())
    assert [(touched.office_id, touched.products) for touched in result.touched] == [(rig.offices[0], sold)]
    assert rig.value("SELECT count(*) FROM mart.stock_movement_daily WHERE depletion > 0") == sold
    changed = rig.value(
        "SELECT count(DISTINCT package_id) FROM mart.package_change WHERE previous_quantity IS NOT NULL"
    )
    rig.packages()
    renewed = "SELECT count(*) FROM (SELECT FROM inventory.package_state GROUP BY package_id HAVING count(*) > 1) AS p"
    assert rig.value(renewed) == changed >= sold


def test_what_was_proven_absent_is_what_no_page_lists(rig: Rig) -> None:
    office = rig.offices[0]
    rig.pull(office)
    gone = min(on_the_shelves(rig))
    rig.simulator.world.remove_product(office, gone)
    rig.step(hours=1)
    rig.settings = Settings(hold_back_share=0.01)
    with pytest.raises(HeldBackError):
        rig.pull(office)
    held = rig.value("SELECT pull_id FROM ops.pull WHERE status = 'held_back'")
    rig.settings = Settings()
    rig.step(hours=1)
    sell_everywhere(rig)
    rig.step(hours=1)
    rig.updates(rig.hour())  # proves no absence, so the pull stays held back
    assert accept_pull(rig.connect, rig.settings, held) is not None
    assert in_stock(rig) == on_the_shelves(rig)
    absent = rig.query("SELECT product_id, observed_at FROM inventory.stock_change WHERE reason = 'absent'")
    (last_page_at,) = rig.query("SELECT last_page_at FROM ops.pull WHERE pull_id = %s", [held])
    assert absent == [{"product_id": gone, "observed_at": last_page_at["last_page_at"]}]


def test_what_is_late_arriving_is_found_before_page_1_too(rig: Rig) -> None:
    """Pages of an office pull are dated before a pull of changes that was made some seconds earlier."""
    office, clocks = rig.offices[0], rig.simulator.switches.server_clocks
    rig.simulator.switches.server_clocks = []
    rig.pull(office)
    rig.step(hours=1)
    sell_everywhere(rig)
    rig.step(seconds=1)
    rig.updates(None)
    sell_everywhere(rig)
    rig.step(seconds=2)
    rig.simulator.switches.server_clocks = [12 * clock for clock in clocks]  # selling everywhere took some seconds
    rig.pull(office)
    rows = rig.query("SELECT * FROM inventory.stock_change ORDER BY product_id, observed_at")
    for before, row in itertools.pairwise(rows):
        if before["product_id"] == row["product_id"]:
            assert row["previous_quantity"] == before["quantity"], row
    last = "SELECT DISTINCT ON (product_id) product_id, quantity FROM inventory.stock_change WHERE quantity <> 0"
    assert in_stock(rig) == {
        row["product_id"]: row["quantity"] for row in rig.query(f"{last} ORDER BY product_id, observed_at DESC")
    }
    rig.step(minutes=2)
    rig.pull(office)
    assert in_stock(rig) == on_the_shelves(rig)


def test_a_rebuild_reads_every_page(rig: Rig) -> None:
    office = rig.offices[0]
    rig.snapshot(rig.day_start(DAY))
    rig.packages()
    states = rig.query("SELECT * FROM inventory.package_state ORDER BY package_id, valid_from")
    assert rig.value("SELECT max(cardinality(pages)) FROM ops.pull WHERE kind = 'packages'") > 1
    days = rig.query("SELECT * FROM mart.inventory_daily ORDER BY product_id")
    rig.rebuild(DAY)
    assert in_stock(rig) == on_the_shelves(rig)
    assert rig.query("SELECT * FROM inventory.package_state ORDER BY package_id, valid_from") == states
    assert rig.query("SELECT * FROM mart.inventory_daily ORDER BY product_id") == days
    assert rig.value(ALL_OF_PULL, [rig.value("SELECT pull_id FROM ops.pull WHERE office_id = %s", [office])]) == 20


@pytest.mark.parametrize("clocks", [[0, -600], [-600, 0]], ids=["page 1 is ahead", "page 1 is behind"])
def test_no_page_from_before_midnight_enters_the_day(make_rig: MakeRig, clocks: list[int]) -> None:
    rig = make_rig(seed=63, offices=1, products=20, start=MIDNIGHT_IN_LOS_ANGELES, server_clocks=clocks)
    rig.connection_fields["page_size"] = 5
    rig.step(minutes=5)
    with pytest.raises(RetriableError, match="does not close 2025-02-28"):
        rig.snapshot(rig.day_start(DAY))
    assert rig.value("SELECT basis FROM ops.publication") != "observed"
    assert rig.value("SELECT status FROM mart.coverage") != "observed"
    assert rig.value("SELECT count(*) FROM mart.inventory_daily WHERE basis = 'observed'") == 0
    rig.step(minutes=6)
    (again,) = rig.snapshot(rig.day_start(DAY))
    assert again.publication is not None
    assert (again.publication.basis, again.publication.rows) == ("observed", len(on_the_shelves(rig)))
    assert rig.value("SELECT min(observed_at) FROM mart.inventory_daily") >= MIDNIGHT


@pytest.mark.parametrize("clocks", CLOCKS, ids=["page 1 is ahead", "page 1 is behind"])
def test_an_hour_is_covered_when_every_page_came_after_its_end(make_rig: MakeRig, clocks: list[int]) -> None:
    rig = make_rig(seed=64, offices=1, products=20, start=MIDNIGHT_IN_LOS_ANGELES, server_clocks=clocks)
    rig.connection_fields["page_size"] = 5
    rig.step(hours=1)
    with pytest.raises(RetriableError, match="does not cover the hour until 09:00 UTC") as failure:
        rig.updates(rig.hour())
    assert failure.value.retry_after == 6
    assert rig.value("SELECT reached_at FROM ops.watermark") == rig.tick() - dt.timedelta(seconds=5)
    rig.step(seconds=6)
    assert rig.updates(rig.hour()).pull is not None
    assert "is covered" in str(rig.updates(rig.hour()).note)


def test_a_server_that_is_ahead_lets_no_change_be_missed(make_rig: MakeRig) -> None:
    """The watermark is its time; changes are dated by another server, and the overlap reaches back far enough."""
    rig = make_rig(
        Settings(update_overlap_minutes=1), seed=65, offices=1, products=20, start=MIDNIGHT_IN_LOS_ANGELES,
        date_skew_seconds=600,
    )  # fmt: skip
    rig.step(hours=1)
    rig.pull(rig.offices[0])
    rig.updates(None)
    rig.step(minutes=2)
    sold = sell_everywhere(rig)
    rig.step(minutes=30)
    result = rig.updates(None)
    assert [touched.products for touched in result.touched] == [sold]
    assert in_stock(rig) == on_the_shelves(rig)


@pytest.fixture
def two_months(make_rig: MakeRig) -> Rig:
    """An office whose servers' clocks are in two months."""
    rig = make_rig(
        Settings(hold_back_share=0.1), seed=66, offices=1, products=20, start="2025-02-28T22:00:00+00:00",
        server_clocks=[0, 600],
    )  # fmt: skip
    rig.connection_fields["page_size"] = 5
    return rig


def hold_back(rig: Rig) -> int:
    """Let a third of the office vanish, and a pull be held back over it; returns its number."""
    rig.pull(rig.offices[0])
    for product in sorted(on_the_shelves(rig))[::3]:
        rig.simulator.world.remove_product(rig.offices[0], product)
    rig.step(hours=1, minutes=55)
    with pytest.raises(HeldBackError):
        rig.pull(rig.offices[0])
    months = "SELECT array_agg(DISTINCT extract(month FROM observed_at AT TIME ZONE 'UTC')::integer) FROM raw.response"
    assert rig.value(f"{months} WHERE pull_id = (SELECT max(pull_id) FROM ops.pull)") == [2, 3]
    held: int = rig.value("SELECT max(pull_id) FROM ops.pull WHERE status = 'held_back'")
    return held


def test_a_pull_of_two_months_is_accepted_whole(two_months: Rig) -> None:
    rig = two_months
    accept_pull(rig.connect, rig.settings, hold_back(rig))
    assert in_stock(rig) == on_the_shelves(rig)
    rig.rebuild(DAY)
    assert in_stock(rig) == on_the_shelves(rig)


def test_a_pull_of_which_raw_lost_a_month_is_neither_accepted_nor_rebuilt_from(two_months: Rig) -> None:
    rig = two_months
    held = hold_back(rig)
    before = in_stock(rig)
    forget_february = "DELETE FROM raw.response WHERE observed_at < '2025-03-01T00:00:00Z' AND pull_id = %s"
    with rig.connect() as connection:
        connection.execute(forget_february, [held])
    with pytest.raises(SettingError, match=f"Raw no longer has every page of pull {held}"):
        accept_pull(rig.connect, rig.settings, held)
    assert in_stock(rig) == before
    rig.settings = Settings()
    later = rig.pull(rig.offices[0])
    with rig.connect() as connection:
        connection.execute(forget_february, [later.pull_id])
    with pytest.raises(SettingError, match="Raw no longer has 1 of the pulls"):
        rig.rebuild(DAY)
    assert in_stock(rig) == on_the_shelves(rig)


def test_packages_of_which_raw_lost_a_page_are_named(rig: Rig) -> None:
    rig.pull(rig.offices[0])
    rig.packages()
    with rig.connect() as connection:
        connection.execute(
            "DELETE FROM raw.response WHERE page = 2 AND pull_id ="
            " (SELECT max(pull_id) FROM ops.pull WHERE kind = 'packages' AND cardinality(pages) > 1)"
        )
    with pytest.raises(SettingError, match="Raw no longer has pull"):
        rig.rebuild(DAY)


def test_pulls_that_overlap_prove_absences_at_their_own_ends(warehouse_dsn: str) -> None:
    """One pull began first and lacks the product; another, within it, lists it: the absence is current."""

    def office_pull(*pages: tuple[int, list[Any]]) -> Pull:
        return Pull("office", 7, True, [(START + dt.timedelta(seconds=second), shown) for second, shown in pages])

    item, other = InventoryItem(1, 7, "unit", Decimal(5), None), InventoryItem(2, 7, "unit", Decimal(1), None)
    history = [office_pull((0, [other]), (600, [])), office_pull((10, [item]), (11, [other]))]
    model = Model(Settings(), history)
    for order in ([0, 1], [1, 0]):
        with warehouse(lambda: psycopg.connect(warehouse_dsn), Settings()) as connection:
            empty(connection)
            for index in order:
                apply(connection, history[index], index + 1)
            publish_all(connection)
            seen = "SELECT product_id, quantity, observed_at, changed_at FROM mart.inventory_current ORDER BY 1"
            (first, second) = connection.execute(seen).fetchall()
            days = connection.execute(
                "SELECT snapshot_date, product_id, observed_at FROM inventory.daily_stock ORDER BY 1, 2"
            ).fetchall()
        end = START + dt.timedelta(seconds=600)
        assert first == (1, 0, end, end)
        assert second[:3] == (2, 1, START + dt.timedelta(seconds=11))
        expected = model.days(sorted({day for day, _, _ in days}))
        assert days == [(row["snapshot_date"], row["product_id"], row["observed_at"]) for row in expected]
