"""What this project adds to Airflow's own processes, found by the entry point ``airflow.plugins``.

Task processes load it too, so nothing heavy is imported here.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from indicaonline.plugin import pools
from indicaonline.plugin.connection_test import PortZeroMiddleware


class IndicaOnlinePlugin(AirflowPlugin):
    """The pool that exists before a task needs it, and a *Test connection* that works."""

    name = "indicaonline"
    listeners: list[Any] = [pools]  # noqa: RUF012 - declared so by Airflow
    fastapi_root_middlewares: list[Any] = [  # noqa: RUF012
        {"name": "IndicaOnline: port 0 is no port", "middleware": PortZeroMiddleware}
    ]
