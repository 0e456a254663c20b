"""The error for a connection that Airflow does not find."""

from __future__ import annotations

import os

from indicaonline.errors import SettingError


def missing_connection(conn_id: str, advice: str) -> SettingError:
    """Return the error for a connection that Airflow does not find, with the action to take."""
    # Airflow ignores a variable that it cannot parse, as if it were not set.
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    if os.environ.get(variable):
        return SettingError(
            f"{variable} cannot be read: write it as a URI, or as JSON such as"
            ' {"conn_type": "...", "host": "...", "password": "..."}.'
        )
    return SettingError(f"There is no connection '{conn_id}': {advice}")
