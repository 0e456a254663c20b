"""Ends the processes of a killed demo, as part of ``make clean``; reports a demo that still runs."""

from __future__ import annotations

import sys

from demo.folder import FOLDER, only_one
from servers import postgres
from servers.console import Stop, say
from servers.processes import Processes


def main() -> int:
    """Stop the processes and PostgreSQL; returns the exit code."""
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
