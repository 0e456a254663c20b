"""One measured run: a process of its own, so that its CPU and peak memory are its own."""

from __future__ import annotations

import functools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    """The address of an account, its client and its offices."""

    url: str
    key: str
    dsn: str
    now: str
    in_flight: int
    offices: list[int] = field(default_factory=list)


class Stages:
    """Seconds by stage. Stages that run at the same time add up to more than the whole."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Add time to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds


def timed(stages: Stages, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, its time added to a stage."""

    @functools.wraps(function)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            stages.add(stage, time.perf_counter() - began)

    return wrapper


def run_in_process(contender: str, account: Account, *arguments: object) -> dict[str, Any]:
    """Run a contender once; returns seconds (whole and by stage), rows, CPU seconds and peak memory in MB.

    ``arguments`` are passed on to it.
    """
    # The checkout's own packages come with the environment; the clock is frozen where the simulated account's does.
    environment = os.environ | {"INDICAONLINE_NOW": account.now}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{contender}", json.dumps(account.__dict__), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(started: float, rows: int, stages: Stages, idle_mb: float) -> None:
    """Print what this process did, for :func:`run_in_process`."""
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "rows": rows,
                "stages": stages.seconds,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak_mb": usage.ru_maxrss / 1024,
                "above_idle_mb": usage.ru_maxrss / 1024 - idle_mb,
            }
        )
    )


def peak_mb() -> float:
    """The peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
