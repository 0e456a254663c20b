"""The servers of `make demo`, with temporary data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from servers.airflow import CHECKOUT, Installation
from servers.guard import guarded_folder
from servers.ports import free_port
from servers.processes import Processes
from servers.stack import Ports, Stack, running_stack

# Small waits: a system test is about what happens, not about how long a client is patient.
API_EXTRA = {"requests_per_second": 200, "page_size": 25, "retry_seconds": 2}
AIRFLOW = {
    # DAG files do not change while the tests run: parsing them every half minute would be a quarter of a processor.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    # A second, by default, in which the scheduler sees neither a trigger nor the end of a task: a quarter of each run.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.25",
    # As long, five seconds by default, a supervisor waits whose task closed its streams just before it ended; what was
    # skipped or has failed is known only after that.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
}
LOGS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "system-logs"


@contextmanager
def thrown_away(
    settings: Mapping[str, str],
    world: Mapping[str, str],
    before_airflow: Callable[[Stack], None],
    name: str = "system",
    installation: Installation = CHECKOUT,
) -> Iterator[Stack]:
    """PostgreSQL, the simulated API and Airflow; the servers' logs are kept in .pytest_cache/system-logs."""
    ports = Ports(free_port(), free_port(), free_port())
    with guarded_folder(f"{name}-") as folder:
        try:
            with (
                Processes(folder) as processes,
                running_stack(
                    folder, ports, {**AIRFLOW, **settings}, world, processes, before_airflow, installation
                ) as running,
            ):
                running.airflow.set_up(running.simulation.url, running.warehouse_dsn, API_EXTRA)
                yield running
        finally:
            shutil.rmtree(LOGS / name, ignore_errors=True)
            if (folder / "logs").is_dir():
                shutil.copytree(folder / "logs", LOGS / name, dirs_exist_ok=True)
