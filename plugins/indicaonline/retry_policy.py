"""Retry policy of tasks, by the class of the error."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowNotFoundException

from indicaonline.errors import FatalError, RetriableError

# Operators of Airflow, such as the SQL checks, raise the second one for a connection that does not exist.
FATAL = (FatalError, AirflowNotFoundException)
# The column retry_reason of Airflow's task_instance is a varchar(500).
LONGEST_REASON = 500


class IndicaOnlineRetryPolicy(RetryPolicy):
    """Fails at once for an error that no retry can help, and retries others after the wait that the API requests.

    Errors of other classes keep the task's own ``retries`` and ``retry_delay``.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Return the decision about one failed try. Airflow calls this in the worker, with the exception object."""
        reason = str(exception)[:LONGEST_REASON]
        if isinstance(exception, RetriableError):
            # None keeps the task's own delay.
            delay = None if exception.retry_after is None else dt.timedelta(seconds=exception.retry_after)
            return RetryDecision.retry(delay=delay, reason=reason)
        if isinstance(exception, FATAL):
            return RetryDecision.fail(reason=reason)
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Return an empty JSON object, because the policy has no state."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> IndicaOnlineRetryPolicy:
        """Return the policy."""
        return cls()
