"""A copy of the dbt project, and what dbt and MetricFlow return in it."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

from doc_files import REPOSITORY


class Project:
    """The project, copied to a folder because dbt writes beside it; programs run with the analyst's variables."""

    def __init__(self, programs: Path, folder: Path, variables: dict[str, str]) -> None:
        self._programs, self._variables = programs, variables
        self.folder = folder / "dbt"
        shutil.copytree(REPOSITORY / "dbt", self.folder, ignore=shutil.ignore_patterns("target", "logs"))

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt or mf."""
        return subprocess.run(
            [str(self._programs / program), *arguments],
            cwd=self.folder, env=self._variables, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def freshness(self) -> tuple[int, dict[str, str]]:
        """The exit code of `dbt source freshness`, and what it found of each source."""
        done = self.run("dbt", "source", "freshness")
        found = json.loads((self.folder / "target" / "sources.json").read_text())["results"]
        return done.returncode, {result["unique_id"].rpartition(".")[2]: result["status"] for result in found}

    def metrics(self, names: str, by: str) -> list[dict[str, str]]:
        """The rows of a query of MetricFlow: each metric, and what it is grouped by."""
        rows = self.folder / "rows.csv"
        done = self.run("mf", "query", "--metrics", names, "--group-by", by, "--csv", str(rows))
        assert done.returncode == 0, done.stdout + done.stderr
        return list(csv.DictReader(rows.open()))
