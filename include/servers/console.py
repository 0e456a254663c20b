"""Output of the commands: one line a step, with the seconds it takes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(Exception):  # noqa: N818 - it is not an error of the program: it says in one line why it cannot go on
    """The command cannot go on; the text is the one clear line (with what to do) that the person gets to read."""


def say(line: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Show that ``label`` is being worked on, and how long it took."""
    started = time.monotonic()
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(label, started, done), daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    try:
        yield
    except BaseException:
        _finish(done, ticker)
        say(f"  {label} - stopped after {_seconds(started)}")
        raise
    _finish(done, ticker)
    say(f"  {label} ({_seconds(started)})")


def _tick(label: str, started: float, done: threading.Event) -> None:
    while not done.wait(0.5):
        print(f"\r  {label} ... {_seconds(started)}", end="", flush=True)


def _finish(done: threading.Event, ticker: threading.Thread) -> None:
    done.set()
    if ticker.ident is not None:
        ticker.join()
        print("\r\033[K", end="")


def _seconds(started: float) -> str:
    return f"{time.monotonic() - started:.0f} s"
