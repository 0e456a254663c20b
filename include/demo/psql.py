"""``make psql``: starts psql on the warehouse of the running demo, as the analyst."""

from __future__ import annotations

import os
import sys

from demo.folder import analyst_login
from servers.console import Stop, say
from servers.postgres import DEFAULT_VERSION, program


def main() -> int:
    """Replace this process by psql; returns the exit code only if that fails."""
    try:
        login = analyst_login()
        # In the environment (PGPASSWORD), because a list of processes shows arguments.
        environment = {**os.environ, **{f"PG{name.upper()}": value for name, value in login.items()}}
        arguments = ["psql", login["dbname"], *sys.argv[1:]]
        os.execve(program(DEFAULT_VERSION, "psql"), arguments, environment)  # noqa: S606 - our own program
    except Stop as reason:
        say(str(reason))
    return 1


if __name__ == "__main__":
    sys.exit(main())
