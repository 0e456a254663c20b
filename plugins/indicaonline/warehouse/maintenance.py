"""Statements of ``warehouse_maintenance``: partitions ahead, retention, statistics."""

from __future__ import annotations

from indicaonline.warehouse.sql import Connection, fetch_one, read_sql


def make_partitions_ahead(connection: Connection, months: int) -> dict[str, int]:
    """Create the missing monthly partitions up to so many months ahead; returns their number. Does not commit."""
    return fetch_one(connection, dict[str, int], "maintenance/make_partitions_ahead", {"months": months})


def apply_retention(connection: Connection, raw_days: int, snapshot_days: int) -> dict[str, int]:
    """Drop the months of raw and of snapshots beyond retention; returns the number of each. Does not commit."""
    days = {"raw_days": raw_days, "snapshot_days": snapshot_days}
    return fetch_one(connection, dict[str, int], "maintenance/apply_retention", days)


def refresh_statistics(connection: Connection) -> None:
    """Refresh the planner's statistics of the tables that grow; commits."""
    # Autovacuum never analyzes a partitioned parent, only its partitions (PostgreSQL manual, "Routine Vacuuming").
    connection.execute(read_sql("maintenance/analyze"))
    connection.commit()
