"""Ends what a demo that was killed has left running; says so if one is still in use. Part of ``make clean``."""

from __future__ import annotations

import sys

from demo.folder import FOLDER, only_one
from servers import postgres
from servers.console import Stop, say
from servers.processes import Processes


def main() -> int:
    """Stop it all; returns the exit code."""
    try:
        with only_one(), Processes(FOLDER):
            if postgres.running_port(FOLDER / "postgres") is not None:
                postgres.start(FOLDER / "postgres").stop()
    except Stop as reason:
        say(str(reason))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
