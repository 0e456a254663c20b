"""Output of the commands: one line a step, with the seconds it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_CONSOLE = Console()


class Stop(Exception):  # noqa: N818 - it is not an error of the program: it says in one line why it cannot go on
    """The command cannot go on; the text is the one clear line (with what to do) that the person gets to read."""


def say(line: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Show that ``label`` is being worked on (on a terminal), and then how long it took."""
    started, end = time.monotonic(), "stopped after "
    try:
        with _CONSOLE.status(f"{label} ..."):
            yield
        end = ""
    finally:
        say(f"  {label} ({end}{time.monotonic() - started:.0f} s)")
