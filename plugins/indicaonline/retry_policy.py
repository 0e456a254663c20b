"""Airflow's retries, decided by what kind of error a task ended with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowNotFoundException

from indicaonline.errors import FatalError, RetriableError

# Airflow's own operators, such as the SQL checks, say with the second that there is no such connection.
FATAL = (FatalError, AirflowNotFoundException)


class IndicaOnlineRetryPolicy(RetryPolicy):
    """Fails at once what trying again cannot help, and waits as long as the API asks before trying the rest.

    Errors that this project does not know keep the task's own ``retries`` and ``retry_delay``. Where
    several things failed together, the task is tried again if that can help any of them.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """The decision about one failed try; called in the worker, with the exception itself."""
        errors = list(_leaves(exception))
        retriable = [error for error in errors if isinstance(error, RetriableError)]
        if retriable:
            waits = [error.retry_after for error in retriable if error.retry_after is not None]
            delay = dt.timedelta(seconds=max(waits)) if waits else None
            return RetryDecision.retry(delay=delay, reason=str(retriable[0])[:500])
        if errors and all(isinstance(error, FATAL) for error in errors):
            return RetryDecision.fail(reason=str(errors[0])[:500])
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """A JSON object; there is nothing to keep."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> IndicaOnlineRetryPolicy:
        """The policy again, from :meth:`serialize`."""
        return cls()


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _leaves(part)
    else:
        yield error
