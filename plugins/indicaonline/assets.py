"""Assets of the DAGs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from indicaonline.settings import Settings

if TYPE_CHECKING:
    from urllib.parse import SplitResult

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


def history_export(settings: Settings) -> Asset:
    """Return the asset of the Parquet export, of an account."""
    return Asset(settings.of_account("history_export"), uri=_uri(settings.account, "export"))


def create_asset(*, table: str, account: str = "", extra: dict[str, Any] | None = None) -> Asset:
    """Return the asset of a table of ``mart``, by its URI. Airflow's factory for the scheme ``indicaonline``."""
    return Asset(uri=_uri(account, f"mart/{table}"), extra=extra)


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Return a URI of the scheme ``indicaonline``. Raises ValueError for one that no asset of this project can have."""
    # Airflow calls this for every such asset. A misspelt one would otherwise wait for events that never come.
    if uri.netloc != "warehouse" or not re.fullmatch(r"(/[a-z][a-z0-9_]{0,29})?/(mart/[a-z_]+|export)", uri.path):
        raise ValueError(
            "An asset URI of IndicaOnline is indicaonline://warehouse/mart/<table>, with several accounts"
            " indicaonline://warehouse/<account>/mart/<table>."
        )
    return uri


def _asset(settings: Settings, name: str, table: str) -> Asset:
    return Asset(settings.of_account(name), uri=_uri(settings.account, f"mart/{table}"))


def _uri(account: str, what: str) -> str:
    # The scheme is not postgres://, because the host and database of the warehouse are known to its connection only.
    return f"indicaonline://{'/'.join(filter(None, ('warehouse', account, what)))}"
