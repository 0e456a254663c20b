"""Checks of the set-up beside the API: settings, pool, warehouse. Part of the contract check."""

from __future__ import annotations

import os

from indicaonline.contract_check.report import Finding
from indicaonline.environment import unknown_names
from indicaonline.errors import IndicaOnlineError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, migrated_warehouse
from indicaonline.warehouse.kept_settings import APPLY, differences, read_kept
from indicaonline.warehouse.schema import newest_revision


def check_set_up(connect: Connect, settings: Settings, pool: str | None = None) -> list[Finding]:
    """Return the findings, in the order in which they can be solved. Write nothing.

    ``pool`` is that of the calling task, None in a shell.
    """
    return [
        _environment(),
        *([] if pool is None else [_pool(settings, pool)]),
        *_warehouse(connect, settings),
    ]


def _environment() -> Finding:
    # A misspelt variable has no other effect than a warning in the log.
    unknown = unknown_names(os.environ)
    return Finding(endpoint="environment", result="problem" if unknown else "ok", notes=unknown)


def _pool(settings: Settings, pool: str) -> Finding:
    # A task that runs shows that its pool exists. A different name means that the DAG processor has other settings.
    if pool == settings.api_pool:
        return Finding(endpoint="pool", result="ok", notes=[f"This task ran in '{pool}'."])
    note = f"The DAGs were parsed with the pool '{pool}', this process has '{settings.api_pool}': set both alike."
    return Finding(endpoint="pool", result="problem", notes=[note])


def _warehouse(connect: Connect, settings: Settings) -> list[Finding]:
    try:
        with migrated_warehouse(connect) as connection:
            differing = differences(settings, read_kept(connection))
    # Also an error of connect: a missing connection is a finding.
    except IndicaOnlineError as error:
        return [Finding(endpoint="warehouse", result="problem", notes=[str(error)])]
    notes = [*map(str, differing), *([f"Those of the warehouse are used; {APPLY}."] if differing else [])]
    return [
        Finding(endpoint="warehouse", result="ok", notes=[f"It is at revision {newest_revision()}."]),
        Finding(endpoint="settings", result="problem" if differing else "ok", notes=notes),
    ]
