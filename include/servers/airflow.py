"""A complete Airflow on this machine: its environment, database, processes, connections and pool."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from indicaonline.settings import Settings
from servers.console import Stop
from servers.keys import Keys, write_private
from servers.ports import LOOPBACK
from servers.processes import Processes, tail
from servers.rest import Rest

REPOSITORY = Path(__file__).resolve().parents[2]
USER = "admin"
API_CONNECTION, WAREHOUSE_CONNECTION = Settings().api_conn_id, Settings().warehouse_conn_id
API_POOL = Settings().api_pool
_AUTH_MANAGER = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
_OURS = ("AIRFLOW", "INDICAONLINE_")


@dataclass(frozen=True)
class Installation:
    """Where Airflow and this project are installed, and the folders of DAG files and plugins."""

    programs: Path = Path(sys.executable).parent
    dags: Path = REPOSITORY / "dags"
    plugins: Path = REPOSITORY / "plugins"


CHECKOUT = Installation()


@dataclass(frozen=True)
class LocalAirflow:
    """An Airflow whose home is ``folder``; ``settings`` are the project's own (``INDICAONLINE_...``).

    ``prefix`` is the path under which the API server is, such as ``/airflow``.
    """

    folder: Path
    port: int
    metadata_dsn: str
    keys: Keys
    settings: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    installation: Installation = CHECKOUT

    @property
    def url(self) -> str:
        """The address of the UI and the API."""
        return f"http://{LOOPBACK}:{self.port}{self.prefix}"

    def password(self, user: str) -> str:
        """Return the password of a user; Airflow generates those of users other than the administrator."""
        return str(json.loads(self._passwords.read_text())[user])

    @property
    def rest(self) -> Rest:
        """The API, logged in as the administrator."""
        return Rest(self.url, USER, self.keys.admin_password)

    def environment(self) -> dict[str, str]:
        """Return the environment of every process: the inherited one, without variables that configure an Airflow."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        path = os.pathsep.join([str(self.installation.programs), inherited.get("PATH", os.defpath)])
        return {**inherited, "PATH": path, "PYTHONUNBUFFERED": "1", **self._configuration(), **self.settings}

    def initialise(self) -> None:
        """Create or migrate the metadata database, and write the file with the administrator's password."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private(self._passwords, json.dumps({USER: self.keys.admin_password}))
        self.run("db", "migrate")

    def run(self, *arguments: str) -> None:
        """Run an ``airflow`` command with its output in a log; raises Stop if it fails."""
        log = self.folder.parent / "logs" / f"airflow-{'-'.join(arguments[:2])}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            done = subprocess.run(  # noqa: S603 - our own program
                self._command(*arguments),
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise Stop(f"`airflow {' '.join(arguments)}` failed. Its last lines, from {log}:\n{tail(log)}")

    def start(self, processes: Processes) -> None:
        """Start the processes of Airflow, without a triggerer, because no task defers."""
        self.start_api_server(processes, "api-server")
        commands = {
            # The API server reads the logs from the same disk, so the scheduler need not serve them.
            "scheduler": ("scheduler", "--skip-serve-logs"),
            "dag-processor": ("dag-processor",),
        }
        for name, arguments in commands.items():
            processes.start(name, self._command(*arguments), self.environment(), self.folder)

    def start_api_server(self, processes: Processes, name: str) -> None:
        """Start the API server, which serves the UI, too."""
        command = self._command("api-server", "--host", LOOPBACK, "--port", str(self.port))
        processes.start(name, command, self.environment(), self.folder)

    def wait_until_up(self, processes: Processes, dag_ids: set[str], seconds: float = 180) -> None:
        """Wait until the API answers and lists the DAGs."""
        rest = self.rest
        processes.wait_until(rest.is_up, "Airflow's API", seconds)
        processes.wait_until(lambda: dag_ids <= rest.dag_ids(), f"the DAGs {', '.join(sorted(dag_ids))}", seconds)

    def set_up(self, api_url: str, warehouse_dsn: str, api_extra: Mapping[str, object]) -> None:
        """Create the pool and the two connections, or update them to these values."""
        parts = urlsplit(warehouse_dsn)
        rest = self.rest
        pool = {
            "name": API_POOL,
            "slots": 8,
            "description": "How many tasks may use the API at once.",
            "include_deferred": False,
        }
        rest.put("pools", "name", pool)
        rest.put(
            "connections",
            "connection_id",
            {
                "connection_id": API_CONNECTION,
                "conn_type": "indicaonline",
                "host": api_url,
                "password": self.keys.api_key,
                "extra": json.dumps(api_extra),
                "description": "The simulator of the IndicaOnline Open API.",
            },
        )
        rest.put(
            "connections",
            "connection_id",
            {
                "connection_id": WAREHOUSE_CONNECTION,
                "conn_type": "postgres",
                "host": parts.hostname,
                "port": parts.port,
                "login": parts.username,
                "password": parts.password,
                "schema": parts.path.lstrip("/"),
                "description": "The inventory warehouse.",
            },
        )

    @property
    def _passwords(self) -> Path:
        return self.folder / "passwords.json"

    def _command(self, *arguments: str) -> list[str]:
        return [str(self.installation.programs / "python"), "-m", "airflow", *arguments]

    def _configuration(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self.keys.api_secret,
            "AIRFLOW__API__WORKERS": "1",
            # One secret for all processes: one of them signs the token of a task, another verifies it.
            "AIRFLOW__API_AUTH__JWT_SECRET": self.keys.jwt_secret,
            "AIRFLOW__CORE__AUTH_MANAGER": _AUTH_MANAGER,
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.installation.dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__FERNET_KEY": self.keys.fernet_key,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.installation.plugins),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._passwords),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.metadata_dsn.replace("postgresql:", "postgresql+psycopg2:", 1),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.folder.parent / "logs" / "tasks"),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }
