"""The steps of the demo's history, and that an interrupted one goes on where it stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo import history
from demo.history import Past, make_history
from demo.settings import kept_settings
from indicaonline.settings import Settings
from rig import Rig

NOW = dt.datetime(2026, 3, 8, 21, 40, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """The past of a demo that first starts at an instant."""
    return Past.of(kept_settings(tmp_path / "settings.json", NOW))


def test_the_past_ends_at_the_last_business_midnight(past: Past) -> None:
    assert past.end.astimezone(ZoneInfo(past.zone)).time() == dt.time()
    assert HOUR <= NOW - past.end < 2 * HOUR
    assert all(past.start <= moment.at < past.end for moment in past.moments())


def test_every_day_is_published_once_and_one_of_them_after_its_tolerance(past: Past) -> None:
    published = [(day, moment.at - (day + DAY)) for moment in past.moments() for day in moment.days]
    assert [day for day, _ in published] == [past.start + number * DAY for number in range(-1, history.DAYS - 1)]
    tolerance = Settings().snapshot_tolerance
    delayed = [day.astimezone(ZoneInfo(past.zone)).date() for day, delay in published if delay > tolerance]
    assert delayed == [past.missed_day]


def test_an_interrupted_history_goes_on_and_comes_to_the_same(
    make_rig: Callable[..., Rig], past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "SHOWN_AT_ONCE", 5 * HOUR)
    moments = list(past.moments())[:8]
    settings = Settings(business_time_zone=past.zone)
    rig = make_rig(settings, offices=2, products=6, start=past.start)

    class World:
        """The simulated API in this process, where a server of its own is expected."""

        url = rig.simulator.url

        def freeze_at(self, instant: dt.datetime) -> None:
            rig.simulator.clock.set(instant)

    def go_on(until: int) -> None:
        monkeypatch.setattr(Past, "moments", lambda self: iter(moments[:until]))
        world: Any = World()
        make_history(past, world, rig.dsn, rig.simulator.key, tmp_path / "history.log")

    go_on(3)
    go_on(8)
    asked = len(rig.simulator.requests)
    rig.tick()
    pulls = rig.value("SELECT array_agg(DISTINCT first_page_at ORDER BY first_page_at) FROM ops.pull")
    assert pulls == [moment.at for moment in moments]
    assert rig.value("SELECT count(*) FROM ops.pull WHERE kind = 'updated'") == len(moments)
    refreshed = (
        "SELECT array_agg(DISTINCT first_page_at ORDER BY first_page_at) FROM ops.pull WHERE product_id IS NOT NULL"
    )
    assert rig.value(refreshed) == [moment.at for moment in moments if moment.days], "once a day"
    go_on(8)
    assert {entry.path.split("/")[0] for entry in rig.simulator.requests.all()[asked:]} <= {
        *("offices", "products", "brands", "categories", "lab-results")
    }, "what was seen is not asked again, but for names"
