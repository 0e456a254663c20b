"""The deployments of the tests, one after the other, and what one leaves to the next."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deployment import DOCKER, Deployment, environment

RUNNING: list[Deployment] = []
"""Those of which something may run: what a failure shows."""


@dataclass
class Kept:
    """The state that one part of the scenario passes to the next."""

    dump: Path
    settings: dict[str, str]
    account_begun: str
    marts: dict[str, tuple[int, str]] = field(default_factory=dict)


class Demo:
    """The demo of the README: `docker compose --profile demo up`, in its own terminal, until Ctrl-C."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._output = deployment.folder / "demo.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and go on."""
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [DOCKER, "compose", "--profile", "demo", "up", "--no-color"],
                cwd=self.deployment.folder,
                env=environment(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        """The text that it has printed."""
        assert self._process is not None
        assert self._process.poll() is None, f"the demo ended: {self._output.read_text()[-2000:]}"
        return self._output.read_text()

    def interrupt(self) -> None:
        """Press Ctrl-C, and wait until it has ended."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(timeout=120)


class Deployments:
    """Makes deployments, and takes away what is left of them: also of a run that was killed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def make(self, name: str) -> Deployment:
        """One with a ``.env``, of which nothing runs yet."""
        deployment = self.checkout(name)
        deployment.make_env()
        deployment.down("--volumes")
        RUNNING.append(deployment)
        self._stack.callback(self.end, deployment)
        return deployment

    def make_beside_simulator(self, name: str, kept: Kept) -> Deployment:
        """One whose account is simulated: the same world in each stack."""
        deployment = self.make(name)
        deployment.edit(
            COMPOSE_FILE=os.pathsep.join(["docker-compose.yaml", "tests/compose/simulator.yaml"]),
            SIMULATOR_START=kept.account_begun,
            INDICAONLINE_HOST="http://simulator:8700",
            INDICAONLINE_API_KEY=deployment.env["SIMULATOR_API_KEY"],
        )
        deployment.set(**kept.settings)
        return deployment

    def checkout(self, name: str) -> Deployment:
        """One as a person finds it, without ``.env``."""
        return Deployment(self._folder / name, f"indicaonline-test-{name}")

    def end(self, deployment: Deployment) -> None:
        """Take away all that it has, except the image."""
        if deployment in RUNNING:
            RUNNING.remove(deployment)
            deployment.down("--volumes")
