"""Task logs of errors that a person can act on: the whole message, and no traceback."""

from __future__ import annotations

import functools
import logging
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from airflow.sdk import Context

from indicaonline.errors import IndicaOnlineError

# Airflow's log viewer shows about as many characters beside time and level.
WIDTH = 100
"""Characters in a line of a message."""

log = logging.getLogger(__name__)
T = TypeVar("T")


def without_traceback(execute: Callable[[Any, Context], T]) -> Callable[[Any, Context], T]:
    """Decorate ``execute`` of an operator, so that it logs an error of this project without a traceback."""

    @functools.wraps(execute)
    def wrapper(self: Any, context: Context) -> T:
        try:
            return execute(self, context)
        # Any other exception is a bug and keeps its traceback.
        except IndicaOnlineError as error:
            for line in message_lines(error):
                log.error("%s", line)
            raise as_system_exit(error) from None

    return wrapper


def message_lines(error: IndicaOnlineError) -> list[str]:
    """Return the message of an error, wrapped to lines of a readable length."""
    return textwrap.wrap(str(error), WIDTH, break_long_words=False, break_on_hyphens=False)


def as_system_exit(error: IndicaOnlineError) -> IndicaOnlineError:
    """Return the error as an exception of the same class that is a ``SystemExit``, too."""
    # Airflow 3.3 logs a traceback for every exception that ends a task, except for SystemExit. It handles SystemExit
    # like any other failure: retries, retry policy, callbacks. These still get the class of the error and its message.
    kind: Any = type(type(error).__name__, (type(error), SystemExit), {"__module__": type(error).__module__})
    ended: IndicaOnlineError = kind(str(error), status=error.status, retry_after=error.retry_after)
    # Airflow logs the exit code.
    ended.code = 1  # type: ignore[attr-defined]
    return ended
