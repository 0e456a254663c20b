"""The daily work of the warehouse on itself: partitions ahead, retention, statistics."""

from __future__ import annotations

import msgspec

from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.maintenance import apply_retention, make_partitions_ahead, refresh_statistics


class MaintenanceResult(msgspec.Struct, frozen=True):
    """Monthly partitions that were made, and that were dropped because their retention has ended."""

    made: int
    raw_months: int
    snapshot_months: int


def maintain(connect: Connect, settings: Settings) -> MaintenanceResult:
    """Make the partitions of the coming months, drop those beyond retention, and refresh statistics."""
    with warehouse(connect, settings) as connection:
        with connection.transaction():
            made = make_partitions_ahead(connection, settings.partitions_ahead)
            dropped = apply_retention(connection, settings.raw_retention_days, settings.snapshot_retention_days)
        refresh_statistics(connection)
    return MaintenanceResult(**made, **dropped)
