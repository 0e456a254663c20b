"""Some days of an account whose servers may have clocks of their own, and what of its warehouse no clock decides."""

from __future__ import annotations

import datetime as dt

import pytest

from indicaonline.errors import HeldBackError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.settings import Settings
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

FIRST_DAY = dt.date(2025, 2, 28)
WORLD = {"seed": 61, "offices": 2, "products": 14, "packages_per_product": 7, "life": 6.0,
         "start": MIDNIGHT_IN_LOS_ANGELES}  # fmt: skip
SETTINGS = Settings(hold_back_share=0.2, unusable_share=0.5)  # an office is small here: one bad item is an eighth

# Each table with the order of its rows, and the columns that are times or follow from the order of requests.
NO_CLOCK = {
    "inventory.stock": ("office_id, product_id", "changed_at, zero_since"),
    "inventory.stock_change": ("office_id, product_id, observed_at", "observed_at, pull_id, zero_since"),
    "inventory.package_change": ("office_id, product_id, package_id, observed_at", "observed_at"),
    "inventory.daily_stock": ("snapshot_date, office_id, product_id", "observed_at"),
    "inventory.daily_movement": ("business_date, office_id, product_id, measurement", ""),
    "inventory.package_state": ("package_id, valid_from", "valid_from, valid_to, observed_at, attributes_from"),
    "inventory.package_attributes": ("package_id, valid_from", "valid_from"),
    "inventory.lab_panel": ("package_id, valid_from", "valid_from, valid_to, attributes_from"),
    "ops.publication": ("snapshot_date, office_id", "depends_until, published_at, pull_id"),
    # How far an hourly pull reaches back follows from the watermark, and which pull closes a day from its first page.
    "mart.coverage": ("business_date, office_id", "hours_covered, closing_pull_id"),
}


def live(rig: Rig) -> None:
    """Three midnights, pulls of several pages: changes, absences, quarantine, packages, and an accepted pull."""
    rig.connection_fields["page_size"] = 5
    office = rig.offices[0]
    rig.step(minutes=20)  # after midnight by every clock that is allowed
    rig.reference()
    _midnight(rig, 0)
    rig.step(hours=9)
    rig.updates(rig.hour())
    held = _hold_back(rig, office)
    rig.step(hours=2)
    rig.updates(rig.hour())
    accept_pull(rig.connect, rig.settings, held)
    rig.roll_up()
    rig.packages()
    rig.step(hours=13)
    rig.simulator.faults.add("malformed", variant="text_quantity", path=rf"office/{office}\?.*offset=5", count=1)
    _midnight(rig, 1)
    rig.simulator.faults.clear()
    rig.step(hours=24)
    _midnight(rig, 2)


def timeless(rig: Rig) -> dict[str, list[object]]:
    """Return the rows of the warehouse without the times and numbers of pulls."""
    return {
        table: [
            row["line"]
            for row in rig.query(
                f"SELECT to_jsonb(t) - '{{{hidden}}}'::text[] AS line FROM {table} AS t ORDER BY {key}"
            )
        ]
        for table, (key, hidden) in NO_CLOCK.items()
    }


def _midnight(rig: Rig, passed: int) -> None:
    day = FIRST_DAY + dt.timedelta(days=passed)
    assert {result.publication.basis for result in rig.snapshot(rig.day_start(day)) if result.publication} == {
        "observed"
    }
    rig.packages()


def _hold_back(rig: Rig, office: int) -> int:
    listed = [line.product_id for line in rig.simulator.world.truth.office(office) if line.quantity]
    for product in listed[::3]:
        rig.simulator.world.remove_product(office, product)
    rig.step(hours=1)
    with pytest.raises(HeldBackError):
        rig.pull(office)
    held = rig.value("SELECT max(pull_id) FROM ops.pull WHERE status = 'held_back'")
    assert isinstance(held, int)
    return held
