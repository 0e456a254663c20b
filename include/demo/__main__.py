"""``make demo``: a complete installation on this machine, whose scheduler fills a warehouse."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time

from demo.folder import FOLDER, only_one
from demo.history import Past, leave_one_held_back, make_history
from demo.play import play_through, world_of
from demo.settings import kept_settings
from demo.story import Places, show
from servers import postgres
from servers.airflow import USER
from servers.console import Stop, say
from servers.ports import chosen_port
from servers.processes import Processes
from servers.stack import Ports, Stack, analyst_dsn, running_stack


def main() -> int:
    """Run the demo; returns the exit code."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        with only_one(), Processes(FOLDER) as processes:
            play(processes)
    except Stop as reason:
        say(f"\n{reason}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. The data stays in .demo: `make demo` continues from there, `make clean` removes it.")
    return 0


def play(processes: Processes) -> None:
    """Start the servers, create the history, run the DAGs, show the result, and keep running."""
    begun = dt.datetime.now(dt.UTC)
    say("IndicaOnline inventory history: the demo. Ctrl-C stops all of it.")
    _say_ignored()
    kept = kept_settings(FOLDER / "settings.json", begun)
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": kept.business_time_zone}
    past = Past.of(kept)

    log = FOLDER / "logs" / "history.log"

    def live_until_now(stack: Stack) -> None:
        make_history(past, stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, log)
        stack.simulation.live_up_to(dt.datetime.now(dt.UTC))

    with running_stack(FOLDER, choose_ports(), settings, world_of(past), processes, live_until_now) as stack:
        play_through(stack.airflow.rest, processes, stack.warehouse_dsn, begun, str(FOLDER / "logs" / "tasks"))
        leave_one_held_back(past, stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, log)
        show(stack.warehouse_dsn, past, _places(stack))
        if os.environ.get("DEMO_EXIT", "") not in ("", "0"):
            say("Verified: the history is complete, and the runs observed every office. DEMO_EXIT ends the demo.")
            return
        say("\nRunning. Ctrl-C stops all of it.")
        while True:
            processes.check()
            time.sleep(1)


def _places(stack: Stack) -> Places:
    airflow = stack.airflow
    logs = str(airflow.folder.parent / "logs")
    return Places(airflow.url, USER, airflow.keys.admin_password, analyst_dsn(stack), stack.simulation.url, logs)


def choose_ports() -> Ports:
    """Return the ports, from their variables or the defaults."""
    running = postgres.running_port(FOLDER / "postgres")  # of a demo that was killed
    return Ports(
        ui=chosen_port("DEMO_PORT", 8080, "Airflow's UI"),
        simulator=chosen_port("SIMULATOR_PORT", 8700, "the simulated API"),
        warehouse=running or chosen_port("WAREHOUSE_PORT", 54329, "PostgreSQL"),
    )


def _say_ignored() -> None:
    names = sorted(name for name in os.environ if name.startswith(("INDICAONLINE_", "AIRFLOW_")))
    if names:
        say(f"  Ignored, because the demo has its own settings: {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
