"""An export that is killed: no manifest names half a file, and the next run ends with the same files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from export_reading import files, tree
from export_world import Run

from indicaonline.settings import NOW
from rig import Rig

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
# The process ends itself at a chosen file, because it is over before another process can do that.
EXPORT_AND_DIE = """
import os, signal, sys
import psycopg
from indicaonline.hooks.export_folder import ExportFolder
from indicaonline.jobs.export import export
from indicaonline.settings import Settings

dsn, root, victim, moment = sys.argv[1:]

class Folder(ExportFolder):
    def put(self, local, name):
        if name.startswith(victim) and moment == "within":
            local.write_bytes(local.read_bytes()[:100])
        super().put(local, name)
        if name.startswith(victim):
            os.kill(os.getpid(), signal.SIGKILL)

export(lambda: psycopg.connect(dsn), Settings(), Folder(root))
"""


@pytest.mark.parametrize(
    ("victim", "moment"),
    [("days_of_supply/", "after"), ("inventory_daily/month=2025-03/2025-03-01", "within"), ("stockout_day/", "after")],
)
def test_a_killed_run_is_continued(rig: Rig, run: Run, tmp_path: Path, victim: str, moment: str) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    done = subprocess.run(
        [sys.executable, "-c", EXPORT_AND_DIE, rig.dsn, str(killed), victim, moment],
        env=os.environ | {"PYTHONPATH": str(PLUGINS), NOW: rig.tick().isoformat()},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    mart = victim.split("/")[0]
    assert [path for path in (killed / mart).rglob("*.parquet") if path not in _named(killed, mart)]
    for manifest in killed.glob("*/manifest.json"):
        assert files(killed, manifest.parent.name)
    kept = sum(len(files(killed, manifest.parent.name)) for manifest in killed.glob("*/manifest.json"))
    assert run(killed).unchanged == kept
    run(whole)
    assert tree(killed) == tree(whole)


def _named(root: Path, mart: str) -> list[Path]:
    return files(root, mart) if (root / mart / "manifest.json").exists() else []
