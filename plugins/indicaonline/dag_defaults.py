"""Arguments that the DAGs of this project share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum

from indicaonline.notifications import alerts, note_problem
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import Settings

TASK_DEFAULTS = {
    "owner": "inventory",
    "retries": 3,
    # 30 s, 2 min, 8 min, plus jitter: soon for a task whose worker died, later for an API that is down. The exponential
    # backoff of Airflow 3 is the factor from one delay to the next.
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 4,
    "retry_policy": IndicaOnlineRetryPolicy(),
    "on_failure_callback": note_problem,
}


def dag_defaults(
    settings: Settings, tag: str, *, zone: str | None = None, max_active_runs: int = 1, **task_arguments: Any
) -> dict[str, Any]:
    """Return the keyword arguments of a DAG: ``DAG("name", schedule=..., **dag_defaults(...))``.

    :param tag: the DAG's tag beside ``indicaonline``
    :param zone: the time zone of its schedule; None for a DAG that only people trigger
    :param task_arguments: arguments of its tasks; they override :data:`TASK_DEFAULTS`
    """
    return {
        # A fixed date, as Airflow advises. Because of catchup below, no runs since then are created.
        "start_date": zone and pendulum.datetime(2024, 1, 1, tz=zone),
        # The API returns only the current state, so a run for a past interval pulls nothing.
        "catchup": False,
        "max_active_runs": max_active_runs,
        "tags": ["indicaonline", tag],
        "on_failure_callback": alerts(settings),
        "default_args": TASK_DEFAULTS | task_arguments,
    }
