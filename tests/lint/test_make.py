"""Commands of the Makefile that no other test runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        ["make", *arguments],  # noqa: S607
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", ["bench", "bench-years"])
def test_a_benchmark_starts_by_its_command(target: str) -> None:
    done = make(target, "BENCH_ARGS=--help")
    assert done.returncode == 0, done.stderr
    assert f"usage: make {target}" in done.stdout


@pytest.mark.parametrize("version", ["(3, 10)", "(3, 15)", "(2, 7)"])
def test_a_wrong_python_is_refused_in_one_line(version: str, tmp_path: Path) -> None:
    """The candidate is a program that answers as a Python of another version would."""
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec python3 -c "import sys; sys.version_info = {version}; exec(sys.argv[1])" "$2"\n')
    other.chmod(0o755)
    done = make("venv", f"PYTHON={other}")
    assert done.returncode != 0
    # make has lines of its own, about the error and about files that seem to be from the future.
    (message,) = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert message == f"No Python 3.11 to 3.14 among: {other}. Install one, or name it with PYTHON=<path>."
