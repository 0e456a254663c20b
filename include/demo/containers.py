"""The demo in containers, with the output of ``make demo``: the profile ``demo`` of ``docker-compose.yaml``.

    python -m demo.containers simulator        the simulated API, its clock frozen at the start of the demo's past
    python -m demo.containers run <command>    a process of the stack, in the demo's business time zone
    python -m demo.containers story            creates the history, runs the DAGs, shows the result, and keeps running

All of them share a volume with the settings that the first start has chosen.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path

import httpx

from demo.folder import FOLDER
from demo.history import Past, leave_one_held_back, make_history
from demo.play import WORLD, play_through, world_of
from demo.settings import DemoSettings, kept_settings
from demo.story import Places, show
from servers.airflow import USER
from servers.console import Stop, say, step
from servers.processes import Processes
from servers.rest import Rest
from servers.simulation import Simulation, simulator_command
from servers.stack import DAGS

SHOWN = Path("/tmp/shown")  # noqa: S108 - in a container of its own; the health check tests for it
ZONE = "INDICAONLINE_BUSINESS_TIME_ZONE"
HOST = "postgres:5432/indicaonline"
CHECK_EVERY = 5.0


def main(arguments: list[str]) -> int:
    """Run one of the three; returns the exit code, unless this process is replaced by another program."""
    match arguments:
        case ["simulator"]:
            options = {**world_of(Past.of(_kept())), "host": "0.0.0.0", "port": "8700"}  # noqa: S104
            command = simulator_command(options)
        case ["run", program, *rest]:
            command = [program, *rest]
            os.environ[ZONE] = _kept().business_time_zone
        case ["story"]:
            return _story()
        case _:
            say(__doc__ or "")
            return 2
    os.execvp(command[0], command)  # noqa: S606 - our own programs; exec, so that they get the signals of the container
    raise AssertionError


def _story() -> int:
    SHOWN.unlink(missing_ok=True)
    try:
        with Processes(FOLDER) as processes:
            _show_history(processes)
    except Stop as reason:
        say(f"\n{reason}")
        return 1
    except KeyboardInterrupt:
        return 0
    raise AssertionError


def _show_history(processes: Processes) -> None:
    """Create the history, run the DAGs and show the result; then set the clock of each restarted simulator."""
    begun = dt.datetime.now(dt.UTC)
    kept = _kept()
    past = Past.of(kept)
    key = os.environ["SIMULATOR_API_KEY"]
    dsn = f"postgresql://indicaonline:{os.environ['WAREHOUSE_PASSWORD']}@{HOST}"
    simulation = Simulation(8700, key, WORLD, "http://simulator:8700")
    make_history(past, simulation, dsn, key, FOLDER / "logs" / "history.log")
    simulation.live_up_to(dt.datetime.now(dt.UTC))
    rest = Rest("http://api-server:8080", USER, os.environ["AIRFLOW_ADMIN_PASSWORD"])
    with step("Airflow"):
        processes.wait_until(rest.is_up, "Airflow's API", 300)
        processes.wait_until(lambda: rest.dag_ids() >= DAGS, "the DAGs", 300)
    play_through(rest, processes, dsn, begun, "the logs of the service demo-scheduler")
    leave_one_held_back(past, simulation, dsn, key, FOLDER / "logs" / "history.log")
    show(dsn, past, _places())
    SHOWN.touch()
    say("\nRunning. Ctrl-C, or `docker compose --profile demo down`, stops all of it.")
    while True:
        time.sleep(CHECK_EVERY)
        if _is_frozen(simulation):
            simulation.live_up_to(dt.datetime.now(dt.UTC))


def _kept() -> DemoSettings:
    return kept_settings(FOLDER / "settings.json", dt.datetime.now(dt.UTC))


def _places() -> Places:
    """Return the addresses for a person on this machine: the ports that compose publishes."""
    password = os.environ["AIRFLOW_ADMIN_PASSWORD"]
    analyst = f"postgresql://analyst:{os.environ['ANALYST_PASSWORD']}@{os.environ['WAREHOUSE_ADDRESS']}/indicaonline"
    ui, api = (f"http://{os.environ[name]}" for name in ("UI_ADDRESS", "SIMULATOR_ADDRESS"))
    return Places(ui, USER, password, analyst, api, "docker compose --profile demo logs")


def _is_frozen(simulation: Simulation) -> bool:
    try:
        return simulation.is_frozen()
    except (httpx.HTTPError, ValueError):
        return False  # it is starting


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
