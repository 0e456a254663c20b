"""``make psql``: asks the warehouse of the demo that runs, as an analyst would."""

from __future__ import annotations

import os
import sys

from demo.folder import analyst_login
from servers.console import Stop, say
from servers.postgres import DEFAULT_VERSION, program


def main() -> int:
    """Become psql; returns the exit code only where that cannot be."""
    try:
        login = analyst_login()
        # By the environment (PGPASSWORD), because any process can list arguments.
        environment = {**os.environ, **{f"PG{name.upper()}": value for name, value in login.items()}}
        arguments = ["psql", login["dbname"], *sys.argv[1:]]
        os.execve(program(DEFAULT_VERSION, "psql"), arguments, environment)  # noqa: S606 - our own program
    except Stop as reason:
        say(str(reason))
    return 1


if __name__ == "__main__":
    sys.exit(main())
