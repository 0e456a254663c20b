"""A clean environment with nothing but the wheel and its pinned requirements, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
Run = Callable[..., str]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program in an empty folder, without a variable that could lead into the checkout; returns its output."""
    folder = tmp_path_factory.mktemp("elsewhere")
    ours = ("AIRFLOW", "INDICAONLINE_", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}

    def run(*command: str | Path, **variables: str) -> str:
        done = subprocess.run(
            list(map(str, command)),
            cwd=folder,
            env={**environment, "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def uv() -> Path:
    """The installer of `make venv`."""
    return Path(sys.executable).parent / "uv"


@pytest.fixture(scope="session")
def distribution(run: Run, uv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it, as an index would get them."""
    folder = tmp_path_factory.mktemp("distribution")
    run(uv, "build", "--quiet", "--out-dir", folder, REPOSITORY)
    return folder


@pytest.fixture(scope="session")
def wheel(distribution: Path) -> Path:
    """The wheel."""
    (wheel,) = distribution.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def programs(run: Run, uv: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of the clean environment."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    run(uv, "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--python", python, "--requirement", REPOSITORY / "requirements.txt", wheel)
    run(uv, "pip", "check", "--quiet", "--python", python)
    return python.parent
