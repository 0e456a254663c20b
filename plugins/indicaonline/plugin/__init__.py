"""The plugin of Airflow, found by the entry point ``airflow.plugins``."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Task processes load plugins, too, so these modules import nothing heavy.
from indicaonline.plugin import pools
from indicaonline.plugin.connection_test import PortZeroMiddleware
from indicaonline.plugin.page import REACT_APPS, Apps


class IndicaOnlinePlugin(AirflowPlugin):
    """Adds the page *Inventory*, creates the pool of the API, and repairs *Test connection*."""

    name = "indicaonline"
    listeners: list[Any] = [pools]  # noqa: RUF012 - declared so by Airflow
    fastapi_root_middlewares: list[Any] = [  # noqa: RUF012
        {"name": "IndicaOnline: port 0 is no port", "middleware": PortZeroMiddleware}
    ]
    fastapi_apps = Apps()
    react_apps: list[Any] = REACT_APPS
