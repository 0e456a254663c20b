"""The settings that the demo chooses at its first start, and its tables of text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo.settings import kept_settings, zone_just_after_midnight
from demo.tables import text_table


@pytest.mark.parametrize("hour", range(24))
def test_the_business_day_has_just_ended_at_any_hour(hour: int) -> None:
    now = dt.datetime(2026, 3, 8, hour, 59, tzinfo=dt.UTC)
    assert now.astimezone(ZoneInfo(zone_just_after_midnight(now))).hour == 1


def test_choices_are_kept(tmp_path: Path) -> None:
    now = dt.datetime(2026, 3, 8, 12, tzinfo=dt.UTC)
    chosen = kept_settings(tmp_path / "settings.json", now)
    assert kept_settings(tmp_path / "settings.json", now + dt.timedelta(hours=5)) == chosen


def test_a_table_has_columns_as_wide_as_their_values() -> None:
    assert text_table(["name", "quantity"], [("a", Decimal("1.50")), ("bcdef", None)]).splitlines() == [
        "  name   quantity",
        "  -----  --------",
        "  a          1.50",
        "  bcdef",
    ]
