"""Movements, days out of stock and days of supply against what really happened, and through kills and rebuilds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from indicaonline.errors import RetriableError
from indicaonline.settings import Settings
from indicaonline.warehouse import movements
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

MakeRig = Callable[..., Rig]
SETTINGS = Settings(carry_forward_max_days=1)
FIRST_DAY = dt.date(2025, 3, 5)
Steps = dict[tuple[int, int], list[tuple[dt.datetime, Decimal]]]
"""What was seen of each product in each office, pull by pull."""
ALL = "SELECT t::text AS line FROM inventory.daily_movement AS t ORDER BY 1"


def live(rig: Rig) -> None:
    """Nine days around the change of clocks. Of the fourth only the first minute is seen, and nothing of the fifth."""
    world = rig.simulator.world
    products = list(world.products)
    rig.step(minutes=1)
    rig.reference()
    rig.snapshot(rig.day_start(FIRST_DAY - dt.timedelta(days=1)))
    rig.updates(rig.hour())
    for passed in range(9):
        if passed in (3, 4):
            continue
        day = FIRST_DAY + dt.timedelta(days=passed)
        for hour in (5, 11, 17, 23):
            go_to(rig, day, hour)
            if hour == 11:
                package, origin = next(
                    (package, office)
                    for package in world.truth.packages(products[passed])
                    for office, quantity in package.holdings.items()
                    if quantity > 0
                )
                world.transfer(package.id, origin, next(o for o in rig.offices if o != origin))
                world.remove_product(rig.offices[0], products[-1 - passed])
                world.add_product(rig.offices[1])
            rig.updates(rig.hour())
        go_to(rig, day + dt.timedelta(days=1), 0)
        rig.snapshot(rig.day_start(day))
    rig.step(hours=1)
    world.add_product(rig.offices[1])
    rig.updates(rig.hour())
    for missed in (3, 4):
        rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=missed)))


def go_to(rig: Rig, day: dt.date, hour: int) -> None:
    """Let time pass until a minute after an hour of a business day."""
    at = dt.datetime.combine(day, dt.time(hour, 1), rig.settings.zone()).astimezone(dt.UTC)
    rig.step(seconds=(at - rig.simulator.clock.now()).total_seconds())


def seen(rig: Rig) -> Steps:
    """The truth at every instant at which it could be seen: a complete pull of an office shows all of it, one of
    changes what is still listed."""
    steps: Steps = defaultdict(list)
    for pull in rig.query("SELECT * FROM ops.pull WHERE kind IN ('office', 'updated') ORDER BY first_page_at, pull_id"):
        assert (pull["status"], pull["first_page_at"]) == ("complete", pull["last_page_at"])
        at = pull["first_page_at"]
        for office in [pull["office_id"]] if pull["office_id"] else rig.offices:
            for product in rig.simulator.world.products:
                line = rig.simulator.world.truth.state(office, product, at)
                if line is not None:
                    assert line.quantity is not None
                    steps[office, product].append((at, line.quantity))
                elif pull["office_id"] and steps[office, product]:
                    steps[office, product].append((at, Decimal(0)))
    return steps


def business_day(rig: Rig, at: dt.datetime) -> dt.date:
    """The business day of an instant."""
    return at.astimezone(rig.settings.zone()).date()


def expected_movements(rig: Rig, steps: Steps) -> dict[tuple[Any, ...], list[Decimal | None]]:
    """Opening, increase, depletion and closing per day, from what was seen."""
    days: dict[tuple[Any, ...], list[Decimal | None]] = {}
    first_pulls = {row["office_id"]: row["at"] for row in rig.query(
        "SELECT office_id, min(last_page_at) AS at FROM ops.pull WHERE kind = 'office' GROUP BY 1")}  # fmt: skip
    for (office, product), observations in steps.items():
        if not observations:
            continue
        at, first = observations[0]
        is_new = first_pulls[office] < at
        start = [(at, Decimal(0) if is_new else None, first)]
        changes = [(at, before, after) for (_, before), (at, after) in pairwise(observations) if before != after]
        for at, before, after in [*start, *changes]:
            row = days.setdefault((business_day(rig, at), office, product), [before, Decimal(0), Decimal(0), after])
            up = Decimal(0) if before is None else after - before
            row[1] += max(up, Decimal(0))  # type: ignore[operator]
            row[2] += max(-up, Decimal(0))  # type: ignore[operator]
            row[3] = after
    return days


def test_movements_are_what_happened_as_far_as_it_was_seen(make_rig: MakeRig) -> None:
    rig = make_rig(SETTINGS, seed=61, offices=3, products=14, life=25.0, start="2025-03-05T08:00:00+00:00")
    live(rig)
    steps = seen(rig)
    kinds = {product: each.measurement for product, each in rig.simulator.world.products.items()}
    rows = rig.query("SELECT * FROM mart.stock_movement_daily")
    names = ("opening", "increase", "depletion", "closing")
    found = {(row["business_date"], row["office_id"], row["product_id"]): [row[name] for name in names] for row in rows}
    assert found == expected_movements(rig, steps)
    assert len(found) == len(rows) > 100
    assert all(row["measurement"] == kinds[row["product_id"]] for row in rows)
    assert {kind.split("_")[0] for kind in kinds.values()} == {"unit", "weight"}
    new = {
        key
        for key, observations in steps.items()
        if observations and observations[0][0] > rig.simulator.clock.now() - dt.timedelta(8)
    }
    assert len(new) >= 7
    assert all(any(found[day][0] == 0 for day in found if day[1:] == key) for key in new)
    for row in rows:
        assert row["opening"] is None or row["opening"] + row["increase"] - row["depletion"] == row["closing"]
    assert not [row for row in rows if (row["business_date"] - FIRST_DAY).days == 4], "nothing was pulled"
    assert_days_out_of_stock_are_true(rig, steps)
    assert_supply_is_true(rig, steps)


def published(rig: Rig) -> list[dict[str, Any]]:
    """The days that can be known."""
    days = rig.query("SELECT * FROM ops.publication")
    assert {day["basis"] for day in days} >= {"observed", "missing"}
    return [day for day in days if day["basis"] != "missing"]


def assert_days_out_of_stock_are_true(rig: Rig, steps: Steps) -> None:
    expected = set()
    for day in published(rig):
        until = day["depends_until"] if day["basis"] == "observed" else day["day_end"]
        for (office, product), observations in steps.items():
            known = [quantity for at, quantity in observations if at <= until]
            if office == day["office_id"] and known and known[-1] <= 0 and max(known) > 0:
                expected.add((day["snapshot_date"], office, product))
    rows = rig.query("SELECT business_date, office_id, product_id FROM mart.stockout_day")
    assert {tuple(row.values()) for row in rows} == expected
    assert len(rows) == len(expected) > 10


def assert_supply_is_true(rig: Rig, steps: Steps) -> None:
    today = business_day(rig, rig.tick())
    expected = {}
    for (office, product), observations in steps.items():
        if not observations:
            continue
        begun = observations[0][0]
        days = [day for day in published(rig) if day["office_id"] == office and day["day_end"] > begun]
        went = sum(
            (max(before - after, Decimal(0)) for (_, before), (at, after) in pairwise(observations)
             if business_day(rig, at) < today),
            Decimal(0),
        )  # fmt: skip
        quantity = observations[-1][1]
        lasts = max(quantity, Decimal(0)) * len(days) / went if went else None
        expected[office, product] = (quantity, len(days), went, lasts)
    rows = rig.query("SELECT * FROM mart.days_of_supply")
    assert len(rows) == len(expected)
    assert {row["days_of_supply"] is None for row in rows} == {True, False}
    for row in rows:
        quantity, days, went, lasts = expected[row["office_id"], row["product_id"]]
        assert (row["quantity"], row["known_days"], row["depletion"], row["window_days"]) == (quantity, days, went, 28)
        assert (row["days_of_supply"] is None) == (lasts is None), row
        assert lasts is None or abs(row["days_of_supply"] - lasts) < Decimal("1e-9"), row
        assert lasts is None or abs(row["depletion_per_day"] - went / days) < Decimal("1e-9"), row


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Two days with a pull every six hours."""
    return make_rig(past=two_days, seed=62, offices=2, products=20, life=20.0, start=MIDNIGHT_IN_LOS_ANGELES)


