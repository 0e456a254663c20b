"""The daily work of the warehouse on itself: partitions ahead, retention, statistics."""

from __future__ import annotations

import msgspec
from psycopg.rows import dict_row

from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.sql import read_sql


class MaintenanceResult(msgspec.Struct, frozen=True):
    """Monthly partitions that were made, and that were dropped because their retention has ended."""

    made: int
    raw_months: int
    snapshot_months: int


def maintain(connect: Connect, settings: Settings) -> MaintenanceResult:
    """Make the partitions of the coming months, drop those beyond retention, and refresh statistics."""
    days = {"raw_days": settings.raw_retention_days, "snapshot_days": settings.snapshot_retention_days}
    with warehouse(connect, settings) as connection:
        with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(read_sql("maintenance/make_partitions_ahead"), {"months": settings.partitions_ahead})
            made = cursor.fetchone()
            cursor.execute(read_sql("maintenance/apply_retention"), days)
            dropped = cursor.fetchone()
        connection.execute(read_sql("maintenance/analyze"))
        connection.commit()
    assert made is not None
    assert dropped is not None
    return MaintenanceResult(**made, **dropped)
