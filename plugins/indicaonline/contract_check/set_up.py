"""Checks what must be set up beside the API: settings, pool, warehouse. Part of the contract check."""

from __future__ import annotations

import os

from indicaonline.contract_check.report import Finding
from indicaonline.errors import IndicaOnlineError
from indicaonline.settings import Settings, unknown_names
from indicaonline.warehouse.connection import Connect, migrated_warehouse
from indicaonline.warehouse.kept_settings import APPLY, differences, read_kept
from indicaonline.warehouse.schema import newest_revision


def check_set_up(connect: Connect, settings: Settings, pool: str | None = None) -> list[Finding]:
    """Return the findings, in an order in which they can be solved; writes nothing.

    ``pool`` is the one in which the caller runs, None in a shell: a task that runs proves that its pool exists. An
    error of this project that ``connect`` raises is a finding.
    """
    return [
        _environment(),
        *([] if pool is None else [_pool(settings, pool)]),
        *_warehouse(connect, settings),
    ]


def _environment() -> Finding:
    # A misspelled variable is ignored without a word otherwise.
    unknown = unknown_names(os.environ)
    return Finding(endpoint="environment", result="problem" if unknown else "ok", notes=unknown)


def _pool(settings: Settings, pool: str) -> Finding:
    if pool == settings.api_pool:
        return Finding(endpoint="pool", result="ok", notes=[f"This task ran in '{pool}'."])
    note = f"The DAGs were parsed with the pool '{pool}', this process has '{settings.api_pool}': set it alike for all."
    return Finding(endpoint="pool", result="problem", notes=[note])


def _warehouse(connect: Connect, settings: Settings) -> list[Finding]:
    try:
        with migrated_warehouse(connect) as connection:
            differing = differences(settings, read_kept(connection))
    except IndicaOnlineError as error:
        return [Finding(endpoint="warehouse", result="problem", notes=[str(error)])]
    notes = [*map(str, differing), *([f"The warehouse's count; {APPLY}."] if differing else [])]
    return [
        Finding(endpoint="warehouse", result="ok", notes=[f"It is at revision {newest_revision()}."]),
        Finding(endpoint="settings", result="problem" if differing else "ok", notes=notes),
    ]
