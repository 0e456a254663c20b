"""Compares the lag of each office and of the changes with the freshness SLA, for ``warehouse_freshness``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from indicaonline.errors import RetriableError, StaleError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.freshness import (
    OfficeFreshness,
    UpdatesFreshness,
    office_freshness,
    updates_freshness,
)

OFFICES_SHOWN = 5
AN_HOUR = dt.timedelta(hours=1)


class Freshness(msgspec.Struct, frozen=True):
    """The greatest lags. ``behind`` are the offices that breach the SLA, the greatest lag first.

    ``problem`` describes the breach and what to do in one line; None where the SLA is met.
    """

    offices: int
    behind: list[OfficeFreshness]
    snapshot_lag: dt.timedelta | None
    update_lag: dt.timedelta | None
    problem: str | None


def measure_freshness(connect: Connect, settings: Settings) -> Freshness:
    """Compare the lag of every listed office with the SLA in the settings. Writes nothing.

    Raises :class:`~indicaonline.errors.RetriableError` where no office is listed.
    """
    with warehouse(connect, settings) as connection:
        offices, updates = office_freshness(connection), updates_freshness(connection)
    # A new installation is not in breach: its first list of offices may arrive before the next retry.
    if not offices or updates is None:
        raise RetriableError(
            "No office is listed, so nothing is pulled: unpause reference_data_daily, or name the office ids in the"
            f" connection {settings.api_conn_id}."
        )
    behind = [office for office in offices if _is_over(office.lag, settings.freshness_snapshot_hours)]
    problems = [
        *_of_offices(behind, settings.freshness_snapshot_hours),
        *_of_updates(updates, settings.freshness_update_hours),
    ]
    problem = " ".join(["The freshness SLA is breached.", *problems]) if problems else None
    lags = [office.lag for office in offices if office.lag is not None]
    return Freshness(len(offices), behind, max(lags, default=None), updates.lag, problem)


def check_freshness(freshness: Freshness) -> None:
    """Raise :class:`~indicaonline.errors.StaleError`, with the offices and their lags, where the SLA is breached."""
    if freshness.problem is not None:
        raise StaleError(freshness.problem)


def _is_over(lag: dt.timedelta | None, hours: float) -> bool:
    """Return True if a lag breaches the SLA; 0 hours disable it. A lag of None means never."""
    return bool(hours) and (lag is None or lag > hours * AN_HOUR)


def _of_offices(behind: Sequence[OfficeFreshness], hours: float) -> list[str]:
    if not behind:
        return []
    shown = [_describe(office) for office in behind[:OFFICES_SHOWN]]
    more = [f"{len(behind) - OFFICES_SHOWN} more"] if len(behind) > OFFICES_SHOWN else []
    return [
        f"Expected every {hours:g} h, but not seen whole: {', '.join([*shown, *more])}."
        " See the last runs of inventory_snapshot_daily, and whether it is paused."
    ]


def _of_updates(updates: UpdatesFreshness, hours: float) -> list[str]:
    if not _is_over(updates.lag, hours):
        return []
    since = f"for {_span(updates.lag)}" if updates.last_update_at is not None else "ever"
    return [
        f"Changes are expected every {hours:g} h, but were not pulled {since}."
        " See the last runs of inventory_updates_hourly, and whether it is paused."
    ]


def _describe(office: OfficeFreshness) -> str:
    since = f"for {_span(office.lag)}" if office.last_snapshot_at is not None else "ever"
    last = f"; its last pull, {office.pull_id}, is {office.status}" if office.status not in (None, "complete") else ""
    return f"{office.label} ({office.office_id}: {since}{last})"


def _span(lag: dt.timedelta | None) -> str:
    return "an unknown time" if lag is None else f"{lag / AN_HOUR:.1f} h"
