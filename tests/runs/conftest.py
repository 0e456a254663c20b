"""Runs of the DAGs in this process: Airflow with a small database of its own, and no server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dag_rig import DagRig
from indicaonline.environment import load_settings
from rig import Rig
from servers.airflow import REPOSITORY


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's database, in the home that is thrown away."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def make_dag_rig(
    airflow_database: None, make_rig: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., DagRig]:
    """Makes a world with the project's settings (``business_time_zone="America/Denver"``), and DAGs beside it."""

    def make(settings: dict[str, str], folder: Path = REPOSITORY / "dags", **world: Any) -> DagRig:
        for name, value in settings.items():
            monkeypatch.setenv(f"INDICAONLINE_{name.upper()}", value)
        return DagRig(make_rig(load_settings(), **world), monkeypatch, folder)

    return make
