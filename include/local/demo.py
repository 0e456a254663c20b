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
from local.airflow import REPOSITORY, USER
from local.console import Stop, say, step
from local.ports import chosen_port
from local.processes import Processes
from local.rest import TROUBLE, Rest
from local.settings import DemoSettings, kept_settings
from local.stack import Ports, Stack, analyst_dsn, running_stack
from local.tables import query_table

FOLDER = REPOSITORY / ".demo"
WORLD = {"offices": "3", "products": "60"}
_LANDED = """
    SELECT snapshot_date, office_name, basis, count(*) AS products, sum(package_count) AS packages,
           max(observed_at) AS observed_at
    FROM mart.inventory_daily GROUP BY snapshot_date, office_id, office_name, basis
    ORDER BY snapshot_date DESC, office_id LIMIT 6
"""
_ROWS = """
    SELECT office_name, product_name, category, quantity, measurement, package_count AS packages
    FROM mart.inventory_daily WHERE snapshot_date = (SELECT max(snapshot_date) FROM mart.inventory_daily)
    ORDER BY office_id, product_id LIMIT 5
"""


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
    """The story: start, let the scheduler run, show what landed, stay."""
    begun = dt.datetime.now(dt.UTC)
    say("IndicaOnline inventory history: the demo. Ctrl-C stops all of it.")
    _tell_ignored()
    kept = kept_settings(FOLDER / "settings.json", begun)
    settings = {"INDICAONLINE_BUSINESS_TIME_ZONE": kept.business_time_zone}
    world = {**WORLD, "start": kept.world_start}
    with running_stack(FOLDER, choose_ports(), settings, world, processes) as stack:
        stack.simulation.live_up_to(dt.datetime.now(dt.UTC))
        run_dag(stack, "reference_data_daily")
        run_dag(stack, "inventory_snapshot_daily")
        verify(stack, begun)
        show(stack, kept)
        if os.environ.get("DEMO_EXIT", "") not in ("", "0"):
            say("Verified: rows of a run of the scheduler are in the warehouse. DEMO_EXIT is set, so this ends here.")
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


def verify(stack: Stack, begun: dt.datetime) -> None:
    """Raise unless every office's stock was really seen by a run of this demo, and a snapshot is there."""
    seen = "SELECT count(DISTINCT office_id) FROM mart.inventory_current WHERE observed_at >= %s"
    (offices,) = postgres.query(stack.warehouse_dsn, seen, [begun - dt.timedelta(seconds=1)])[0]
    (rows,) = postgres.query(stack.warehouse_dsn, "SELECT count(*) FROM mart.inventory_daily")[0]
    if offices != int(WORLD["offices"]) or not rows:
        raise Stop(f"The run landed {offices} of {WORLD['offices']} offices and {rows} rows of daily stock.")


def show(stack: Stack, kept: DemoSettings) -> None:
    """Print what landed, and how to reach everything."""
    say(
        f"\nStock at the end of the business day, from mart.inventory_daily (times in UTC; a business day is one of\n"
        f"{kept.business_time_zone}: chosen so that the day had just ended when the demo first ran):\n"
    )
    say(query_table(stack.warehouse_dsn, _LANDED))
    say(f"\n{query_table(stack.warehouse_dsn, _ROWS)}")
    say(f"\n  Airflow    {stack.airflow.url}   user {USER}, password {stack.airflow.keys.admin_password}")
    say(f"  Warehouse  {analyst_dsn(stack)}   (read-only; schema mart)")
    say(f"  API        {stack.simulation.url}/open_api/v2.3/   simulated; controls: {stack.simulation.url}/_admin/docs")
    say(f"  Logs       {FOLDER / 'logs'}")


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
