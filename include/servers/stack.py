"""PostgreSQL, the simulated API and Airflow together, for the demo and the system tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import postgres
from servers.airflow import CHECKOUT, Installation, LocalAirflow
from servers.console import Stop, step
from servers.keys import Keys, kept_keys
from servers.processes import Processes
from servers.simulation import Simulation

DAGS = {
    "held_back_pulls",
    "reference_data_daily",
    "inventory_snapshot_daily",
    "inventory_updates_hourly",
    "package_history",
    "warehouse_maintenance",
}
# The simulated API has no rate limit by default.
API_EXTRA = {"requests_per_second": 50}


@dataclass(frozen=True)
class Ports:
    """Ports on the loopback interface."""

    ui: int
    simulator: int
    warehouse: int


@dataclass(frozen=True)
class Stack:
    """The running servers."""

    server: postgres.Server
    warehouse_dsn: str
    simulation: Simulation
    airflow: LocalAirflow
    processes: Processes


@contextmanager
def running_stack(
    folder: Path,
    ports: Ports,
    settings: Mapping[str, str],
    world: Mapping[str, str],
    processes: Processes,
    before_airflow: Callable[[Stack], None] | None = None,
    installation: Installation = CHECKOUT,
) -> Iterator[Stack]:
    """Start all servers with their data in ``folder``; stop them at the end of the block.

    ``settings`` are the project's (``INDICAONLINE_...``), ``world`` the options of the simulator. ``before_airflow`` is
    called when the warehouse and the simulated API are up, before any scheduler runs. Airflow, and the command that
    migrates the warehouse, are those of ``installation``.
    """
    keys = kept_keys(folder / "keys.json")
    with step("PostgreSQL"):
        server = postgres.start(folder / "postgres", port=ports.warehouse)
    try:
        simulation = Simulation(ports.simulator, keys.api_key, world)
        metadata_dsn = server.create_database("airflow")
        airflow = LocalAirflow(folder / "airflow", ports.ui, metadata_dsn, keys, settings, installation=installation)
        stack = Stack(server, server.create_database("indicaonline"), simulation, airflow, processes)
        with step("the warehouse's schema"):
            migrate(stack.warehouse_dsn, airflow, folder / "logs")
            _create_analyst(stack, keys)
        with step("Airflow's database"):
            airflow.initialise()
        with step("the simulated API"):
            simulation.start(processes, airflow.environment())
            simulation.wait_until_up(processes)
        if before_airflow is not None:
            before_airflow(stack)
        with step("Airflow"):
            airflow.start(processes)
            airflow.wait_until_up(processes, DAGS)
            airflow.set_up(simulation.url, stack.warehouse_dsn, API_EXTRA)
        yield stack
    finally:
        processes.stop()
        server.stop()


def migrate(warehouse_dsn: str, airflow: LocalAirflow, logs: Path, account: str = "") -> None:
    """Migrate a warehouse with the command of `make migrate`; ``account`` is one of ``INDICAONLINE_ACCOUNTS``."""
    logs.mkdir(parents=True, exist_ok=True)
    # The DSN is no argument, which a list of processes would show.
    chosen = {"INDICAONLINE_WAREHOUSE_DSN": warehouse_dsn, "INDICAONLINE_ACCOUNT": account}
    done = subprocess.run(  # noqa: S603 - our own program
        [str(airflow.installation.programs / "indicaonline"), "migrate"],
        env={**airflow.environment(), **chosen},
        cwd=logs,
        capture_output=True,
        text=True,
        check=False,
    )
    (logs / "migrate.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Stop(f"The warehouse was not migrated: {reason[-1]} The whole log is {logs / 'migrate.log'}.")


def analyst_dsn(stack: Stack) -> str:
    """Return the DSN of the analyst, who reads only ``mart``."""
    return stack.server.dsn("indicaonline", "analyst", stack.airflow.keys.analyst_password)


def _create_analyst(stack: Stack, keys: Keys) -> None:
    """Create a login with the role for analysts, which a migration has created."""
    statement = f"""
        DO $$ BEGIN CREATE ROLE analyst LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        ALTER ROLE analyst PASSWORD '{keys.analyst_password}';
        GRANT indicaonline_analyst TO analyst;
        ALTER ROLE analyst SET search_path = mart;
        ALTER ROLE analyst SET default_transaction_read_only = on;
        ALTER ROLE analyst SET statement_timeout = '5min';
    """
    postgres.execute(stack.warehouse_dsn, statement)
