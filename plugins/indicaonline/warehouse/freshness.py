"""How old the knowledge of the warehouse is."""

from __future__ import annotations

import datetime as dt

import msgspec

from indicaonline.warehouse.sql import Connection, fetch_all


class OfficeFreshness(msgspec.Struct, frozen=True):
    """A listed office: when its last complete pull was made (UTC), how long ago that is, and how its last pull ended.

    ``lag`` counts from when the office was listed, where that is later.
    """

    office_id: int
    label: str
    last_snapshot_at: dt.datetime | None
    lag: dt.timedelta | None
    pull_id: int | None
    status: str | None


class UpdatesFreshness(msgspec.Struct, frozen=True):
    """When changes were last pulled (UTC), and how long ago that is, or there has been an office since."""

    last_update_at: dt.datetime | None
    lag: dt.timedelta | None


def office_freshness(connection: Connection) -> list[OfficeFreshness]:
    """Return the freshness of every listed office, the oldest first."""
    return fetch_all(connection, OfficeFreshness, "freshness/select_offices")


def updates_freshness(connection: Connection) -> UpdatesFreshness | None:
    """Return the freshness of changes; None where no office is listed."""
    found = fetch_all(connection, UpdatesFreshness, "freshness/select_updates")
    return found[0] if found else None
