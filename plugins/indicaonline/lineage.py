"""Lineage: which tables an operator reads and writes, for OpenLineage where its provider is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from indicaonline.settings import load_settings

STOCK = (
    "raw.response",
    "inventory.stock_change",
    "inventory.package_change",
    "inventory.stock",
    "mart.inventory_change",
    "mart.inventory_current",
    "mart.package_change",
)
"""What every pull of stock writes: raw, change logs and current stock, and the views that show them."""

PACKAGES = (
    "raw.response",
    "inventory.package_state",
    "inventory.lab_version",
    "mart.package_history",
    "mart.package_lifecycle",
    "mart.lab_result",
)
"""What a refresh of packages writes."""

MOVEMENTS = ("inventory.daily_movement", "mart.stock_movement_daily")
DAYS = ("inventory.daily_stock", "mart.inventory_daily")
DERIVED = tuple(table for table in (*STOCK, *DAYS, *PACKAGES, *MOVEMENTS) if table != "raw.response")
"""What a rebuild derives from raw."""


class WarehouseLineage:
    """Beside an operator: its tables of the warehouse, as ``schema.table``.

    A load applies what it lands in raw, so raw is what it reads. Views of ``mart`` are written by what changes the
    tables beneath them. Without OpenLineage's provider nobody asks, and nothing of it is imported.
    """

    reads: Sequence[str] = ()
    writes: Sequence[str] = ()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The tables as datasets, named as OpenLineage names those of PostgreSQL; called by its provider alone."""
        from airflow.providers.common.compat.openlineage.facet import Dataset
        from airflow.providers.openlineage.extractors import OperatorLineage
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        conn_id = load_settings().warehouse_conn_id
        database = PostgresHook(conn_id).get_openlineage_database_info(PostgresHook.get_connection(conn_id))
        namespace = f"{database.scheme}://{database.authority}"

        def datasets(tables: Sequence[str]) -> list[Any]:
            return [Dataset(namespace=namespace, name=f"{database.database}.{table}") for table in tables]

        return OperatorLineage(inputs=datasets(self.reads), outputs=datasets(self.writes))
