"""The arguments that the DAGs of this project share. A DAG file states only what is its own."""

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
    # Soon, for a task whose worker died; then ever later, for an API that is down.
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
    :param task_arguments: arguments of its tasks; they win over :data:`TASK_DEFAULTS`
    """
    return {
        "start_date": zone and pendulum.datetime(2024, 1, 1, tz=zone),
        # The API knows only now, so there is nothing to catch up with.
        "catchup": False,
        "max_active_runs": max_active_runs,
        "tags": ["indicaonline", tag],
        "on_failure_callback": alerts(settings),
        "default_args": TASK_DEFAULTS | task_arguments,
    }
