"""Results of a run of the daily snapshot, from the ledger and the publications."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all


class OfficeSummary(msgspec.Struct, frozen=True):
    """An office in a run: its last pull since the run started, and the publication of its day."""

    office_id: int
    label: str
    business_day: dt.date
    pull_id: int | None
    status: str | None
    items: int | None
    rejected: int | None
    set_aside: int | None
    deviations: int | None
    problem: str | None
    basis: str | None
    row_count: int | None


def office_summaries(connection: Connection, days: Mapping[int, dt.date], since: dt.datetime) -> list[OfficeSummary]:
    """Return the last pull since an instant and the publication of the business day of each office."""
    parameters = {"offices": list(days), "days": list(days.values()), "since": since}
    return fetch_all(connection, OfficeSummary, "summary/select_offices", parameters)
