"""A month of life with a DST change under any schedule of runs and faults: the warehouse has only the truth.

`make test` tries a dozen schedules; HYPOTHESIS_PROFILE=thorough (`make nightly`) tries hundreds.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicaonline.errors import IndicaOnlineError
from indicaonline.jobs.held_pulls import accept_pull
from indicaonline.settings import Settings
from indicaonline.warehouse import load, publish
from indicaonline.warehouse.connection import warehouse
from oracle import assert_coverage_is_true, assert_true_to_life
from rig import Rig
from servers.postgres import Server
from simulator import SimulatorServer

START = "2025-02-24T08:00:00+00:00"  # midnight in Los Angeles; the clocks change on the 9th of March
DAYS = 30
TEMPLATE = "warehouse_template"
STATEMENTS = ("observe_listed", "insert_stock_changes", "upsert_stock", "insert_presence", "upsert_publication")
SUICIDE = "DO $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END; $$"
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "page_moves", "move": "delete", "probability": 0.7},
    {"kind": "page_moves", "move": "insert", "probability": 0.7},
    {"kind": "page_moves", "move": "reorder", "probability": 0.7},
    {"kind": "world_moves", "probability": 0.3, "count": 2},
    {"kind": "status", "status": 503, "probability": 0.6},
    {"kind": "rate_limited", "retry_after": "date", "probability": 0.3},
    {"kind": "truncated", "probability": 0.3},
    {"kind": "garbage", "probability": 0.3},
    {"kind": "malformed", "variant": "null_quantity", "probability": 0.5},
    {"kind": "malformed", "variant": "no_product_id", "probability": 0.5},
    {"kind": "empty", "probability": 0.4},
)
Action = tuple[str, int]

actions = st.tuples(
    st.sampled_from(
        ["snapshot"] * 6
        + ["updates"] * 6
        + ["past days", "past hours", "by hand", "kill", "at once", "rebuild", "skew", "product"]
        + ["empty office", "accept", "fault"] * 2
    ),
    st.integers(0, 10_000),
)
switches = st.fixed_dictionaries(
    {
        "updated_lists_zero": st.booleans(),
        "updated_inclusive": st.booleans(),
        "office_lists_zero": st.booleans(),
        "order": st.sampled_from(["id", "recent"]),
    }
)
_numbers = itertools.count(1)


class Schedule:
    """Carries out actions, one after the other, while simulated time passes."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.first_day = rig.tick().date()

    def do(self, action: Action) -> None:
        """One action; what it may fail with is part of life."""
        name, number = action
        chance = random.Random(number)
        self.rig.step(minutes=chance.choice([7, 50, 65, 300, 1441]))
        with contextlib.suppress(IndicaOnlineError, psycopg.OperationalError):
            getattr(self, name.replace(" ", "_"))(chance)
        self.rig.simulator.faults.clear()

    def snapshot(self, chance: random.Random) -> None:
        """A run for the business day that ended last; at times just after its end, at times after the tolerance."""
        del chance
        self.rig.snapshot(self.rig.day_start(self._yesterday()))

    def updates(self, chance: random.Random) -> None:
        """A run for one of the last hours."""
        self.rig.updates(self.rig.hour(chance.choice([0, 0, 0, 1, 5])))

    def past_days(self, chance: random.Random) -> None:
        """A backfill over days, also before first seen and of one that has not ended, in any order."""
        days = [self._yesterday() - dt.timedelta(days=ago) for ago in range(-1, 6)]
        for day in chance.sample(days, 4):
            self.rig.snapshot(self.rig.day_start(day))

    def past_hours(self, chance: random.Random) -> None:
        """A backfill over hours, in any order."""
        for ago in chance.sample(range(-1, 40), 4):
            self.rig.updates(self.rig.hour(ago))

    def by_hand(self, chance: random.Random) -> None:
        """Triggers with the logical date of now, and without one."""
        now = self.rig.tick()
        if chance.random() < 0.5:
            self.rig.snapshot(self.rig.day_start(self._yesterday()), now)
            self.rig.updates(self.rig.hour(), now)
        else:
            self.rig.snapshot(None)
            self.rig.updates(None)

    def kill(self, chance: random.Random) -> None:
        """The server ends the session of a run in the middle of it."""
        statement, read_sql = chance.choice(STATEMENTS), load.read_sql
        with pytest.MonkeyPatch.context() as patch:
            for module in (load, publish):
                patch.setattr(module, "read_sql", lambda name: SUICIDE if name.endswith(statement) else read_sql(name))
            self._any_run(chance)()

    def at_once(self, chance: random.Random) -> None:
        """Several runs at the same time."""

        def run(what: Callable[[], object]) -> None:
            with contextlib.suppress(IndicaOnlineError, psycopg.OperationalError):
                what()

        threads = [threading.Thread(target=run, args=[self._any_run(chance)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def rebuild(self, chance: random.Random) -> None:
        """Everything since some day, from raw."""
        self.rig.rebuild(self._yesterday() - dt.timedelta(days=chance.randrange(12)))

    def product(self, chance: random.Random) -> None:
        """One product of all offices, asked for by a person; at times one that no office has."""
        self.rig.product(chance.choice(sorted(self.rig.simulator.world.products)))

    def skew(self, chance: random.Random) -> None:
        """The clock of the API is far off for one run."""
        self.rig.simulator.switches.date_skew_seconds = chance.choice([-7200, 7200])
        try:
            self._any_run(chance)()
        finally:
            self.rig.simulator.switches.date_skew_seconds = 0

    def empty_office(self, chance: random.Random) -> None:
        """Most of an office really goes; a pull of it is held back."""
        office = chance.choice(self.rig.offices)
        for line in self.rig.simulator.world.truth.office(office)[:10]:
            self.rig.simulator.world.remove_product(office, line.product_id)
        self.rig.tick()
        self.rig.pull(office)

    def accept(self, chance: random.Random) -> None:
        """A person accepts a held-back pull that was right: one whose office really was that empty."""
        held = self.rig.query("SELECT pull_id, total FROM ops.pull WHERE status = 'held_back' AND total > 0")
        if held:
            accept_pull(self.rig.connect, self.rig.settings, chance.choice(held)["pull_id"])

    def fault(self, chance: random.Random) -> None:
        """A run under a fault or two, and its retry."""
        for fault in chance.sample(FAULTS, 2):
            self.rig.simulator.faults.add(**fault)
        run = self._any_run(chance)
        with contextlib.suppress(IndicaOnlineError):
            run()
        run()

    def _any_run(self, chance: random.Random) -> Callable[[], object]:
        day, hour = self.rig.day_start(self._yesterday()), self.rig.hour(chance.choice([0, 0, 3]))
        product = chance.choice(sorted(self.rig.simulator.world.products))
        return chance.choice(
            [lambda: self.rig.snapshot(day), lambda: self.rig.updates(hour), lambda: self.rig.product(product)]
        )

    def _yesterday(self) -> dt.date:
        local = self.rig.tick().astimezone(self.rig.settings.zone())
        return local.date() - dt.timedelta(days=1)


@contextlib.contextmanager
def a_rig(postgres: Server, seed: int, switched: dict[str, Any]) -> Iterator[Rig]:
    """A fresh account beside a fresh warehouse."""
    name = f"schedule_{next(_numbers)}"
    dsn = postgres.create_database(name, TEMPLATE)
    world = {"seed": seed, "offices": 2, "products": 14, "life": 2.0, "start": START}
    try:
        with pytest.MonkeyPatch.context() as patch, SimulatorServer(**world, **switched) as simulator:
            # The offices are small: with the default share, no complete pull would have anything in quarantine.
            rig = Rig(simulator, dsn, Settings(unusable_share=0.5), patch)
            rig.connection_fields |= {"page_size": 5, "retry_seconds": 1.0}
            yield rig
    finally:
        postgres.drop_database(name)


def everything(rig: Rig) -> dict[str, list[str]]:
    """Every derived row, as text; of the ledger of publications, all but when they were made."""
    tables = {
        "inventory.stock_change": "t::text",
        "inventory.package_change": "t::text",
        "inventory.stock": "t::text",
        "inventory.page_presence": "t::text",
        "inventory.daily_stock": "t::text",
        "ops.publication": "(snapshot_date, office_id, basis, pull_id, day_end, depends_until, row_count)::text",
    }
    return {
        table: [row["line"] for row in rig.query(f"SELECT {line} AS line FROM {table} AS t ORDER BY 1")]
        for table, line in tables.items()
    }


@settings(max_examples=12 if settings().max_examples < 200 else 200)
@given(
    seed=st.integers(0, 10_000),
    switched=switches,
    plan=st.lists(actions, min_size=15, max_size=40),
    data=st.data(),
)
def test_any_schedule_stores_only_the_truth(
    postgres: Server, seed: int, switched: dict[str, Any], plan: list[Action], data: st.DataObject
) -> None:
    with a_rig(postgres, seed, switched) as rig:
        schedule = Schedule(rig)
        schedule.rig.step(minutes=5)
        for office in rig.offices:
            rig.pull(office)
        for action in plan:
            schedule.do(action)
        assert_true_to_life(rig)
        assert_coverage_is_true(rig)

        # Publishing every day again, in any order and repeatedly, gives the same; so does deriving all of it again.
        days = [schedule.first_day + dt.timedelta(days=passed) for passed in range(-2, DAYS)]
        ended = [day for day in days if rig.day_start(day + dt.timedelta(days=1)) <= rig.tick()]
        results = []
        for _ in range(2):
            with warehouse(rig.connect, rig.settings) as connection:
                for day in data.draw(st.permutations(ended)):
                    for office in rig.offices:
                        publish.publish_day(connection, office, day)
            results.append(everything(rig))
        rig.rebuild(schedule.first_day - dt.timedelta(days=3))
        results.append(everything(rig))
        for again in results[1:]:
            for table, rows in again.items():
                assert rows == results[0][table], table
        assert_true_to_life(rig)
        assert_coverage_is_true(rig)
