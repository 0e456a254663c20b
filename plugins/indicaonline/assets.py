"""The assets that the DAGs produce, and wait for: named in one place, so that they are the same."""

from __future__ import annotations

from airflow.sdk import Asset

INVENTORY_DAILY = Asset("inventory_daily", uri="indicaonline://warehouse/mart/inventory_daily")
INVENTORY_UPDATES = Asset("inventory_updates", uri="indicaonline://warehouse/mart/inventory_change")
PACKAGE_HISTORY = Asset("package_history", uri="indicaonline://warehouse/mart/package_history")
