"""The Parquet export of a world of years: its size, what a first run takes, and one of the next day."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from indicaonline.hooks.export_folder import ExportFolder
from indicaonline.jobs.export import export
from indicaonline.settings import Settings


def measure_export(connect: Callable[[], psycopg.Connection[Any]], settings: Settings) -> None:
    """Export a warehouse twice, and print the size of each mart and the seconds of both runs."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for _ in range(2):
            began = time.perf_counter()
            export(connect, settings, ExportFolder(folder))
            seconds.append(time.perf_counter() - began)
        print(f"\n{'Parquet export':28}{'files':>8}{'rows':>14}{'MB':>10}{'bytes a row':>14}")
        for name, files in sorted(_manifests(Path(folder)).items()):
            rows, size = sum(file["rows"] for file in files), sum(file["bytes"] for file in files)
            if rows:
                print(f"{name:28}{len(files):8}{rows:14,}{size / 1e6:10.2f}{size / rows:14.2f}")
        print(f"First run {seconds[0]:,.0f} s, a second one, which writes nothing, {seconds[1]:,.0f} s.", flush=True)


def _manifests(root: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.parent.name: json.loads(path.read_text())["files"] for path in root.glob("*/manifest.json")}
