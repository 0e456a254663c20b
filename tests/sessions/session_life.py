"""A short life of a simulated account, and what analysts then read: hashes of all marts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest

from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from mart_hashes import mart_hashes
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig
from simulator import SimulatorServer

FIRST_DAY = dt.date(2025, 2, 28)


class LifeRig(Rig):
    """A rig whose connections are opened by a function of the test."""

    opens: Connect | None = None

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection to the warehouse."""
        return self.opens() if self.opens else super().connect()


def live(monkeypatch: pytest.MonkeyPatch, dsn: str, connect: Connect | None = None) -> dict[str, str]:
    """Let two offices live for a day in a warehouse, rebuild it, and return the hash of each mart."""
    with SimulatorServer(seed=31, offices=2, products=12, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES) as simulator:
        simulator.world.products[min(simulator.world.products)].name = "Crème brûlée 麻"
        rig = LifeRig(simulator, dsn, Settings(), monkeypatch)
        rig.opens = connect
        rig.step(minutes=10)
        rig.reference()
        rig.snapshot(rig.day_start(FIRST_DAY))
        rig.packages()
        rig.step(hours=6)
        rig.updates(rig.hour())
        rig.step(hours=17, minutes=55)
        rig.packages()
        rig.snapshot(rig.day_start(FIRST_DAY + dt.timedelta(days=1)))
        rig.rebuild(FIRST_DAY)
        with warehouse(rig.connect, rig.settings) as connection:
            return mart_hashes(connection)
