"""What to say about a connection that Airflow does not find."""

from __future__ import annotations

import os

from indicaonline.errors import SettingError


def missing_connection(conn_id: str, advice: str) -> SettingError:
    """The error for a connection that Airflow does not find, with what to do.

    Airflow passes over an environment variable that it cannot read, as if it were not there.
    """
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    if os.environ.get(variable):
        return SettingError(
            f"{variable} cannot be read: write it as a URI, or as JSON such as"
            ' {"conn_type": "...", "host": "...", "password": "..."}.'
        )
    return SettingError(f"There is no connection '{conn_id}': {advice}")
