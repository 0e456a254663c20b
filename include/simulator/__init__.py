"""A simulator of the IndicaOnline inventory API, with a life of its own and a memory of all of it.

    with SimulatorServer(seed=1, offices=3, products=50) as simulator:
        ...  # simulator.url, simulator.key, simulator.world, simulator.faults, simulator.switches

It shares no code with the package that reads the API, so that neither can hide the other's mistakes.
"""

from __future__ import annotations

from .clock import Clock
from .faults import Faults
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
    "SimulatorServer",
    "Switches",
    "Truth",
    "World",
]
