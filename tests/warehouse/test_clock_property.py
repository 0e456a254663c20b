"""Servers behind one address whose clocks differ: the warehouse is the one that a single clock gives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from clock_life import FIRST_DAY, NO_CLOCK, SETTINGS, WORLD, live, timeless
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_rebuild import DERIVED, everything

from rig import Rig
from servers.postgres import Server
from simulator import SimulatorServer

TEMPLATE = "warehouse_template"
numbers = itertools.count(1)
allowed = st.integers(-600, 600)


def lived(postgres: Server, monkeypatch: pytest.MonkeyPatch, clocks: list[int]) -> Iterator[Rig]:
    """A warehouse of its own that has lived beside servers with these clocks."""
    name = f"clocks_{next(numbers)}"
    dsn = postgres.create_database(name, TEMPLATE)
    with SimulatorServer(**WORLD, server_clocks=clocks) as simulator:
        rig = Rig(simulator, dsn, SETTINGS, monkeypatch)
        live(rig)
        yield rig
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def of_one_clock(postgres: Server) -> dict[str, list[object]]:
    """Return the rows of a warehouse whose servers have one clock."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        (found,) = [timeless(rig) for rig in lived(postgres, monkeypatch, [])]
    return found


@settings(max_examples=5)
@example(clocks=[0, -1])
@example(clocks=[-600, 600])
@given(clocks=st.lists(allowed, min_size=2, max_size=3))
def test_any_clocks_give_what_one_clock_gives_and_a_rebuild_changes_nothing(
    postgres: Server, of_one_clock: dict[str, list[object]], clocks: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for rig in lived(postgres, monkeypatch, clocks):
            found = timeless(rig)
            for table in NO_CLOCK:
                assert found[table] == of_one_clock[table], table
            assert rig.value("SELECT sum(rows_out_of_time) FROM ops.publication_check") == 0
            before = everything(rig)
            rig.rebuild(FIRST_DAY)
            after = everything(rig)
            for table in DERIVED:
                assert after[table] == before[table], table


def test_the_life_has_what_it_is_about(of_one_clock: dict[str, list[object]]) -> None:
    changes = [row for row in of_one_clock["inventory.stock_change"] if isinstance(row, dict)]
    assert {"absent", "changed", "first_seen"} <= {row["reason"] for row in changes}
    assert {"office", "updated"} <= {row["source"] for row in changes}
    days = [row for row in of_one_clock["inventory.daily_stock"] if isinstance(row, dict)]
    assert {row["basis"] for row in days} == {"observed", "carried_forward"}
    assert len(of_one_clock["inventory.package_state"]) > len({
        row["package_id"] for row in of_one_clock["inventory.package_state"] if isinstance(row, dict)
    })  # fmt: skip
