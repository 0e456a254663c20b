"""Movements per business day: whatever the order of loads and roll-ups, what a plain model of the history says."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import tuple_row
from test_order import START, apply, empty, pulls

from indicaonline.records import InventoryItem, PackageQuantity, Rejected
from indicaonline.settings import Settings
from indicaonline.warehouse import movements as warehouse_movements
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.movements import RolledUp
from model import Model, Pull, Row, Shown

ZONES = Settings(office_time_zones={8: "Pacific/Auckland"})
AUTUMN = dt.datetime(2025, 11, 1, 20, tzinfo=dt.UTC) - START
"""How much later the clocks go back: a business day of 25 hours in Los Angeles follows."""
Movement = tuple[Any, ...]


@pytest.fixture
def connection(warehouse_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with open_connection(lambda: psycopg.connect(warehouse_dsn)) as connection:
        yield connection


def forget(connection: psycopg.Connection[Any]) -> None:
    """Delete all movements and their inputs."""
    connection.execute("TRUNCATE inventory.daily_movement")
    empty(connection)


def roll_up(connection: psycopg.Connection[Any], zones: Settings = ZONES) -> RolledUp:
    """Run the work of the task on this connection: new offices get their time zone first."""
    sync_settings(connection, zones)
    return warehouse_movements.roll_up(connection)


def movements(connection: psycopg.Connection[Any]) -> list[Movement]:
    """Return the rows of the mart in the order of its keys."""
    columns = "office_id, product_id, business_date, measurement, opening, increase, depletion, closing"
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(f"SELECT {columns} FROM mart.stock_movement_daily ORDER BY 1, 2, 3, 4".encode())
        found = rows.fetchall()
    connection.commit()
    return found


def expected(history: list[Pull], zones: Settings = ZONES) -> list[Movement]:
    """The movements of a history, change by change."""
    days: dict[Movement, list[tuple[Decimal | None, Decimal]]] = {}
    for change in Model(zones, history).stock_changes():
        before = change["previous_quantity"]
        if change["reason"] == "first_seen" and lacked_before(history, change):
            before = Decimal(0)
        if before == change["quantity"] and change["reason"] != "first_seen":
            continue
        day = change["observed_at"].astimezone(zones.zone(change["office_id"])).date()
        key = (change["office_id"], change["product_id"], day, change["measurement"])
        days.setdefault(key, []).append((before, change["quantity"]))
    rows = []
    for key, steps in sorted(days.items()):
        ups = [after - before for before, after in steps if before is not None]
        known = all(before is not None for before, _ in steps)
        rows.append(
            (
                *key,
                steps[0][0] if known else None,
                sum((up for up in ups if up > 0), Decimal(0)),
                -sum((up for up in ups if up < 0), Decimal(0)),
                steps[-1][1],
            )
        )
    return rows


def lacked_before(history: list[Pull], change: Row) -> bool:
    """True if a complete pull before the product was first seen neither listed nor rejected it."""
    return any(
        pull.complete
        and pull.office_id == change["office_id"]
        and pull.last_page_at < change["observed_at"]
        and all(item.product_id != change["product_id"] for _, item in pull.items())
        for pull in history
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Pull]:
    """Pulls around the day with 23 hours, or the day with 25."""
    shift = draw(st.sampled_from([dt.timedelta(0), AUTUMN]))
    drawn = draw(st.lists(pulls(), min_size=1, max_size=7))
    return [dataclasses.replace(pull, pages=[(at + shift, shown) for at, shown in pull.pages]) for pull in drawn]


@given(history=histories(), data=st.data())
def test_any_order_of_loads_and_roll_ups_gives_what_the_model_says(
    connection: psycopg.Connection[Any], history: list[Pull], data: st.DataObject
) -> None:
    forget(connection)
    for index in data.draw(st.permutations(range(len(history)))):
        apply(connection, history[index], index + 1)
        if data.draw(st.booleans()):
            roll_up(connection)
    roll_up(connection)
    found = movements(connection)
    assert found == expected(history)
    for *_, opening, increase, depletion, closing in found:
        assert opening is None or opening + increase - depletion == closing
    assert roll_up(connection) == RolledUp(0, 0, 0)
    assert movements(connection) == found


def office(hours: float, *shown: Shown, complete: bool = True, office_id: int = 7) -> Pull:
    """A pull of an office, so many hours after noon of 8 March 2025 in Los Angeles."""
    return Pull("office", office_id, complete, [(START + dt.timedelta(hours=hours), list(shown))])


def item(product: int, quantity: str | int, measurement: Any = "unit", office_id: int = 7) -> InventoryItem:
    """Return an item of a product with one package."""
    amount = Decimal(quantity)
    return InventoryItem(product, office_id, measurement, amount, [PackageQuantity(90 + product, amount)])


def rolled(connection: psycopg.Connection[Any], *history: Pull) -> list[Movement]:
    """The movements of product 1 in office 7 when each pull is loaded and rolled up in turn."""
    forget(connection)
    for number, pull in enumerate(history, start=1):
        apply(connection, pull, number)
        roll_up(connection)
    return [row[2:] for row in movements(connection) if row[:2] == (7, 1)]


SATURDAY, SUNDAY = dt.date(2025, 3, 8), dt.date(2025, 3, 9)


def test_a_day_adds_up_its_changes(connection: psycopg.Connection[Any]) -> None:
    assert rolled(
        connection,
        office(0, item(1, 10)),
        office(1, item(1, 8)),
        office(12, item(1, "7.50")),  # midnight
        office(13, item(1, 20)),
        office(14, item(1, 19)),
        office(15),
    ) == [
        (SATURDAY, "unit", None, 0, 2, 8),
        (SUNDAY, "unit", 8, Decimal("12.5"), Decimal("20.5"), 0),
    ]


def test_a_product_first_seen_is_an_increase_only_where_the_office_was_seen_without_it(
    connection: psycopg.Connection[Any],
) -> None:
    assert rolled(connection, office(0), office(1, item(1, 5))) == [(SATURDAY, "unit", 0, 5, 0, 5)]
    assert rolled(connection, office(0), office(1, item(1, -2))) == [(SATURDAY, "unit", 0, 0, 2, -2)]
    unknown = [(SATURDAY, "unit", None, 0, 0, 5)]
    assert rolled(connection, office(1, item(1, 5))) == unknown
    assert rolled(connection, office(0, complete=False), office(1, item(1, 5))) == unknown
    assert rolled(connection, office(0, office_id=8), office(1, item(1, 5))) == unknown
    assert rolled(connection, office(0, Rejected("bad", "{}", 1, 7)), office(1, item(1, 5))) == unknown
    updated = Pull("updated", None, True, [(START, [item(2, 1)])])
    assert rolled(connection, updated, office(1, item(1, 5))) == unknown


def test_a_late_arriving_proof_counts(connection: psycopg.Connection[Any]) -> None:
    assert rolled(connection, office(30, item(1, 5)), office(0)) == [(dt.date(2025, 3, 9), "unit", 0, 5, 0, 5)]


def test_what_was_never_seen_after_all_is_taken_out(connection: psycopg.Connection[Any]) -> None:
    assert rolled(connection, office(0, item(1, 5)), office(0)) == []


def test_a_change_of_measurement_starts_a_series_and_a_day_may_hold_two(connection: psycopg.Connection[Any]) -> None:
    assert rolled(
        connection,
        office(-24, item(1, 10)),
        office(0, item(1, 8)),
        office(1, item(1, "3.5", "weight")),
        office(2, item(1, 3, "weight")),
    ) == [
        (dt.date(2025, 3, 7), "unit", None, 0, 0, 10),
        (SATURDAY, "unit", 10, 0, 2, 8),
        (SATURDAY, "weight", None, 0, Decimal("0.5"), 3),
    ]


def test_a_series_that_starts_again_on_the_same_day_has_no_opening(connection: psycopg.Connection[Any]) -> None:
    rows = rolled(
        connection,
        office(-24, item(1, 10)),
        office(0, item(1, 8)),
        office(1, item(1, 3, "weight")),
        office(2, item(1, 7)),
        office(3, item(1, 6)),
        office(24, item(1, 4)),
    )
    assert [row for row in rows if row[0] == SATURDAY] == [
        (SATURDAY, "unit", None, 0, 3, 6),
        (SATURDAY, "weight", None, 0, 0, 3),
    ]
    assert rows[-1] == (SUNDAY, "unit", 6, 0, 2, 4)


def test_packages_that_change_places_move_nothing(connection: psycopg.Connection[Any]) -> None:
    held = [PackageQuantity(91, Decimal(2)), PackageQuantity(92, Decimal(3))]
    moved = InventoryItem(1, 7, "unit", Decimal(5), held)
    assert rolled(connection, office(0), office(1, item(1, 5)), office(24, moved)) == [(SATURDAY, "unit", 0, 5, 0, 5)]


def test_another_time_zone_makes_other_days_of_all(connection: psycopg.Connection[Any]) -> None:
    history = [office(0, item(1, 9)), office(10, item(1, 8)), office(13, item(1, 6))]
    before = rolled(connection, *history)
    assert [row[0] for row in before] == [SATURDAY, SUNDAY]
    tokyo = Settings(business_time_zone="Asia/Tokyo")
    roll_up(connection, tokyo)
    assert movements(connection) == expected(history, tokyo)
    assert [row[2] for row in movements(connection)] == [SUNDAY]
    roll_up(connection)
    assert movements(connection) == expected(history)


def test_a_day_may_lie_in_a_month_that_utc_has_not_reached(connection: psycopg.Connection[Any]) -> None:
    at = dt.datetime(2031, 5, 31, 20, tzinfo=dt.UTC)
    forget(connection)
    apply(connection, Pull("office", 8, True, [(at, [item(1, 5, office_id=8)])]), 1)
    roll_up(connection)
    assert [row[2] for row in movements(connection)] == [dt.date(2031, 6, 1)]
    early = dt.datetime(2031, 9, 1, 1, tzinfo=dt.UTC)
    apply(connection, Pull("office", 7, True, [(early, [item(1, 5)])]), 2)
    roll_up(connection)
    assert movements(connection)[0][2] == dt.date(2031, 8, 31)


def test_it_costs_what_has_changed(connection: psycopg.Connection[Any]) -> None:
    forget(connection)
    apply(connection, office(0, *(item(product, 5) for product in range(1, 51))), 1)
    apply(connection, office(0, *(item(product, 5, office_id=8) for product in range(1, 51)), office_id=8), 2)
    assert roll_up(connection) == RolledUp(2, 100, 100)
    apply(connection, Pull("updated", None, True, [(START + dt.timedelta(hours=1), [item(3, 4)])]), 3)
    assert roll_up(connection) == RolledUp(1, 1, 1)
    apply(connection, Pull("updated", None, True, [(START + dt.timedelta(hours=2), [item(3, 4)])]), 4)
    assert roll_up(connection) == RolledUp(1, 0, 0)


def test_two_at_once_take_turns(connection: psycopg.Connection[Any], warehouse_dsn: str) -> None:
    forget(connection)
    apply(connection, office(0, item(1, 5)), 1)
    connection.execute("SELECT ops.lock('movements')")
    with open_connection(lambda: psycopg.connect(warehouse_dsn)) as other:
        other.execute("SET lock_timeout = '50ms'")
        other.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            roll_up(other)
        connection.rollback()
        assert roll_up(other).rows == 1
    assert roll_up(connection) == RolledUp(0, 0, 0)
    assert len(movements(connection)) == 1


def test_the_database_itself_refuses_what_does_not_add_up(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT ops.ensure_partitions(%s, %s)", [SATURDAY, SATURDAY])
    row = "INSERT INTO inventory.daily_movement VALUES (7, 1, %s, 'unit', 5, 2, 1, %s)"
    with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
        connection.execute(row, [SATURDAY, 7])
    connection.execute(row, [SATURDAY, 6])
