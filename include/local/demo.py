"""``make demo``: from nothing to stock in a warehouse, by the real scheduler, on this machine alone."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import postgres
from local.airflow import REPOSITORY
from local.console import Stop, say, step
from local.history import Past, make_history
from local.ports import chosen_port
from local.processes import Processes
from local.rest import TROUBLE, Rest
from local.settings import kept_settings
from local.stack import Ports, Stack, running_stack
from local.story import seen_since, show, verify

FOLDER = REPOSITORY / ".demo"
WORLD = {"offices": "4", "products": "60", "clock": "standing"}
SNAPSHOT = "inventory_snapshot_daily"
SCHEDULED = ("reference_data_daily", SNAPSHOT, "inventory_updates_hourly", "package_history", "warehouse_maintenance")


def main() -> int:
    """Run the demo; returns the exit code."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        with only_one(FOLDER), Processes(FOLDER) as processes:
            play(processes)
    except Stop as reason:
        say(f"\n{reason}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. The data stays in .demo: `make demo` goes on from there, `make clean` removes it.")
    return 0


def play(processes: Processes) -> None:
    """The story: start, live through the past, let the scheduler run, show what landed, stay."""
    begun = dt.datetime.now(dt.UTC)
    say("IndicaOnline inventory history: the demo. Ctrl-C stops all of it.")
    _tell_ignored()
    kept = kept_settings(FOLDER / "settings.json", begun)
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": kept.business_time_zone}
    world = {**WORLD, "start": kept.world_start}
    past = Past.of(kept)

    def live_until_now(stack: Stack) -> None:
        log = FOLDER / "logs" / "history.log"
        make_history(past, stack.simulation, stack.warehouse_dsn, stack.airflow.keys.api_key, log)
        stack.simulation.live_up_to(dt.datetime.now(dt.UTC))

    with running_stack(FOLDER, choose_ports(), settings, world, processes, live_until_now) as stack:
        for dag_id in SCHEDULED:
            run_dag(stack, dag_id)
        if seen_since(stack, begun) < int(WORLD["offices"]):
            # What was due was a day that had ended too long ago to be asked about: then this is about now.
            run_dag(stack, SNAPSHOT)
        verify(stack, begun, int(WORLD["offices"]))
        show(stack, past)
        if os.environ.get("DEMO_EXIT", "") not in ("", "0"):
            say("Verified: the history is there, and the scheduler's runs saw every office. DEMO_EXIT ends this here.")
            return
        say("\nRunning. Ctrl-C stops all of it.")
        while True:
            processes.check()
            time.sleep(1)


def choose_ports() -> Ports:
    """The ports, each of which a variable can change."""
    running = postgres.running_port(FOLDER / "postgres")  # left by a demo that was killed
    return Ports(
        ui=chosen_port("DEMO_PORT", 8080, "Airflow's UI"),
        simulator=chosen_port("SIMULATOR_PORT", 8700, "the simulated API"),
        warehouse=running or chosen_port("WAREHOUSE_PORT", 54329, "PostgreSQL"),
    )


def run_dag(stack: Stack, dag_id: str) -> None:
    """Let the scheduler run a DAG: the run that is due, or else one that is asked for now."""
    rest = stack.airflow.rest
    with step(dag_id):
        before = {run["dag_run_id"] for run in rest.runs(dag_id)}
        due = rest.is_due(dag_id)
        rest.unpause(dag_id)
        if not due:
            rest.trigger(dag_id)
        stack.processes.wait_until(lambda: _succeeded(rest, dag_id, before), f"a run of {dag_id}", 240, pause=1)


def _succeeded(rest: Rest, dag_id: str, before: set[str]) -> bool:
    """Whether the new runs have succeeded; raises as soon as one of their tasks has not."""
    new = [run for run in rest.runs(dag_id) if run["dag_run_id"] not in before]
    for run in new:
        for task in rest.tasks(dag_id, run["dag_run_id"]):
            if task["state"] in TROUBLE:
                reason = (rest.errors(task) or ["no reason given"])[0]
                raise Stop(f"{dag_id}, task {task['task_id']}: {reason}\nIts log is in {FOLDER / 'logs' / 'tasks'}.")
    return bool(new) and all(run["state"] == "success" for run in new)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the lock of this checkout's demo."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop("A demo of this checkout is running already: stop it first (Ctrl-C).") from None
        yield


def _tell_ignored() -> None:
    names = sorted(name for name in os.environ if name.startswith(("INDICAONLINE_", "AIRFLOW_")))
    if names:
        say(f"  Not used here, the demo brings its own settings: {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
