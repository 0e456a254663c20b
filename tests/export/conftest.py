"""A warehouse that lived across the end of a month, and copies of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from export_world import START, Run, live

from indicaonline.hooks.export_folder import ExportFolder
from indicaonline.jobs.export import export
from indicaonline.settings import Settings
from rig import Rig
from servers.postgres import Server
from simulator import SimulatorServer

LIVED, TEMPLATE = "exported", "warehouse_template"


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder to which the account's warehouse was exported each day. Never write to it."""
    return tmp_path_factory.mktemp("followed")


@pytest.fixture(scope="session")
def account(postgres: Server, followed: Path) -> Iterator[SimulatorServer]:
    """An account whose warehouse is the template of these tests."""
    dsn = postgres.create_database(LIVED, TEMPLATE)
    world = {"seed": 71, "offices": 2, "products": 8, "life": 20.0, "packages_per_product": 3, "start": START}
    folder = ExportFolder(str(followed))
    with SimulatorServer(**world) as simulator:
        # Its clock is that of the process, and ends before other tests.
        with pytest.MonkeyPatch.context() as monkeypatch:
            live(Rig(simulator, dsn, Settings(), monkeypatch), lambda rig: export(rig.connect, rig.settings, folder))
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
