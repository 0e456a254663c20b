"""Errors a person can act on: in lines that can be read, of their own class, and never with a traceback."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from airflow.sdk import RetryAction

from indicaonline.errors import FatalError, HeldBackError, IndicaOnlineError, RetriableError
from indicaonline.operators.run_summary import failed_tasks
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.task_errors import as_system_exit, message_lines, without_traceback

CONTEXT: Any = {}


def raising(error: BaseException) -> Any:
    """An ``execute`` that ends with an error."""

    def execute(self: object, context: object) -> None:
        raise error

    return without_traceback(execute)


def test_it_keeps_its_class_its_message_and_what_a_retry_needs() -> None:
    ended = as_system_exit(RetriableError("Later.", status=503, retry_after=7.0))
    assert isinstance(ended, RetriableError)
    assert isinstance(ended, SystemExit), "the one exception for which Airflow logs no traceback"
    assert (str(ended), type(ended).__name__, ended.status, ended.code) == ("Later.", "RetriableError", 503, 1)
    decision = IndicaOnlineRetryPolicy().evaluate(ended, 1, 3)
    assert decision.action == RetryAction.RETRY
    assert decision.retry_delay is not None
    assert decision.retry_delay.total_seconds() == 7
    assert IndicaOnlineRetryPolicy().evaluate(as_system_exit(FatalError("No.")), 1, 3).action == RetryAction.FAIL


def test_the_message_is_whole_and_in_lines(caplog: pytest.LogCaptureFixture) -> None:
    message = "Pull 4711 is held back: " + "40 of 60 products with stock would vanish. " * 8 + "https://" + "x" * 150
    with pytest.raises(HeldBackError):
        raising(HeldBackError(message))(None, CONTEXT)
    lines = [record.getMessage() for record in caplog.records]
    assert " ".join(lines) == message
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert all(len(line) <= 100 or line.startswith("https://") for line in lines)
    assert message_lines(FatalError("first\nsecond")) == ["first second"]


def test_a_bug_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError) as bug:
        raising(KeyError("x"))(None, CONTEXT)
    assert not isinstance(bug.value, SystemExit)
    assert not caplog.records


def test_every_operator_of_the_project_is_plain() -> None:
    """The wrapper shows in the function's own ``__wrapped__`` chain, above Airflow's."""
    import importlib
    import pkgutil

    from airflow.sdk import BaseOperator

    from indicaonline import operators

    modules = [
        importlib.import_module(f"{operators.__name__}.{module.name}")
        for module in pkgutil.iter_modules(operators.__path__)
    ]
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    found = [kind for kind in classes if issubclass(kind, BaseOperator) and kind.__module__.startswith("indicaonline.")]
    assert len(found) >= 10
    # A base class has no execute of its own.
    for operator in (kind for kind in found if kind.execute is not BaseOperator.execute):
        codes = []
        function: Any = operator.execute
        while function is not None:
            codes.append(function.__code__)
            function = getattr(function, "__wrapped__", None)
        assert raising(IndicaOnlineError("x")).__code__ in codes, operator


def test_what_counts_as_failed() -> None:
    states = {
        "plan_offices": "success",
        "snapshot_office_1": "failed",
        "roll_up": "upstream_failed",
        "check": "skipped",
    }
    assert failed_tasks(states) == ["roll_up", "snapshot_office_1"]
    assert failed_tasks({}) == []
