"""Style, types, SQL and migrations: each tool is one test, so that one summary lists all failures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TOOLS = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types of the package": ["mypy"],
    "types of the tools": ["mypy", "--strict", "include", *sorted(map(str, REPOSITORY.glob("deploy/[!w]*.py")))],
    "sql": ["sqlfluff", "lint", "--disable-progress-bar", "--nocolor", "include/sql"],
    "sql of dbt": ["sqlfluff", "lint", "--disable-progress-bar", "--nocolor", "--templater", "jinja", "dbt/models"],
    "migrations": ["squawk", "--reporter", "gcc", *sorted(map(str, REPOSITORY.glob("include/sql/migrations/*/*.sql")))],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_nothing_to_complain_about(tool: str) -> None:
    program, *arguments = TOOLS[tool]
    done = subprocess.run([str(BIN / program), *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{program} {' '.join(arguments[:3])}\n{(done.stdout + done.stderr)[-8000:]}", pytrace=False)
