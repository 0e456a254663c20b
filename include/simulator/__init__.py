"""A simulator of the IndicaOnline inventory API, with random events and a complete history as ground truth.

    with SimulatorServer(seed=1, offices=3, products=50) as simulator:
        ...  # simulator.url, simulator.key, simulator.world, simulator.faults, simulator.switches

It shares no code with the package that reads the API, so that an error in one cannot hide an error in the other.
"""

from __future__ import annotations

from .clock import Clock
from .faults import Faults
from .habits import Shop
from .packages import PackageMoment, PackageState
from .server import SimulatorServer
from .stock import Change
from .switches import Switches
from .truth import Truth
from .world import World

__all__ = [
    "Change",
    "Clock",
    "Faults",
    "PackageMoment",
    "PackageState",
    "Shop",
    "SimulatorServer",
    "Switches",
    "Truth",
    "World",
]
