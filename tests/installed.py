"""Programs that no Python package brings: found on the machine, and in CI installed by its package manager."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.postgres import DEBIAN_PROGRAMS, Server, embedded_postgres


def installed(find: Callable[[], str | None], packages: str, missing: str) -> str:
    """Return the path of a program. Without it the test is skipped, with the reason, and in CI it fails."""
    found = find()
    if found is None and os.environ.get("CI") and shutil.which("apt-get"):
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages.split()]):
            subprocess.run(["apt-get", "-qq", *command], check=True, capture_output=True)  # noqa: S607
        found = find()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"Not there, and cannot be installed: {packages}.", pytrace=False)
        pytest.skip(missing)
    return found


@contextmanager
def postgres_of(version: int) -> Iterator[Server]:
    """A server of a version, of which the wheel has 16 and 18."""
    if version not in (16, 18):
        program = Path(DEBIAN_PROGRAMS.format(version)) / "postgres"
        installed(
            lambda: str(program) if program.exists() else None,
            f"postgresql-{version}",
            f"No PostgreSQL {version} found: install the package postgresql-{version} to test with it too.",
        )
    with embedded_postgres(version) as server:
        yield server
