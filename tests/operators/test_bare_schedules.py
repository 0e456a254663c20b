"""Runs whose data interval has no length, as of a bare cron string: another schedule must not stop the pulls."""

from __future__ import annotations

import datetime as dt

import pytest

from indicaonline.jobs.business_day import DayPlan, plan_day
from indicaonline.settings import NOW, Settings

# An hour after midnight in Los Angeles, on a day after the clock changed.
AT = dt.datetime(2026, 3, 9, 8, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (AT + dt.timedelta(minutes=5), DayPlan(dt.date(2026, 3, 8), pulls_present=True)),
        (AT + dt.timedelta(days=30), DayPlan(dt.date(2026, 3, 8), pulls_present=False)),
    ],
)
def test_such_a_run_is_about_the_day_that_had_ended(
    now: dt.datetime, expected: DayPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NOW, now.isoformat())
    assert plan_day(AT, AT, Settings(), None, AT) == expected
    # With an interval of a day, it is the day of the interval.
    assert plan_day(AT, AT, Settings(), None, AT + dt.timedelta(days=1)).business_day == dt.date(2026, 3, 9)
