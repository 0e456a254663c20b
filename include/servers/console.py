"""Output of the commands: one line for each step, with its duration."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_CONSOLE = Console()


class Stop(Exception):  # noqa: N818 - not an error of the program, but the reason why it cannot continue
    """The reason why a command cannot continue: one line for the user that includes the remedy."""


def say(line: str = "") -> None:
    """Print a line without buffering, also to a pipe."""
    print(line, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Show the step on a terminal while it runs, then print its duration."""
    started, end = time.monotonic(), "stopped after "
    try:
        with _CONSOLE.status(f"{label} ..."):
            yield
        end = ""
    finally:
        say(f"  {label} ({end}{time.monotonic() - started:.0f} s)")
