"""Names and dimensions: every mart with an id has the name beside it, at no cost where it is not selected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import psycopg
import pytest
from mart_history import NOON, History, at

from indicaonline.jobs.freshness import measure_freshness
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

NAMES = {
    "office_id": "office_name",
    "from_office_id": "from_office_name",
    "to_office_id": "to_office_name",
    "product_id": "product_name",
}
EXCUSED = {
    "inventory_as_of": "a function, whose columns cannot be added to: join office and product",
}
FEBRUARY_28 = dt.date(2025, 2, 28)
SCAN = "'Relation Name': 'stock_change_"
_COLUMNS = """
    SELECT c.table_name, array_agg(c.column_name::text ORDER BY c.ordinal_position)
    FROM information_schema.columns AS c WHERE c.table_schema = 'mart' GROUP BY c.table_name
    UNION ALL
    SELECT p.proname, p.proargnames FROM pg_proc AS p WHERE p.pronamespace = 'mart'::regnamespace AND p.proretset
"""


@pytest.fixture
def past(warehouse_dsn: str) -> Iterator[History]:
    with psycopg.connect(warehouse_dsn, autocommit=True) as connection:
        yield History(connection)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """Two offices ten minutes after a midnight, with names."""
    rig = make_rig(offices=2, products=12, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    rig.reference()
    return rig


def test_every_mart_with_an_id_has_the_name(past: History) -> None:
    marts: dict[str, list[str]] = dict(past.query(_COLUMNS))
    nameless = {
        mart: wanted
        for mart, columns in marts.items()
        if (wanted := [name for key, name in NAMES.items() if key in columns and name not in columns])
    }
    assert nameless.keys() == EXCUSED.keys(), nameless


def test_names_that_are_not_selected_are_not_read(past: History) -> None:
    for mart, columns in past.query(_COLUMNS):
        if mart not in EXCUSED | {"office": "", "product": "", "metrc_reconciliation": ""}:
            wanted = ", ".join(name for name in columns if name not in (*NAMES.values(), "brand", "category"))
            plan = past.query(f"EXPLAIN (FORMAT JSON) SELECT {wanted} FROM mart.{mart}")
            assert '"product"' not in str(plan).replace("'", '"'), mart
    plan = past.query("EXPLAIN (FORMAT JSON) SELECT product_name FROM mart.inventory_change")
    assert '"product"' in str(plan).replace("'", '"')


def test_days_in_stock_that_are_not_selected_are_not_computed(past: History) -> None:
    without, with_them = (
        str(past.query(f"EXPLAIN (FORMAT JSON) SELECT product_id, {column} FROM mart.days_of_supply")).count(SCAN)
        for column in ("days_of_supply", "days_in_stock")
    )
    assert 2 * without == with_them > 0, "each reads the change log once"


def test_an_office_is_there_from_first_seen(past: History) -> None:
    past.stock(101, 1, at(-9), None, quantity=1)
    past.pull(101, at(-8))
    past.pull(101, at(-7), complete=False)
    past.pull(102, at(-3))
    past.sync(office_time_zones={102: "America/New_York"})
    found = past.values("office", "office_id, office_name, time_zone, is_listed, first_seen_at, last_seen_at")
    assert found == [
        (101, None, "America/Los_Angeles", False, at(-9), at(-7)),
        (102, None, "America/New_York", False, at(-3), at(-3)),
    ]


def test_a_product_is_there_from_first_to_last_seen(past: History) -> None:
    past.stock(101, 1, at(-9), None, quantity=5)  # held until the last pull
    past.stock(102, 1, at(-20), None, quantity=5)
    past.stock(102, 1, at(-15), None, quantity=0)  # another office had it before
    past.stock(101, 2, at(-9), None, quantity=5)
    past.stock(101, 2, at(-6), None, quantity=0)  # gone since
    past.pull(101, at(-4))
    past.pull(102, at(-2))
    past.query(
        "INSERT INTO inventory.product (product_id, name, measurement, observed_at)"
        f" VALUES (3, 'Only in the catalogue', 'unit', '{NOON.isoformat()}') RETURNING 1"
    )
    columns = "product_id, product_name, measurement, is_in_catalogue, first_seen_at, last_seen_at"
    assert past.values("product", columns) == [
        (1, None, None, False, at(-20), at(-4)),
        (2, None, None, False, at(-9), at(-6)),
        (3, "Only in the catalogue", "unit", True, None, NOON),
    ]


def test_dimensions_are_those_of_the_account(rig: Rig) -> None:
    rig.snapshot(rig.day_start(FEBRUARY_28))
    offices = {row["office_id"]: row for row in rig.query("SELECT * FROM mart.office")}
    products = {row["product_id"]: row for row in rig.query("SELECT * FROM mart.product")}
    assert sorted(offices) == rig.offices
    assert all(row["office_name"] and row["is_listed"] for row in offices.values())
    stocked = {product for shelf in rig.simulator.world.shelves.values() for product in shelf.lines}
    assert stocked <= products.keys()
    for row in rig.query("SELECT * FROM mart.inventory_daily"):
        product, office = products[row["product_id"]], offices[row["office_id"]]
        assert (office["office_name"], product["product_name"]) == (row["office_name"], row["product_name"])
        assert (product["brand"], product["category"]) == (row["brand"], row["category"])
        assert product["first_seen_at"] <= row["observed_at"] <= product["last_seen_at"]
        assert office["first_seen_at"] <= row["observed_at"] <= office["last_seen_at"]


def test_coverage_counts_the_published_rows(rig: Rig) -> None:
    rig.snapshot(rig.day_start(FEBRUARY_28))
    rig.step(days=1)
    rig.snapshot(None, offices=rig.offices[:1])
    rig.publish(rig.offices[0], dt.date(2025, 3, 1))
    found = rig.query(
        "SELECT c.business_date, c.office_id, c.status, c.published_rows, count(d.product_id) AS rows"
        " FROM mart.coverage AS c LEFT JOIN mart.inventory_daily AS d"
        " ON c.office_id = d.office_id AND c.business_date = d.snapshot_date GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
    )
    assert all(row["published_rows"] == row["rows"] for row in found)
    # Nobody published the last day of the second office: its status alone would count it.
    assert [(row["status"], row["published_rows"] > 0) for row in found] == [
        ("observed", True),
        ("observed", True),
        ("observed", True),
        ("carried_forward", False),
    ]


def test_lag_is_not_known_until_an_office_was_seen_whole(rig: Rig) -> None:
    rig.updates(None)
    lag = "SELECT office_id, lag FROM mart.freshness ORDER BY office_id"
    first, second = rig.offices
    assert rig.query(lag) == [{"office_id": first, "lag": None}, {"office_id": second, "lag": None}]
    rig.snapshot(None, offices=[first])
    rig.step(hours=31)
    rig.updates(None)
    rig.step(hours=1)
    assert rig.query(lag) == [
        {"office_id": first, "lag": dt.timedelta(hours=1)},
        {"office_id": second, "lag": None},
    ]
    behind = {
        office.office_id: office.last_snapshot_at for office in measure_freshness(rig.connect, rig.settings).behind
    }
    assert behind.keys() == {first, second}
    assert behind[second] is None


def test_a_product_that_no_office_receives_any_more_is_marked(rig: Rig) -> None:
    world, (here, there) = rig.simulator.world, rig.offices
    rig.snapshot(rig.day_start(FEBRUARY_28))
    held = rig.query(
        "SELECT product_id FROM mart.inventory_current WHERE quantity > 0 GROUP BY 1 HAVING count(*) = 2 ORDER BY 1"
    )
    ends, returns = (row["product_id"] for row in held[:2])
    for office in rig.offices:
        for product in (ends, returns):
            world.set_quantity(office, product, 0)
    rig.step(days=1)
    rig.snapshot(rig.day_start(dt.date(2025, 3, 1)))
    marked = "SELECT DISTINCT product_id, is_received_since AS since FROM mart.stockout_day ORDER BY 1"
    assert rig.query(marked) == [{"product_id": ends, "since": False}, {"product_id": returns, "since": False}]
    world.set_quantity(there, returns, 7)
    rig.step(days=1)
    rig.snapshot(rig.day_start(dt.date(2025, 3, 2)))
    # Received there, and so not discontinued here either.
    marked = marked.replace("ORDER", f"WHERE office_id = {here} ORDER")
    assert rig.query(marked) == [{"product_id": ends, "since": False}, {"product_id": returns, "since": True}]
