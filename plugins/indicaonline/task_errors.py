"""Errors that a person can act on, in a task's log: the message first and whole, and no traceback below it."""

from __future__ import annotations

import functools
import logging
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from airflow.sdk import BaseAsyncOperator, Context

from indicaonline.errors import IndicaOnlineError

WIDTH = 100
"""Characters in a line of a message; Airflow's log viewer shows about so many beside time and level."""

log = logging.getLogger(__name__)
T = TypeVar("T")


def without_traceback(execute: Callable[[Any, Context], T]) -> Callable[[Any, Context], T]:
    """Decorate the ``execute`` of an operator: an error of this project is logged line by line, then ends the task.

    Any other exception is a bug, and keeps its traceback.
    """

    @functools.wraps(execute)
    def wrapper(self: Any, context: Context) -> T:
        try:
            return execute(self, context)
        except IndicaOnlineError as error:
            for line in message_lines(error):
                log.error("%s", line)
            raise as_system_exit(error) from None

    return wrapper


class OneLineAsyncOperator(BaseAsyncOperator):
    """An operator with ``aexecute`` whose errors are logged without a traceback: :func:`without_traceback`."""

    @without_traceback
    def execute(self, context: Context) -> Any:
        """Run ``aexecute`` in an event loop."""
        return super().execute(context)  # type: ignore[no-untyped-call]


def message_lines(error: IndicaOnlineError) -> list[str]:
    """The message of an error, which is one line, wrapped to a readable length."""
    return textwrap.wrap(str(error), WIDTH, break_long_words=False, break_on_hyphens=False)


def as_system_exit(error: IndicaOnlineError) -> IndicaOnlineError:
    """Return the error as an exception of the same class that is a ``SystemExit`` too.

    Airflow 3.3 logs a traceback for every exception that ends a task, except ``SystemExit``, which it handles like any
    other failure: retries, retry policy, callbacks. All of these still see the class of the error and its message.
    """
    kind: Any = type(type(error).__name__, (type(error), SystemExit), {"__module__": type(error).__module__})
    ended: IndicaOnlineError = kind(str(error), status=error.status, retry_after=error.retry_after)
    ended.code = 1  # type: ignore[attr-defined]
    return ended
