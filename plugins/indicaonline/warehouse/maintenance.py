"""Partitions ahead, retention, statistics: the statements of ``warehouse_maintenance``."""

from __future__ import annotations

from typing import Any

import psycopg

from indicaonline.warehouse.sql import read_sql


def make_partitions_ahead(connection: psycopg.Connection[Any], months: int) -> int:
    """Make the missing monthly partitions up to so many months ahead; returns how many. Does not commit."""
    row = connection.execute(read_sql("maintenance/make_partitions_ahead"), {"months": months}).fetchone()
    assert row is not None, "make_partitions_ahead.sql always returns one row"
    return int(row[0])


def apply_retention(connection: psycopg.Connection[Any], raw_days: int, snapshot_days: int) -> tuple[int, int]:
    """Drop the months of raw and of snapshots beyond retention; returns how many of each. Does not commit."""
    days = {"raw_days": raw_days, "snapshot_days": snapshot_days}
    row = connection.execute(read_sql("maintenance/drop_old_partitions"), days).fetchone()
    assert row is not None, "drop_old_partitions.sql always returns one row"
    connection.execute(read_sql("maintenance/forget_old_publications"), days)
    raw_months, snapshot_months = row
    return raw_months, snapshot_months


def refresh_statistics(connection: psycopg.Connection[Any]) -> None:
    """Refresh the planner's statistics of every table; commits."""
    connection.execute(read_sql("maintenance/analyze"))
    connection.commit()
