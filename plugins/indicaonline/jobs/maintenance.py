"""The daily maintenance of the warehouse: partitions ahead, retention, statistics."""

from __future__ import annotations

import msgspec

from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.maintenance import apply_retention, make_partitions_ahead, refresh_statistics


class MaintenanceResult(msgspec.Struct, frozen=True):
    """The numbers of monthly partitions that were created, and that were dropped because their retention has ended."""

    made: int
    raw_months: int
    snapshot_months: int


def maintain(connect: Connect, settings: Settings) -> MaintenanceResult:
    """Create the partitions of the coming months, drop those beyond retention, and refresh statistics."""
    with warehouse(connect, settings) as connection:
        with connection.transaction():
            made = make_partitions_ahead(connection, settings.partitions_ahead)
            dropped = apply_retention(connection, settings.raw_retention_days, settings.snapshot_retention_days)
        # After the drops have committed: DROP holds an exclusive lock until then, for which readers wait.
        refresh_statistics(connection)
    return MaintenanceResult(**made, **dropped)
