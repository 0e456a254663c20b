"""``make psql``: asks the warehouse of the demo that runs, as an analyst would."""

from __future__ import annotations

import os
import sys

from local import postgres
from local.console import Stop, say
from local.demo import FOLDER
from local.keys import kept_keys
from local.ports import LOOPBACK


def main() -> int:
    """Become psql; returns the exit code only where that cannot be."""
    try:
        port = postgres.running_port(FOLDER / "postgres")
        if port is None:
            raise Stop("No demo is running: start it with `make demo`, in another terminal.")
        program = postgres.program(postgres.DEFAULT_VERSION, "psql")
        # The password goes by the environment, where no list of processes shows it.
        environment = {**os.environ, "PGPASSWORD": kept_keys(FOLDER / "keys.json").analyst_password}
        arguments = ["psql", "-h", LOOPBACK, "-p", str(port), "-U", "analyst", "indicaonline", *sys.argv[1:]]
        os.execve(program, arguments, environment)  # noqa: S606 - our own program
    except Stop as reason:
        say(str(reason))
    return 1


if __name__ == "__main__":
    sys.exit(main())
