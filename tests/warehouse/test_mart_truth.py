"""The marts on packages against plain computations over what the simulator knows of every second."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from oracle import truth
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

ZONE = ZoneInfo("America/Los_Angeles")
Listed = dict[int, Decimal]


def live(rig: Rig, days: int) -> None:
    """Pull every hour, refresh packages every hour, publish every night."""
    rig.step(minutes=1)
    rig.reference()
    rig.snapshot(rig.day_start(rig.tick().astimezone(ZONE).date() - dt.timedelta(days=1)))
    rig.packages()
    for hour in range(24 * days):
        rig.step(hours=1)
        rig.updates(rig.hour())
        if hour % 24 == 23:
            rig.snapshot(rig.day_start(rig.tick().astimezone(ZONE).date() - dt.timedelta(days=1)))
        rig.packages()


def test_marts_are_true_to_life(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(seed=8, offices=3, products=12, life=20.0, packages_per_product=4, start=MIDNIGHT_IN_LOS_ANGELES)
    shorten_shelf_lives(rig)
    live(rig, days=2)
    assert_lives_are_true(rig)
    assert_breaches_are_true(rig)
    assert_trends_are_true(rig)
    assert_totals_are_true(rig)
    assert_expiring_stock_is_true(rig)
    assert_discrepancies_are_true(rig)


def shorten_shelf_lives(rig: Rig) -> None:
    """Let every fifth package expire within two months, as few do in a shop."""
    world = rig.simulator.world
    for number, package in enumerate(list(world.packages)[::5]):
        best_by = world.clock.now().date() + dt.timedelta(days=number % 60 - 2)
        world.relabel(package, best_by=best_by.isoformat(), at=world.start + 30)


def fetches(rig: Rig) -> Iterator[tuple[int, dt.datetime]]:
    """Each package and instant of an answer with its detail, in the order of time."""
    for row in rig.query("SELECT * FROM inventory.package_presence ORDER BY observed_at"):
        for package in row["package_ids"]:
            yield package, row["observed_at"]


def assert_lives_are_true(rig: Rig) -> None:
    world, seen = rig.simulator.world.truth, defaultdict(list)
    for package, instant in fetches(rig):
        seen[package].append(world.package(package, instant))
    rows = {row["package_id"]: row for row in rig.query("SELECT * FROM mart.package_lifecycle")}
    assert set(rows) == set(seen)
    used_up = 0
    for package, row in rows.items():
        state = world.package(package, row["last_seen_at"])
        assert state is not None
        expected = (state.origin.vendor, state.origin.batch_id, state.origin.uid, state.origin.best_by)
        assert (row["vendor"], row["batch_id"], row["uid"], row["best_by"]) == expected
        assert row["remaining_quantity"] == state.available
        assert row["checked_in_quantity"] == state.checked_in_quantity
        assert (row["depleted_at"] is None) == (state.available > 0)
        end = row["depleted_at"] or rig.tick()
        assert row["days_held"] == (end.astimezone(ZONE).date() - state.origin.check_in_date).days
        assert row["days_to_deplete"] == (row["days_held"] if row["depleted_at"] else None)
        if row["depleted_at"] and row["last_in_stock_at"]:
            used_up += 1
            assert row["last_in_stock_at"] < row["depleted_at"]
            before = world.package(package, row["last_in_stock_at"])
            after = world.package(package, row["depleted_at"])
            assert before is not None
            assert after is not None
            assert before.available > 0 >= after.available
    assert used_up > 5


def pulls(rig: Rig) -> list[dt.datetime]:
    """Instants at which all offices were pulled: each pull shows what had changed since the one before."""
    kinds = "kind IN ('office', 'updated') AND status = 'complete'"
    return [
        row["at"] for row in rig.query(f"SELECT DISTINCT first_page_at AS at FROM ops.pull WHERE {kinds} ORDER BY 1")
    ]


def lines(rig: Rig) -> list[tuple[int, int]]:
    """Every office and product that was ever seen."""
    return [(row["office_id"], row["product_id"]) for row in rig.query("SELECT * FROM inventory.stock ORDER BY 1, 2")]


def assert_breaches_are_true(rig: Rig) -> None:
    explained: dict[tuple[int, int, dt.datetime], Decimal] = defaultdict(Decimal)
    for row in rig.query("SELECT * FROM mart.transfer_inferred"):
        explained[row["package_id"], row["from_office_id"], row["left_at"]] += row["quantity"]
    histories = defaultdict(list)
    for row in rig.query("SELECT package_id, valid_from, check_in_date FROM mart.package_history ORDER BY 1, 2"):
        histories[row["package_id"]].append((row["valid_from"], row["check_in_date"]))

    def checked_in(package: int, instant: dt.datetime) -> dt.date | None:
        dates = [date for since, date in histories[package] if since <= instant] or [histories[package][0][1]]
        return dates[-1]

    expected: dict[tuple[Any, ...], list[Decimal]] = {}
    for office, product in lines(rig):
        shelf = [(instant, truth(rig, office, product, instant)[1]) for instant in pulls(rig)]
        for (_, before), (instant, after) in pairwise(shelf):
            for newer, older in ((new, old) for new in before for old in after if old in before):
                went = before[newer] - after.get(newer, Decimal(0)) - explained[newer, office, instant]
                if before[newer] > after.get(newer, 0) and went > 0 and before[older] > 0 and after[older] > 0:
                    dates = checked_in(older, instant), checked_in(newer, instant)
                    if None not in dates and dates[0] < dates[1]:  # type: ignore[operator]
                        key = (instant.astimezone(ZONE).date(), office, product, older, newer)
                        total = expected.get(key, [Decimal(0)] * 2)[1]
                        expected[key] = [after[older], total + went]
    rows = rig.query("SELECT * FROM mart.fifo_breach")
    keys = ("business_date", "office_id", "product_id", "older_package_id", "newer_package_id")
    found = {tuple(row[key] for key in keys): [row["older_quantity"], row["newer_depletion"]] for row in rows}
    assert len(found) == len(rows) > 20
    assert found == expected


def assert_trends_are_true(rig: Rig) -> None:
    results: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    dated = set()
    for package, instant in fetches(rig):
        state = rig.simulator.world.truth.package(package, instant)
        assert state is not None
        for result in state.lab_results:
            key = (package, result.id, state.tested_date)
            results[key] = (state.product_id, state.origin.vendor, result.potency)
            if state.tested_date:
                dated.add((package, result.id))
    groups: dict[tuple[Any, ...], list[tuple[Decimal, int]]] = defaultdict(list)
    for (package, analyte, date), (product, vendor, potency) in results.items():
        if potency is not None and (date or (package, analyte) not in dated):
            groups[date and date.replace(day=1), product, vendor, analyte].append((potency, package))
    expected = {}
    for group, values in groups.items():
        potencies = sorted(potency for potency, _ in values)
        p10, median, p90 = (potencies[max(math.ceil(share * len(values) / 10), 1) - 1] for share in (1, 5, 9))
        expected[group] = (len({package for _, package in values}), p10, median, p90)
    rows = rig.query("SELECT * FROM mart.potency_trend")
    found = {
        (row["month"], row["product_id"], row["vendor"], row["analyte_id"]): (
            row["packages"],
            row["p10"],
            row["median"],
            row["p90"],
        )
        for row in rows
    }
    assert len(found) == len(rows) > 100
    assert found == expected


def assert_totals_are_true(rig: Rig) -> None:
    names = {row["name"]: row["analyte_id"] for row in rig.query("SELECT * FROM inventory.lab_analyte")}
    expected = {}
    for package, instant in fetches(rig):
        state = rig.simulator.world.truth.package(package, instant)
        assert state is not None
        potency = {result.id: result.potency for result in state.lab_results}
        for cannabinoid in ("THC", "CBD"):
            neutral, acid = potency.get(names[cannabinoid]), potency.get(names[f"{cannabinoid}a"])
            known = neutral is not None and acid is not None
            expected[package, cannabinoid] = neutral + acid * Decimal("0.877") if known else None  # type: ignore[operator]
    rows = rig.query("SELECT * FROM mart.cannabinoid_total WHERE is_current")
    found = {(row["package_id"], row["cannabinoid"]): row["total"] for row in rows}
    assert len(found) == len(rows) > 20
    assert found == {key: total for key, total in expected.items() if total is not None}


def assert_expiring_stock_is_true(rig: Rig) -> None:
    now = pulls(rig)[-1]
    best_by = {row["package_id"]: row["best_by"] for row in rig.query("SELECT * FROM mart.package_lifecycle")}
    expected = {}
    for office, product in lines(rig):
        for package, quantity in truth(rig, office, product, now)[1].items():
            left = (best_by[package] - now.astimezone(ZONE).date()).days if best_by[package] else None
            if quantity > 0 and left is not None and left <= 90:
                expected[office, product, package] = (left, quantity)
    rows = rig.query("SELECT * FROM mart.expiring_stock")
    found = {
        (row["office_id"], row["product_id"], row["package_id"]): (row["days_left"], row["quantity"]) for row in rows
    }
    assert found == expected
    assert found
    assert all(0 <= row["at_risk_quantity"] <= row["quantity"] for row in rows)


def assert_discrepancies_are_true(rig: Rig) -> None:
    now = pulls(rig)[-1]
    uneven, lying, negative = {}, defaultdict(set), set()
    for office, product in lines(rig):
        quantity, packages = truth(rig, office, product, now)
        total = sum(packages.values(), Decimal(0))
        if packages and abs(quantity - total) > Decimal("0.02") * max(abs(quantity), abs(total)):
            uneven[office, product] = (quantity, total)
        held = {None: quantity, **packages}
        negative |= {(office, product, package, amount) for package, amount in held.items() if amount < 0}
        for package, amount in packages.items():
            if amount > 0:
                lying[package].add(office)
    rows = rig.query("SELECT * FROM mart.discrepancy")
    found = {
        (row["office_id"], row["product_id"]): (row["expected"], row["actual"])
        for row in rows
        if row["rule"] == "packages_add_up"
    }
    assert found == uneven
    split = {(row["office_id"], row["package_id"]): row["actual"] for row in rows if row["rule"] == "in_two_offices"}
    several = {package: offices for package, offices in lying.items() if len(offices) > 1}
    assert split == {(office, package): len(offices) for package, offices in several.items() for office in offices}
    below = [row for row in rows if row["rule"] == "negative_quantity" and row["office_id"]]
    keys = ("office_id", "product_id", "package_id", "actual")
    assert {tuple(row[key] for key in keys) for row in below} == negative
    assert not [row for row in rows if row["rule"] == "outside_available_offices"]


def test_transfers_are_those_that_happened(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(seed=9, offices=3, products=15, life=0.0, start=MIDNIGHT_IN_LOS_ANGELES)
    draw, world = random.Random(9), rig.simulator.world
    rig.step(minutes=1)
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    expected = []
    for _ in range(30):
        active = [package for product in world.products for package in world.truth.packages(product)]
        moved, sold = draw.sample(active, 2)
        origin = draw.choice([office for office, quantity in moved.holdings.items() if quantity > 0])
        target = draw.choice([office for office in rig.offices if office != origin])
        if moved.product_id != sold.product_id:
            office = draw.choice([office for office, quantity in sold.holdings.items() if quantity > 0])
            world.sell(office, sold.product_id, 1)
        part = draw.choice([None, moved.holdings[origin] / 2])
        world.transfer(moved.id, origin, target, part)
        rig.step(hours=1)
        rig.updates(rig.hour())
        seen = rig.value("SELECT max(first_page_at) FROM ops.pull WHERE kind = 'updated'")
        expected.append((moved.id, origin, target, seen, part or moved.holdings[origin]))
    columns = "package_id, from_office_id, to_office_id, observed_at, quantity"
    found = [tuple(row.values()) for row in rig.query(f"SELECT {columns} FROM mart.transfer_inferred")]
    assert sorted(found) == sorted(expected)
