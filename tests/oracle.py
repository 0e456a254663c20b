"""Compares the warehouse with the simulator's ground truth, row by row, and allows no difference."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from received import received
from rig import Rig

Key = tuple[int, int]


def assert_true_to_life(rig: Rig) -> None:
    """Every claim of the warehouse about a past moment is what the simulator knows of that moment."""
    assert_changes_are_true(rig)
    assert_packages_are_true(rig)
    assert_raw_is_whole(rig)
    assert_pulls_are_whole(rig)
    assert_days_are_true(rig)
    assert_current_is_the_last_change(rig)


def assert_changes_are_true(rig: Rig) -> None:
    """Each row of the change log is the truth of its moment, and differs from the row before it."""
    previous: dict[Key, dict[str, Any]] = {}
    for row in rig.query("SELECT * FROM inventory.stock_change ORDER BY office_id, product_id, observed_at"):
        key = (row["office_id"], row["product_id"])
        quantity, packages = truth(rig, *key, row["observed_at"])
        assert row["quantity"] == quantity, row
        assert listed_packages(row) == packages or hides_packages(rig, quantity), row
        before = previous.get(key)
        if before is not None:
            assert contents(row) != contents(before), f"no change: {row}"
            expected = before["quantity"] if before["measurement"] == row["measurement"] else None
            assert row["previous_quantity"] == expected, row
        else:
            assert row["previous_quantity"] is None
            assert row["reason"] == "first_seen"
        previous[key] = row


def assert_packages_are_true(rig: Rig) -> None:
    """Each row of the package log is the truth of its moment, and differs from the row before it."""
    previous: dict[tuple[int, int, int], Decimal] = {}
    rows = rig.query("SELECT * FROM mart.package_change ORDER BY office_id, product_id, package_id, observed_at")
    for row in rows:
        quantity, packages = truth(rig, row["office_id"], row["product_id"], row["observed_at"])
        assert row["quantity"] == packages.get(row["package_id"], 0) or hides_packages(rig, quantity), row
        key = (row["office_id"], row["product_id"], row["package_id"])
        assert row["previous_quantity"] == previous.get(key), row
        assert row["quantity"] != row["previous_quantity"], row
        previous[key] = row["quantity"]


def assert_raw_is_whole(rig: Rig) -> None:
    """Raw holds every item of the read of a pull that counts, exactly once: all the rest can be made from it again."""
    for row in rig.query("SELECT pull_id, counted_read, pages, items FROM ops.pull WHERE rejected = 0 AND items > 0"):
        with rig.connect() as connection:
            condition = "r.pull_id = %s AND r.read = %s AND r.page = ANY(%s) AND r.status = 200"
            answers = received(connection, condition, row["pull_id"], row["counted_read"], row["pages"])
        # Of a repeated page, the last answer.
        pages = {answer.page: answer.body for answer in answers}
        assert sum(map(number_of_items, pages.values())) == row["items"], row


def number_of_items(body: bytes) -> int:
    """The number of items of a page; 0 for a page that is not JSON."""
    try:
        page = json.loads(body)
    except ValueError:
        return 0
    return len(page["items"] if isinstance(page, dict) else page)


def assert_pulls_are_whole(rig: Rig) -> None:
    """As of the last page of each complete pull, the warehouse knows the whole office, and each package of it."""
    pulls = rig.query("SELECT * FROM ops.pull WHERE kind = 'office' AND status = 'complete'")
    for pull in pulls:
        if pull["first_page_at"] != pull["last_page_at"]:
            continue  # time passed while it was read: its rows are checked one by one above
        at, office = pull["last_page_at"], pull["office_id"]
        rows = rig.query("SELECT * FROM mart.inventory_as_of(%s) WHERE office_id = %s", [at, office])
        hidden = {
            row["product_id"]
            for row in rig.query("SELECT product_id FROM ops.quarantine WHERE pull_id = %s", [pull["pull_id"]])
        }
        known = {row["product_id"]: row["quantity"] for row in rows if row["product_id"] not in hidden}
        life = {line.product_id: line.quantity for line in rig.simulator.world.truth.office(office, at)}
        in_warehouse = {product: quantity for product, quantity in known.items() if quantity}
        in_life = {product: quantity for product, quantity in life.items() if quantity and product not in hidden}
        assert in_warehouse == in_life, f"{pull}: {in_warehouse.items() ^ in_life.items()}"
        assert len(rows) == len({row["product_id"] for row in rows})


def assert_days_are_true(rig: Rig) -> None:
    """Each row of each published day is the truth of the moment it claims, and no product is missing or doubled."""
    days: dict[tuple[dt.date, int], dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in rig.query("SELECT * FROM mart.inventory_daily"):
        quantity, packages = truth(rig, row["office_id"], row["product_id"], row["observed_at"])
        assert row["quantity"] == quantity, row
        counted = (row["package_count"], row["package_quantity"]) == (len(packages), sum(packages.values()))
        assert counted or hides_packages(rig, quantity), row
        of_day = days[row["snapshot_date"], row["office_id"]]
        assert row["product_id"] not in of_day
        of_day[row["product_id"]] = row
    for day in rig.query("SELECT * FROM ops.publication"):
        rows = days.get((day["snapshot_date"], day["office_id"]), {})
        assert len(rows) == day["row_count"]
        assert_day_is_whole(rig, day, rows)


def assert_day_is_whole(rig: Rig, day: dict[str, Any], rows: dict[int, dict[str, Any]]) -> None:
    """Check that products without a row had no stock, or on a carried day were never seen with stock."""
    if day["basis"] == "missing":
        assert not rows
        return
    at = day["depends_until"] if day["basis"] == "observed" else day["day_end"]
    for state in rig.query("SELECT * FROM mart.inventory_as_of(%s) WHERE office_id = %s", [at, day["office_id"]]):
        assert state["quantity"] <= 0 or state["product_id"] in rows, state
    if day["basis"] == "observed":
        (pull,) = rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [day["pull_id"]])
        assert all(
            pull["first_page_at"] <= row["observed_at"] <= pull["last_page_at"]
            for row in rows.values()
            if row["basis"] == "observed"
        )


def assert_current_is_the_last_change(rig: Rig) -> None:
    """Current stock is the last row of the change log, for every product ever seen."""
    last = """
        SELECT DISTINCT ON (office_id, product_id) office_id, product_id, observed_at AS changed_at, measurement,
            quantity, packages_known, package_ids, package_quantities, zero_since, was_above_zero
        FROM inventory.stock_change ORDER BY office_id, product_id, observed_at DESC
    """
    columns = "office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids,"
    columns += " package_quantities, zero_since, was_above_zero"
    stock = rig.query(f"SELECT {columns} FROM inventory.stock ORDER BY office_id, product_id")
    assert stock == rig.query(last)


def truth(rig: Rig, office_id: int, product_id: int, at: dt.datetime) -> tuple[Decimal, dict[int, Decimal]]:
    """Return the true stock of a product at an instant: quantity and packages; nothing if it was not listed."""
    line = rig.simulator.world.truth.state(office_id, product_id, at)
    if line is None:
        return Decimal(0), {}
    assert line.quantity is not None
    return line.quantity, {package: quantity for package, quantity in line.packages if quantity}


def hides_packages(rig: Rig, quantity: Decimal) -> bool:
    """True if the account omits products at 0 from a list: their packages are then unknown."""
    switches = rig.simulator.switches
    return quantity == 0 and not (switches.office_lists_zero and switches.updated_lists_zero)


def listed_packages(row: dict[str, Any]) -> dict[int, Decimal]:
    """The packages of a row of the change log."""
    return dict(zip(row["package_ids"] or [], row["package_quantities"] or [], strict=True))


def contents(row: dict[str, Any]) -> tuple[object, ...]:
    """Return the identity of a row of the change log."""
    return row["measurement"], row["quantity"], row["packages_known"], row["package_ids"], row["package_quantities"]


def assert_coverage_is_true(rig: Rig) -> None:
    """Every row of mart.coverage is what a plain reading of the pull ledger gives, and no day or office is left out."""
    pulls = rig.query("SELECT * FROM ops.pull WHERE kind <> 'reference'")
    rows = Counter(
        (row["office_id"], row["snapshot_date"])
        for row in rig.query("SELECT office_id, snapshot_date FROM inventory.daily_stock")
    )
    found = {(row["office_id"], row["business_date"]): row for row in rig.query("SELECT * FROM mart.coverage")}
    today = rig.tick().astimezone(rig.settings.zone()).date()
    expected = 0
    offices = "SELECT office_id, first_seen_at, name FROM inventory.office WHERE first_seen_at IS NOT NULL"
    for office in rig.query(offices):
        day = office["first_seen_at"].astimezone(rig.settings.zone()).date() - dt.timedelta(days=1)
        if not _closing_pull(rig, pulls, office["office_id"], day):
            day += dt.timedelta(days=1)
        while day < today:
            row = found[office["office_id"], day]
            published = {"published_rows": rows[office["office_id"], day], "office_name": office["name"]}
            assert row == _coverage(rig, pulls, office["office_id"], day) | published, row
            expected += 1
            day += dt.timedelta(days=1)
    assert len(found) == expected


def _coverage(rig: Rig, pulls: list[dict[str, Any]], office: int, day: dt.date) -> dict[str, Any]:
    start, end = _bounds(rig, day)
    near = [p for p in pulls if p["office_id"] == office and p["first_page_at"] and _is_near_end(rig, p, end)]
    carried = end - dt.timedelta(days=rig.settings.carry_forward_max_days)
    status = "missing"
    closing_pull = _closing_pull(rig, pulls, office, day)
    if closing_pull:
        status = "observed"
    elif any(
        p["status"] == "complete"
        and (p["office_id"] == office or p["kind"] == "updated")
        and p["last_page_at"] <= end
        and p["first_page_at"] > carried
        for p in pulls
    ):
        status = "carried_forward"
    updates = [p for p in pulls if p["kind"] == "updated" and p["status"] == "complete"]
    bounds = {"day_start": start, "day_end": end, "tolerance_end": end + rig.settings.snapshot_tolerance}
    hours = 0
    while start < end:
        until = start + dt.timedelta(hours=1)
        hours += any(p["since"] <= start and p["first_page_at"] >= until for p in updates)
        start = until
    return {
        "business_date": day,
        "office_id": office,
        "status": status,
        "pulls": len(near),
        "incomplete_pulls": sum(p["status"] == "incomplete" for p in near),
        "hours_covered": hours,
        "closing_pull_id": closing_pull and closing_pull["pull_id"],
        **bounds,
    }


def _closing_pull(rig: Rig, pulls: list[dict[str, Any]], office: int, day: dt.date) -> dict[str, Any] | None:
    _, end = _bounds(rig, day)
    mine = [p for p in pulls if p["office_id"] == office and p["status"] == "complete" and _is_near_end(rig, p, end)]
    return min(mine, key=lambda pull: (pull["first_page_at"], pull["pull_id"]), default=None)


def _is_near_end(rig: Rig, pull: dict[str, Any], end: dt.datetime) -> bool:
    return bool(end <= pull["first_page_at"] <= end + rig.settings.snapshot_tolerance)


def _bounds(rig: Rig, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Start and end of a business day, in UTC."""
    zone = rig.settings.zone()
    start, end = (dt.datetime.combine(d, dt.time(), zone) for d in (day, day + dt.timedelta(days=1)))
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)
