"""The operator of ``warehouse_freshness``; see :mod:`indicaonline.jobs.freshness`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import Context

from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback


class CheckFreshnessOperator(AccountOperator):
    """Fails where the freshness SLA is breached, with the offices and their lags. Sends no request to the API.

    Returns ``{"offices", "snapshot_lag_hours", "update_lag_hours"}``: the number of listed offices, and the greatest
    lags. Raises :class:`~indicaonline.errors.StaleError` where the SLA is breached.
    """

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.freshness import check_freshness, measure_freshness
        from indicaonline.metrics import send_freshness

        connect, settings = self.open_warehouse()
        freshness = measure_freshness(connect, settings)
        # Before the check, so that dashboards show the lag of a run that fails.
        send_freshness(freshness, settings.account)
        check_freshness(freshness)
        return {
            "offices": freshness.offices,
            "snapshot_lag_hours": _hours(freshness.snapshot_lag),
            "update_lag_hours": _hours(freshness.update_lag),
        }


def _hours(lag: dt.timedelta | None) -> float | None:
    return None if lag is None else round(lag / dt.timedelta(hours=1), 2)
