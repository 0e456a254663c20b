"""A warehouse that lived across the end of a month, and copies of it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indicaonline.errors import HeldBackError, IndicaOnlineError
from indicaonline.hooks.export_folder import ExportFolder
from indicaonline.jobs.export import ExportResult, export
from indicaonline.settings import Settings
from rig import Rig
from servers.postgres import Server
from simulator import SimulatorServer

LIVED, TEMPLATE = "exported", "warehouse_template"
START = "2025-02-27T08:00:00+00:00"
FIRST_DAY = dt.date(2025, 2, 26)
Run = Callable[[Path], ExportResult]


@pytest.fixture(scope="session")
def account(postgres: Server) -> Iterator[SimulatorServer]:
    """An account whose warehouse is the template of these tests."""
    dsn = postgres.create_database(LIVED, TEMPLATE)
    world = {"seed": 71, "offices": 2, "products": 8, "life": 20.0, "packages_per_product": 3, "start": START}
    with SimulatorServer(**world) as simulator, pytest.MonkeyPatch.context() as monkeypatch:
        live(Rig(simulator, dsn, Settings(), monkeypatch))
        yield simulator
    postgres.drop_database(LIVED)


@pytest.fixture
def rig(account: SimulatorServer, new_warehouse: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A warehouse of its own, with all that the account has lived through. Let no time of the account pass."""
    return Rig(account, new_warehouse(LIVED), Settings(), monkeypatch)


@pytest.fixture
def run(rig: Rig) -> Run:
    """Exports to a folder."""
    return lambda folder: export(rig.connect, rig.settings, ExportFolder(str(folder)))


def live(rig: Rig) -> None:
    """Four days, up to noon of 3 March in Los Angeles. The pull that closes the last day of an office is held back."""
    rig.step(minutes=5)
    rig.reference()
    for passed in range(5):
        if passed == 4:
            rig.simulator.faults.add("empty", path=f"office/{rig.offices[0]}")
        with contextlib.suppress(HeldBackError):
            rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=passed)))
        rig.simulator.faults.clear()
        for _ in range(4 if passed < 4 else 2):
            rig.simulator.faults.add("malformed", variant="text_quantity", probability=0.5, count=1)
            rig.step(hours=6)
            with contextlib.suppress(IndicaOnlineError):
                rig.updates(rig.hour())
            rig.simulator.faults.clear()
            rig.packages()
