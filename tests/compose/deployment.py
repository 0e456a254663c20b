"""A copy of this checkout in which a person works with docker compose: ``.env``, settings, commands, logs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from servers.airflow import USER
from servers.ports import LOOPBACK, free_port
from servers.rest import Rest
from servers.simulation import Simulation

REPOSITORY = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", ".demo", ".env", "settings.env", "build", "logs", "*cache*", "*.egg-info", ".hypothesis")
)
PORTS = ("UI_PORT", "WAREHOUSE_PORT", "SIMULATOR_PORT", "DEMO_PORT", "DEMO_WAREHOUSE_PORT")
IMAGE_TAG = "compose-test"
DOCKER = os.environ.get("DOCKER") or "docker"
LOG_LINES = 15
LINE = 400


class Deployment:
    """One compose project in a folder of its own. All that a command needs to know is in the folder's files."""

    def __init__(self, folder: Path, project: str) -> None:
        self.folder = folder
        self.project = project
        shutil.copytree(REPOSITORY, folder, ignore=LEFT_OUT)

    def make_env(self) -> None:
        """Make ``.env`` as a person does, with ports and names that disturb nobody."""
        subprocess.run([sys.executable, "deploy/env_file.py"], cwd=self.folder, check=True, capture_output=True)
        ports = {name: str(free_port()) for name in PORTS}
        self.edit(COMPOSE_PROJECT_NAME=self.project, IMAGE_TAG=IMAGE_TAG, **ports)

    def edit(self, **values: str) -> None:
        """Change ``.env``, or add to it."""
        kept = [line for line in self._env_lines() if line.partition("=")[0] not in values]
        lines = [*kept, *(f"{name}={value}" for name, value in values.items())]
        (self.folder / ".env").write_text("\n".join(lines) + "\n")

    def set(self, **settings: str) -> None:
        """Write the settings of the project, which every process of Airflow is given."""
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        (self.folder / "settings.env").write_text("".join(lines))

    @property
    def env(self) -> dict[str, str]:
        """The variables of ``.env``."""
        found = (line.partition("=") for line in self._env_lines() if not line.startswith("#"))
        return {name: value for name, sign, value in found if sign}

    @property
    def secrets(self) -> dict[str, str]:
        """The variables of ``.env`` that nobody else may know."""
        return {name: value for name, value in self.env.items() if re.search("PASSWORD|SECRET|_KEY", name) and value}

    def compose(self, *arguments: str, check: bool = True, timeout: float = 600) -> str:
        """Run ``docker compose`` in the folder; returns what it prints. Raises with its last lines if it fails."""
        return run([DOCKER, "compose", *arguments], self.folder, check=check, timeout=timeout)

    def shell(self, script: str, timeout: float = 120) -> str:
        """Run commands as they are written in a document; returns what they print."""
        prefix = f'docker() {{ {shlex.quote(DOCKER)} "$@"; }}'
        return run(["bash", "-euo", "pipefail", "-c", f"{prefix}\n{script}"], self.folder, timeout=timeout)

    def build(self) -> None:
        """Build the image."""
        builder = os.environ.get("COMPOSE_BUILD")
        command = [builder, "--profile", "celery"] if builder else [DOCKER, "compose", "--profile", "celery", "build"]
        run(command, self.folder, timeout=900)

    def up(self, *arguments: str, timeout: int = 900) -> None:
        """Start, and wait until everything is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(timeout), *arguments, timeout=1000)

    def down(self, *arguments: str) -> None:
        """Stop, and remove the containers, of whichever profile."""
        self.compose("--profile", "*", "down", "--timeout", "20", *arguments, check=False, timeout=180)

    def containers(self) -> list[dict[str, Any]]:
        """Return the rows of ``docker compose ps`` for all containers, including ended ones."""
        lines = self.compose("--profile", "*", "ps", "--all", "--format", "json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def logs(self, *services: str, tail: str = "all") -> str:
        """Return the logs of services, by default of all."""
        return self.compose("--profile", "*", "logs", "--no-color", "--tail", tail, *services, check=False)

    def last_words(self) -> str:
        """Return the status of each container, and the last lines of unhealthy ones, or of all if none is."""
        containers = self.containers()
        bad = {
            c["Service"]
            for c in containers
            if c["ExitCode"] or c["State"] == "restarting" or c["Health"] == "unhealthy"
        }
        states = "\n".join(f"{c['Name']}: {c['Status']}" for c in containers)
        lines = self.logs(*sorted(bad), tail=str(LOG_LINES)).splitlines() if containers else []
        return "\n".join([states, "", *(line[:LINE] for line in lines)])

    @property
    def ui(self) -> str:
        """The address of the UI."""
        return f"http://{LOOPBACK}:{self.env['UI_PORT']}"

    @property
    def rest(self) -> Rest:
        """The API of Airflow, for the user that ``.env`` has the password of."""
        return Rest(self.ui, USER, self.env["AIRFLOW_ADMIN_PASSWORD"])

    @property
    def simulation(self) -> Simulation:
        """The simulated API, as this machine reaches it."""
        port = int(self.env["SIMULATOR_PORT"])
        return Simulation(port, self.env["SIMULATOR_API_KEY"], {})

    def dsn(self, user: str, password: str, port: str = "WAREHOUSE_PORT") -> str:
        """The warehouse, as this machine reaches it."""
        env = self.env
        return f"postgresql://{user}:{env[password]}@{LOOPBACK}:{env[port]}/indicaonline"

    def _env_lines(self) -> list[str]:
        return (self.folder / ".env").read_text().splitlines()


def docker(*arguments: str, timeout: float = 60) -> str:
    """Run a command of ``docker``; returns what it prints."""
    return run([DOCKER, *arguments], REPOSITORY, timeout=timeout)


def run(command: list[str], folder: Path, *, check: bool = True, timeout: float) -> str:
    """Run a command with nothing of this process's settings; returns what it prints, its errors included."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        end = "\n".join(done.stdout.splitlines()[-LOG_LINES:])
        raise AssertionError(f"`{shlex.join(command)}` ended with {done.returncode}:\n{end}")
    return done.stdout


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command, without variables that would override those of ``.env``."""
    ours = re.compile("COMPOSE_|AIRFLOW|INDICAONLINE_|PYTHONPATH|.*_(PORT|PASSWORD|LISTEN)$")
    return {name: value for name, value in inherited.items() if not ours.match(name)}


def wait_until(ready: Callable[[], Any], what: str, seconds: float, pause: float = 0.5) -> Any:
    """Wait until ``ready`` returns something, and return that; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < deadline, f"gave up waiting for {what} after {seconds:.0f} s"
        time.sleep(pause)
    return found