def two_days(rig: Rig) -> None:
    rig.step(minutes=1)
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    for _ in range(8):
        rig.step(hours=6)
        rig.updates(rig.hour())


def everything(rig: Rig) -> list[str]:
    """Every row."""
    return [row["line"] for row in rig.query(ALL)]


def test_what_is_killed_between_load_and_roll_up_is_healed_by_the_next_run(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(rig)
    read_sql = movements.read_sql
    suicide = "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END; $$"
    for statement in ("find_due", "insert_days", "mark_done"):
        monkeypatch.setattr(
            movements,
            "read_sql",
            lambda name, cut=f"movements/{statement}": suicide if name == cut else read_sql(name),
        )
        rig.step(hours=6)
        with pytest.raises(RetriableError, match="terminating connection"):
            rig.updates(rig.hour())
    assert everything(rig) == before
    monkeypatch.setattr(movements, "read_sql", read_sql)
    assert rig.value("SELECT count(*) FROM ops.pull WHERE NOT is_rolled_up") == 3
    rig.step(hours=6)
    rig.updates(rig.hour())
    healed = everything(rig)
    assert healed != before
    assert rig.value("SELECT count(*) FROM ops.pull WHERE NOT is_rolled_up") == 0
    forget_all(rig)
    rig.roll_up()
    assert everything(rig) == healed


def forget_all(rig: Rig) -> None:
    """As a warehouse of the release before: nothing was ever rolled up."""
    with rig.connect() as connection:
        connection.execute("TRUNCATE inventory.daily_movement")
        connection.execute("UPDATE ops.pull SET is_rolled_up = false")
        connection.execute("UPDATE inventory.office SET movement_time_zone = NULL")


def test_a_warehouse_of_the_release_before_gets_all_its_history_at_once(rig: Rig) -> None:
    before = everything(rig)
    assert before
    pulls = rig.value("SELECT count(*) FROM ops.pull WHERE kind IN ('office', 'updated')")
    forget_all(rig)
    assert rig.roll_up().pulls == pulls
    assert everything(rig) == before
    assert rig.roll_up().pulls == 0


def test_a_rebuild_makes_right_what_was_damaged(rig: Rig) -> None:
    before = everything(rig)
    with rig.connect() as connection:
        connection.execute("UPDATE inventory.daily_movement SET opening = NULL, closing = 7")
        connection.execute("DELETE FROM inventory.daily_movement WHERE product_id % 2 = 0")
        connection.execute(
            "INSERT INTO inventory.daily_movement VALUES (%s, 1, '2025-03-02', 'unit', 1, 0, 0, 1)", [rig.offices[0]]
        )
    assert everything(rig) != before
    rig.rebuild(dt.date(2025, 2, 28))
    assert everything(rig) == before


def test_a_failed_run_rolls_up_what_it_saw(rig: Rig) -> None:
    rig.step(hours=6)
    rig.simulator.faults.add("status", path=f"office/{rig.offices[0]}", status=500)
    with pytest.raises(Exception, match="500"):
        rig.snapshot(None)
    assert rig.value("SELECT count(*) FROM ops.pull WHERE NOT is_rolled_up AND status <> 'failed'") == 0
    assert rig.value("SELECT count(*) FROM ops.pull WHERE is_rolled_up AND office_id = %s", [rig.offices[1]]) == 2
