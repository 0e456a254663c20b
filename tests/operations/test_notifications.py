"""Alerts: their targets, their text, and failures to send them. In tests/system an Airflow sends them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
from airflow.providers.http.notifications.http import HttpNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import ShortCircuitOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException
from airflow.sdk.log import mask_secret

from indicaonline.environment import load_settings
from indicaonline.errors import FatalError, HeldBackError, SettingError
from indicaonline.notifications import (
    Alert,
    AlertNotifier,
    Problem,
    alerts,
    compose,
    find_problems,
    in_one_line,
    is_repeated,
    standard_notifier,
)
from indicaonline.settings import AlertTarget, Settings
from receivers import web_server

ALERT = Alert("a_dag", "a_run", "a_dag failed", "a_dag failed: <b>{{ macros }}</b>", "http://127.0.0.1/")


def test_nothing_is_configured_nothing_is_sent() -> None:
    assert alerts(Settings()) is None


def test_targets_are_read_from_one_variable() -> None:
    settings = load_settings(environment={"INDICAONLINE_ALERTS": " smtp:ops@example.com,webhook:team.chat-1 ,"})
    assert settings.alert_targets() == [AlertTarget("smtp", "ops@example.com"), AlertTarget("webhook", "team.chat-1")]
    assert [notifier.target.way for notifier in alerts(settings) or []] == ["smtp", "webhook"]


@pytest.mark.parametrize(
    "text",
    [
        "ops@example.com",
        "mail:ops@example.com",
        "smtp:",
        "smtp:not an address",
        "smtp://user:secret@example.com",
        "webhook:https://hooks.example.com/secret",
        "smtp:ops@example.com webhook:secret",
    ],
)
def test_what_is_no_target_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingError, match=r"^INDICAONLINE_ALERTS: its entry 2 must be ") as refused:
        load_settings(environment={"INDICAONLINE_ALERTS": f"smtp:a@example.com, {text}"})
    assert "secret" not in str(refused.value)


def test_every_dag_alerts_and_every_task_records(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    from indicaonline.notifications import note_problem
    from servers.airflow import REPOSITORY

    monkeypatch.setenv("INDICAONLINE_ALERTS", "webhook:chat")
    bag = DagBag(dag_folder=REPOSITORY / "dags")
    assert bag.import_errors == {}
    for dag in bag.dags.values():
        (notifier,) = dag.on_failure_callback
        assert notifier.target == AlertTarget("webhook", "chat"), dag.dag_id
        for task in dag.tasks:
            assert list(task.on_failure_callback) == [note_problem], task.task_id


def test_errors_are_one_line_and_their_class_is_shown_if_they_are_not_ours() -> None:
    assert in_one_line(HeldBackError("Pull 4711 is held back.")) == "Pull 4711 is held back."
    assert in_one_line(ValueError("first\nsecond")) == "ValueError: first"
    assert in_one_line(KeyError()) == "KeyError"
    assert len(in_one_line(ValueError("x" * 5000))) == 500
    mask_secret("a-password-of-a-connection")
    assert in_one_line(ValueError("for user:a-password-of-a-connection@host")) == "ValueError: for user:***@host"


def test_a_check_that_fails_is_named(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_INVENTORY_WAREHOUSE", warehouse_dsn)
    check = SQLTableCheckOperator(
        task_id="check",
        conn_id="inventory_warehouse",
        table="ops.setting",
        checks={"there_are_settings": {"check_statement": "count(*) = 0"}},
    )
    with pytest.raises(AirflowException) as failed:
        check.execute({})
    line = in_one_line(failed.value)
    assert line.startswith(
        "AirflowException: The following tests have failed: Check: there_are_settings, Check Values:"
    )
    assert len(line.splitlines()) == 1


def test_a_message_names_dag_run_tasks_errors_and_the_log() -> None:
    context = {"dag": DAG("a_dag", schedule=None), "run_id": "manual__2026-03-08T09:30:00+00:00"}
    problems = [Problem(f"pull [Office {number}]", "RetriableError", "No answer.") for number in range(8)]
    alert = compose(context, problems)
    assert alert.subject == "a_dag failed: pull [Office 0]: No answer."
    assert alert.text.count("No answer.") == 5
    assert "and 3 more failed tasks" in alert.text
    assert alert.url.endswith("/dags/a_dag/runs/manual__2026-03-08T09%3A30%3A00%2B00%3A00")
    assert alert.url in alert.text


def test_a_run_of_which_nothing_is_known_is_alerted_too() -> None:
    alert = compose({"dag": DAG("a_dag", schedule=None), "run_id": "r", "reason": "timed_out"}, [])
    assert "Reason given by Airflow: timed_out." in alert.text


class Run:
    """The runs of a DAG as Airflow returns them: states and recorded problems of tasks, the latest run last."""

    dag_id = "a_dag"

    def __init__(
        self, runs: dict[str, tuple[dict[str, str], dict[str, list[Problem]]]], started: dict[str, str]
    ) -> None:
        self._runs = runs
        self._started = started
        self.run_id = list(runs)[-1]

    def context(self) -> Any:
        """The context of the callback about the latest run."""
        with DAG(self.dag_id, schedule=None) as dag:
            ShortCircuitOperator.partial(task_id="pull", python_callable=print).expand(op_args=[[1], [2]])
            for task_id in ("pull_2", "check", "summary"):
                EmptyOperator(task_id=task_id)
        return {"dag": dag, "run_id": self.run_id, "ti": self, "dag_run": self._run(self.run_id)}

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return {run_id: self._runs[run_id][0] for run_id in run_ids if dag_id == self.dag_id}

    def xcom_pull(self, task_ids: list[str], key: str, run_id: str) -> list[Any]:
        return [
            each for task in task_ids for each in msgspec.to_builtins(self._runs[run_id][1].get(task, [])) or [None]
        ]

    def get_previous_dagrun(self) -> Any:
        before = list(self._runs)[:-1]
        return self._run(before[-1]) if before else None

    def _run(self, run_id: str) -> Any:
        started = dt.datetime.fromisoformat(self._started[run_id])
        return SimpleNamespace(run_id=run_id, state="failed", start_date=started)


NOON, LATER, TOMORROW = "2026-03-08T12:00:00Z", "2026-03-08T13:00:00Z", "2026-03-09T12:00:00Z"
OUTAGE = Problem("pull", "RetriableError", "No answer.")


def test_a_task_that_was_killed_recorded_nothing_and_is_alerted_too() -> None:
    # Airflow names the instances of a mapped task by their index.
    states = {"pull_0": "failed", "pull_1": "success", "check": "upstream_failed"}
    run = Run({"now": (states, {})}, {"now": NOON})
    (problem,) = find_problems(run.context())
    assert problem.task == "pull"
    assert "No error was recorded" in problem.text
    recorded = Run({"now": (states, {"pull": [OUTAGE]})}, {"now": NOON})
    assert find_problems(recorded.context()) == [OUTAGE]


def test_the_summary_of_a_run_repeats_nothing() -> None:
    summary = Problem("summary", "RunFailedError", "Tasks of this run failed: pull. See their logs.")
    run = Run(
        {"now": ({"pull": "failed", "summary": "failed"}, {"pull": [OUTAGE], "summary": [summary]})}, {"now": NOON}
    )
    assert find_problems(run.context()) == [OUTAGE]
    alone = Run({"now": ({"summary": "failed"}, {"summary": [summary]})}, {"now": NOON})
    assert find_problems(alone.context()) == [summary]


def test_a_task_whose_name_ends_with_a_number_is_another() -> None:
    run = Run({"now": ({"check_1": "failed", "pull_2": "success"}, {})}, {"now": NOON})
    assert find_problems(run.context()) == []


@pytest.mark.parametrize(
    ("before", "started", "alerted"),
    [
        (OUTAGE, NOON, True),
        (Problem("pull", "RetriableError", "Another text."), NOON, True),
        (OUTAGE, TOMORROW, False),
        (Problem("pull", "WrongKeyError", "No answer."), NOON, False),
        (Problem("check", "RetriableError", "No answer."), NOON, False),
    ],
)
def test_what_fails_again_on_the_same_day_was_alerted(before: Problem, started: str, alerted: bool) -> None:
    runs = {
        "before": ({before.task: "failed"}, {before.task: [before]}),
        "now": ({"pull": "failed"}, {"pull": [OUTAGE]}),
    }
    run = Run(runs, {"before": started, "now": LATER})
    assert is_repeated(run.context(), find_problems(run.context())) is alerted


def test_the_standard_notifiers_send_what_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = standard_notifier(AlertTarget("smtp", "ops@example.com"), ALERT)
    assert isinstance(mail, SmtpNotifier)
    assert mail.html_content == "<pre>a_dag failed: &lt;b&gt;{{ macros }}&lt;/b&gt;</pre>"
    with web_server() as received:
        host, port = received.address
        monkeypatch.setenv("AIRFLOW_CONN_CHAT", f'{{"conn_type": "http", "host": "http://{host}", "port": {port}}}')
        web = standard_notifier(AlertTarget("webhook", "chat"), ALERT)
        assert isinstance(web, HttpNotifier)
        web.notify({})
        path, sent = received.next()
    assert path == "/"
    assert sent == {
        "dag_id": "a_dag",
        "run_id": "a_run",
        "subject": ALERT.subject,
        "text": ALERT.text,
        "url": ALERT.url,
    }


@pytest.mark.parametrize("status", [404, 500])
def test_an_alert_that_cannot_be_sent_says_so_without_the_address(
    status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with web_server(status) as received:
        host, port = received.address
        monkeypatch.setenv(
            "AIRFLOW_CONN_CHAT",
            f'{{"conn_type": "http", "host": "http://{host}", "port": {port}, "password": "a-part-that-is-secret"}}',
        )
        notifier = AlertNotifier(target=AlertTarget("webhook", "chat"))
        with pytest.raises(FatalError, match="could not be sent to webhook:chat: ") as failed:
            notifier({"dag": DAG("a_dag", schedule=None), "run_id": "r", "reason": "task_failure"})
        assert received.next()[0] == "/a-part-that-is-secret"
    assert failed.value.__cause__ is None
    assert "a-part-that-is-secret" not in str(failed.value) + caplog.text


def test_a_connection_that_is_not_there_is_named() -> None:
    with pytest.raises(FatalError, match=r"webhook:nowhere: \w+\. Check the connection"):
        AlertNotifier(target=AlertTarget("webhook", "nowhere"))({"dag": DAG("a_dag", schedule=None), "run_id": "r"})
