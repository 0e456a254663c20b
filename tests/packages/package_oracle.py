"""Compares what the warehouse says of packages with the simulator's ground truth, and allows no difference."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any

from rig import Rig

Row = dict[str, Any]
ATTRIBUTES = ("vendor", "batch_id", "uid", "source_uid", "harvest_production_date", "packaged_date", "check_in_date",
              "best_by")  # fmt: skip


def assert_packages_true_to_life(rig: Rig) -> None:
    """Compare every state of a package, at every instant of a fetch, with the simulator."""
    states = _by_package(
        rig,
        "SELECT v.*, s.*, s.attributes_from IS NULL AS is_gone, v.available FROM inventory.package_state AS s"
        " LEFT JOIN inventory.package_version AS v ON s.package_id = v.package_id AND s.valid_from = v.valid_from"
        " ORDER BY s.package_id, s.valid_from",
    )
    results = _by_package(rig, "SELECT * FROM mart.lab_result ORDER BY package_id, analyte_id, valid_from")
    fetches = _by_package(
        rig,
        "SELECT p.package_id, s.observed_at FROM inventory.package_presence AS s"
        " CROSS JOIN LATERAL unnest(s.package_ids) AS p (package_id) ORDER BY 1, 2",
    )
    assert states.keys() == fetches.keys()
    for package_id, seen in fetches.items():
        _assert_no_gaps(states[package_id])
        for fetch in seen:
            at = fetch["observed_at"]
            (state,) = [row for row in states[package_id] if holds(row, at)]
            held = [row for row in results[package_id] if holds(row, at)]
            assert state["valid_from"] <= at <= state["observed_at"] or state["valid_to"] is not None
            _assert_state(rig, package_id, at, state, held)
        assert states[package_id][-1]["observed_at"] == seen[-1]["observed_at"]
        starts = {row["valid_from"] for row in (*states[package_id], *results[package_id])}
        ends = {row["valid_to"] for row in results[package_id]} - {None}
        assert starts | ends <= {fetch["observed_at"] for fetch in seen}, (
            "a state begins or ends at a time without a fetch"
        )


def assert_versions_are_the_history(rig: Rig) -> None:
    """``mart.package_history`` is every state but that of packages that are gone, and each differs from the last."""
    rows = rig.query("SELECT * FROM mart.package_history ORDER BY package_id, valid_from")
    kept = "SELECT count(*) FROM inventory.package_state WHERE attributes_from IS NOT NULL"
    assert len(rows) == rig.value(kept)
    times = {"valid_from", "valid_to", "is_current", "observed_at"}
    for before, after in pairwise(rows):
        if before["package_id"] == after["package_id"] and before["valid_to"] == after["valid_from"]:
            changed = {name for name in before.keys() - times if before[name] != after[name]}
            assert changed, after
    assert all(row["is_current"] == (row["valid_to"] is None) for row in rows)


def assert_lab_events_are_true(rig: Rig) -> None:
    """Each version of a lab result says what it is against the one before it."""
    series: dict[tuple[int, int, int], Row] = {}
    for row in rig.query("SELECT * FROM mart.lab_result ORDER BY package_id, analyte_id, measurement_code, valid_from"):
        key = (row["package_id"], row["analyte_id"], row["measurement_code"])
        before = series.get(key)
        assert row["event"] == _event(before, row), row
        series[key] = row


def assert_lifecycles_are_true(rig: Rig) -> None:
    """Return when a package was first and last seen and when it was used up, and its rest."""
    gone_is_empty = rig.simulator.switches.emptied_package == "missing"
    rows = rig.query("SELECT * FROM mart.package_lifecycle")
    assert len(rows) == len({row["package_id"] for row in rows})
    for row in rows:
        package_id = row["package_id"]
        seen = truth(rig, package_id, row["last_seen_at"])
        assert (row["product_id"], row["vendor"], row["uid"]) == (seen.product_id, seen.origin.vendor, seen.origin.uid)
        assert row["checked_in_quantity"] == seen.checked_in_quantity
        assert row["first_seen_at"] <= row["last_seen_at"]
        assert truth(rig, package_id, row["first_seen_at"]) is not None
        if row["remaining_quantity"] is not None:
            assert row["remaining_quantity"] == seen.available
        if row["depleted_at"] is None:
            assert seen.available > 0
            continue
        assert truth(rig, package_id, row["depleted_at"]).available <= 0
        if row["last_in_stock_at"] is not None:
            assert row["last_in_stock_at"] < row["depleted_at"]
            assert truth(rig, package_id, row["last_in_stock_at"]).available > 0
        assert seen.available <= 0 or gone_is_empty


def holds(row: Row, at: dt.datetime) -> bool:
    """Return True if a version is valid at an instant."""
    return bool(row["valid_from"] <= at and (row["valid_to"] is None or at < row["valid_to"]))


def truth(rig: Rig, package_id: int, at: dt.datetime) -> Any:
    """Return the true state of a package at an instant."""
    return rig.simulator.world.truth.package(package_id, at)


def _assert_state(rig: Rig, package_id: int, at: dt.datetime, state: Row, results: list[Row]) -> None:
    life = truth(rig, package_id, at)
    if state["is_gone"]:
        assert life.available <= 0, "only a package that is used up may be gone"
        assert not results
        return
    assert {name: state[name] for name in ATTRIBUTES} == {name: getattr(life.origin, name) for name in ATTRIBUTES}
    assert state["product_id"] == life.product_id
    assert state["tested_date"] == life.tested_date
    assert state["checked_in_to"] == life.checked_in_to
    assert state["available_in_office"] == sorted(office for office, held in life.holdings.items() if held > 0)
    assert state["measurement"] == life.measurement
    _assert_quantities(rig, state, life)
    stored = {row["analyte_id"]: (row["potency"], row["measurement_code"]) for row in results}
    assert len(stored) == len(results)
    switches = rig.simulator.switches
    code = switches.lab_milligrams if life.in_milligrams else switches.lab_measurement
    assert stored == {result.id: (result.potency, code) for result in life.lab_results}
    for row in results:
        of_package = (state["tested_date"], state["uid"], state["vendor"], state["batch_id"], state["product_id"])
        assert (row["tested_date"], row["uid"], row["vendor"], row["batch_id"], row["product_id"]) == of_package


def _assert_quantities(rig: Rig, state: Row, life: Any) -> None:
    keys = rig.simulator.switches.quantity_keys
    unit = "gram" if life.measurement.startswith("weight") else "unit"
    for name, value in (("checked_in", life.checked_in_quantity), ("available", life.available)):
        stored = (state[f"{name}_quantity"], state[f"{name}_unit"])
        if keys == "by_unit":
            assert stored == (value, unit)
            assert {key: Decimal(str(number)) for key, number in state[name].items()} == {unit: value}
        elif keys == "null":
            assert stored == (None, "unit")
            assert state[name] == {"unit": None}
        else:
            assert stored == (None, None)
            assert Decimal(str(state[name][unit])) == value


def _assert_no_gaps(rows: list[Row]) -> None:
    for before, after in pairwise(rows):
        assert before["valid_to"] == after["valid_from"], (before, after)
        assert before["observed_at"] < after["valid_from"]
    assert rows[-1]["valid_to"] is None


def _event(before: Row | None, row: Row) -> str:
    if before is None:
        return "first_seen"
    if before["valid_to"] != row["valid_from"]:
        return "returned"
    if row["potency"] is None and before["potency"] is not None:
        return "disappeared"
    if row["tested_date"] != before["tested_date"]:
        return "retested"
    return "corrected" if row["potency"] != before["potency"] else "relabelled"


def _by_package(rig: Rig, query: str) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in rig.query(query):
        rows[row["package_id"]].append(row)
    return rows
