"""Assets of the DAGs."""

from __future__ import annotations

from airflow.sdk import Asset

# Declared once: Airflow links the DAG that produces an asset with those that wait for it by name and URI. The scheme is
# not postgres://, because the host and database of the warehouse are known to its connection only.
INVENTORY_DAILY = Asset("inventory_daily", uri="indicaonline://warehouse/mart/inventory_daily")
INVENTORY_UPDATES = Asset("inventory_updates", uri="indicaonline://warehouse/mart/inventory_change")
HISTORY_EXPORT = Asset("history_export", uri="indicaonline://export")
PACKAGE_HISTORY = Asset("package_history", uri="indicaonline://warehouse/mart/package_history")
