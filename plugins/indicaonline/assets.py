"""Assets of the DAGs."""

from __future__ import annotations

from airflow.sdk import Asset

from indicaonline.settings import Settings

# Declared once: Airflow links the DAG that produces an asset with those that wait for it by name and URI.


def inventory_daily(settings: Settings) -> Asset:
    """Return the asset of published days, of an account."""
    return _asset(settings, "inventory_daily", "inventory_daily")


def inventory_updates(settings: Settings) -> Asset:
    """Return the asset of changes of stock, of an account."""
    return _asset(settings, "inventory_updates", "inventory_change")


def package_history(settings: Settings) -> Asset:
    """Return the asset of package versions, of an account."""
    return _asset(settings, "package_history", "package_history")


def _asset(settings: Settings, name: str, table: str) -> Asset:
    # The scheme is not postgres://, because the host and database of the warehouse are known to its connection only.
    warehouse = f"warehouse/{settings.account}" if settings.account else "warehouse"
    return Asset(settings.of_account(name), uri=f"indicaonline://{warehouse}/mart/{table}")
