"""Freshness: the time since each office and the changes were last pulled."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all


class OfficeFreshness(msgspec.Struct, frozen=True):
    """A listed office: the time of its last complete pull (UTC), the lag since then, and the status of its last pull.

    ``lag`` counts from the time at which the office was listed, where that is later.
    """

    office_id: int
    label: str
    last_snapshot_at: dt.datetime | None
    lag: dt.timedelta | None
    pull_id: int | None
    status: str | None


class UpdatesFreshness(msgspec.Struct, frozen=True):
    """The time at which changes were last pulled (UTC); ``lag`` counts from then, or from the first listed office."""

    last_update_at: dt.datetime | None
    lag: dt.timedelta | None


def office_freshness(connection: Connection) -> list[OfficeFreshness]:
    """Return the freshness of every listed office, the oldest first."""
    return fetch_all(connection, OfficeFreshness, "freshness/select_offices")


def updates_freshness(connection: Connection) -> UpdatesFreshness | None:
    """Return the freshness of changes; None where no office is listed."""
    found = fetch_all(connection, UpdatesFreshness, "freshness/select_updates")
    return found[0] if found else None
