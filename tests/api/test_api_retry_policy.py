"""Which failures Airflow tries again, and after how long."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.sdk import DAG, RetryAction
from airflow.sdk.bases.operator import BaseOperator
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.serialization.serialized_objects import DagSerialization

from indicaonline import errors
from indicaonline.retry_policy import IndicaOnlineRetryPolicy

POLICY = IndicaOnlineRetryPolicy()
RETRIABLE = errors.RetriableError("429: slower", status=429, retry_after=42)


@pytest.mark.parametrize(
    "kind",
    [
        errors.WrongKeyError,
        errors.PlanRequiredError,
        errors.SettingError,
        errors.SkipParameterIgnoredError,
        errors.ClockSkewError,
        errors.HeldBackError,
        errors.NotFoundError,
    ],
)
def test_what_a_person_has_to_change_fails_at_once(kind: type[errors.FatalError]) -> None:
    decision = POLICY.evaluate(kind("change this"), 1, 3)
    assert decision.action is RetryAction.FAIL
    assert decision.reason == "change this"


def test_a_missing_connection_fails_an_operator_of_airflow_at_once() -> None:
    assert POLICY.evaluate(AirflowNotFoundException("The conn_id isn't defined"), 1, 3).action is RetryAction.FAIL


def test_the_servers_wait_is_the_delay() -> None:
    decision = POLICY.evaluate(RETRIABLE, 1, 3)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, dt.timedelta(seconds=42))
    decision = POLICY.evaluate(errors.UnreadableAnswerError("html"), 1, 3)
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, None)


def test_other_errors_keep_the_tasks_own_rules() -> None:
    assert POLICY.evaluate(ValueError("a bug"), 1, 3).action is RetryAction.DEFAULT


def test_a_dag_with_it_can_be_serialized() -> None:
    with DAG("with_policy", schedule=None) as dag:
        BaseOperator(task_id="pull", retry_policy=POLICY, retries=2)
    encoded = DagSerialization.to_dict(dag)
    assert DagSerialization.from_dict(encoded).task_dict["pull"].has_retry_policy
    assert isinstance(IndicaOnlineRetryPolicy.deserialize(POLICY.serialize()), IndicaOnlineRetryPolicy)
