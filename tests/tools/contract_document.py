"""The check of the data contract by the command of docs/tools.md."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from doc_files import REPOSITORY, section

DOCUMENT = REPOSITORY / "docs" / "contract.odcs.yaml"
_PAGE = REPOSITORY / "docs" / "tools.md"


def check(
    programs: Path, variables: dict[str, str], folder: Path, *arguments: str
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """Run the page's command with more arguments; returns the process, and each check with its result."""
    (command,) = re.findall(r"```sh\n(.*?)```", section(_PAGE, "## Data contract"), re.DOTALL)
    results = folder / "results.json"
    output = ["--output", str(results), "--output-format", "json"]
    # The port is that of the document by default.
    environment = variables | {
        "PATH": f"{programs}:{variables['PATH']}",
        "DATACONTRACT_POSTGRES_PORT": variables["PGPORT"],
    }
    done = subprocess.run(
        ["bash", "-c", f'set -e; {command.strip()} "$@"', "bash", *output, *arguments],  # noqa: S607
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done, json.loads(results.read_text())["checks"] if results.exists() else []
