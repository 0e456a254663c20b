"""Lineage of operators: their tables, for the OpenLineage provider, and the days in the events of their assets."""

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
"""Tables that a pull of stock writes, with the views over them."""

PACKAGES = (
    "raw.response",
    "inventory.package_state",
    "inventory.package_attributes",
    "inventory.lab_panel",
    "mart.package_history",
    "mart.package_lifecycle",
    "mart.lab_result",
)
"""Tables that a refresh of packages writes, with the views over them."""

MOVEMENTS = ("inventory.daily_movement", "mart.stock_movement_daily")
DAYS = ("inventory.daily_stock", "mart.inventory_daily")
# A rebuild reads raw responses and never writes them.
DERIVED = tuple(table for table in (*STOCK, *DAYS, *PACKAGES, *MOVEMENTS) if table != "raw.response")
"""Tables that a rebuild derives from raw."""


class WarehouseLineage:
    """A mixin for operators with their tables of the warehouse, as ``schema.table``."""

    # A load inserts responses into raw and applies them from there, so raw is its input, too. A view of mart counts as
    # written when the tables below it are.
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """Return the tables as OpenLineage datasets. Only the OpenLineage provider calls this."""
        # Imported here, because the OpenLineage provider is optional.
        from airflow.providers.common.compat.openlineage.facet import Dataset
        from airflow.providers.openlineage.extractors import OperatorLineage
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        conn_id = load_settings().warehouse_conn_id
        database = PostgresHook(conn_id).get_openlineage_database_info(PostgresHook.get_connection(conn_id))
        # OpenLineage's naming specification for Postgres: postgres://{host}:{port}, {database}.{schema}.{table}.
        namespace = f"{database.scheme}://{database.authority}"

        def datasets(tables: Sequence[str]) -> list[Any]:
            return [Dataset(namespace=namespace, name=f"{database.database}.{table}") for table in tables]

        return OperatorLineage(inputs=datasets(self.reads), outputs=datasets(self.writes))


def describe_days(operator: Any, context: Any, days: Sequence[dict[str, Any]]) -> None:
    """Add published days to the event of each asset of a task, each day with its office, rows and basis."""
    # Ids and counts only: Airflow keeps the extra of an event in its metadata database.
    published = [{key: day[key] for key in ("office_id", "business_day", "rows", "basis")} for day in days]
    for asset in operator.outlets:
        context["outlet_events"][asset].extra = {"published": published}
