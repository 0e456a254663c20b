"""Alerts: one message about each failed run, to the targets in ``INDICAONLINE_ALERTS``.

A failing task records its error on its worker, where the error is known. Once the run has failed, the DAG processor
sends one message with the errors of all its tasks, even if an outage fails a hundred of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

import msgspec
from airflow.sdk import BaseNotifier, Context
from airflow.sdk.configuration import conf
from airflow.sdk.log import redact  # type: ignore[attr-defined]

from indicaonline.errors import FatalError, IndicaOnlineError, RunFailedError
from indicaonline.settings import AlertTarget, Settings

PROBLEM = "problem"
PROBLEMS_SHOWN = 5
LONGEST_LINE = 500
LONGEST_SUBJECT = 150
WEBHOOK_TIMEOUT = 30
FAILED_CHECKS = "The following tests have failed:"
RUNBOOK = 'What to do: docs/operations.md, "What to do for each alert".'


class Problem(msgspec.Struct, frozen=True):
    """The recorded error of a failed task: the task (with the office if mapped), the error's class and message."""

    task: str
    kind: str
    text: str


class Alert(msgspec.Struct, frozen=True):
    """A message. ``text`` is all of it, in lines; ``url`` is the address of the run in Airflow."""

    dag_id: str
    run_id: str
    subject: str
    text: str
    url: str


def alerts(settings: Settings) -> list[AlertNotifier] | None:
    """Return the callbacks of a DAG for a failed run: a notifier for each target; None if there are no targets."""
    return [AlertNotifier(target=target) for target in settings.alert_targets()] or None


def note_problem(context: Context) -> None:
    """Record the error of a task in one line, for the alert. The ``on_failure_callback`` of every task."""
    error = context.get("exception")
    if error is None:
        return
    ti: Any = context["ti"]
    # The map index of a task that is not mapped is -1.
    label = ti.rendered_map_index or (str(ti.map_index) if ti.map_index is not None and ti.map_index >= 0 else None)
    problem = Problem(f"{ti.task_id} [{label}]" if label else ti.task_id, type(error).__name__, in_one_line(error))
    # XCom, because a worker cannot reach the metadata database, and the DAG processor can read XCom.
    ti.xcom_push(PROBLEM, msgspec.to_builtins(problem))


def in_one_line(error: object) -> str:
    """Return an error in one line, with secrets masked; also with its class if it is not an error of this project."""
    text = str(error).strip()
    # The message of SQLTableCheckOperator begins with the whole query and ends with the checks that failed.
    at = max(text.find(FAILED_CHECKS), 0)
    text = " ".join(text[at:].split()) if at else text.partition("\n")[0]
    if not isinstance(error, IndicaOnlineError):
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    return _cut(str(redact(text)), LONGEST_LINE)


class AlertNotifier(BaseNotifier):
    """Sends the message about a failed run to one target, with the standard notifier for it."""

    def __init__(self, *, target: AlertTarget, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target

    def notify(self, context: Context) -> None:
        """Send the message about the run of this context, unless it would repeat that of the previous run.

        Raises :class:`~indicaonline.errors.FatalError`, one line, if the message cannot be sent.
        """
        problems = find_problems(context)
        if is_repeated(context, problems):
            self.log.info(
                "Run %s: the previous run failed in the same way today, and its alert was sent.", context["run_id"]
            )
            return
        alert = compose(context, problems)
        try:
            standard_notifier(self.target, alert).notify(context)
        except Exception as error:
            # The message of the provider may show an address with a secret in it.
            raise FatalError(
                f"The alert could not be sent to {self.target.way}:{self.target.address}: {type(error).__name__}. Check"
                " the connection of the target."
            ) from None


def standard_notifier(target: AlertTarget, alert: Alert) -> BaseNotifier:
    """Return the notifier of Airflow's providers that sends an alert to a target."""
    if target.way == "smtp":
        # Imported here: DAG files import this module, and most have one kind of target or none.
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        # SmtpNotifier sends HTML only. <pre> keeps the line breaks.
        return SmtpNotifier(
            to=target.address, subject=alert.subject, html_content=f"<pre>{escape(alert.text, quote=False)}</pre>"
        )
    from airflow.providers.http.hooks.http import HttpHook
    from airflow.providers.http.notifications.http import HttpNotifier

    connection = HttpHook.get_connection(target.address)
    return HttpNotifier(
        http_conn_id=target.address,
        # Slack and others give webhooks a path that is a secret. The password field keeps it masked; with a login, it
        # is the password of basic authentication.
        endpoint=connection.password if not connection.login else None,
        json=msgspec.to_builtins(alert),
        # HttpHook has no timeout by default.
        extra_options={"timeout": WEBHOOK_TIMEOUT},
    )


def find_problems(context: Context, run_id: str | None = None) -> list[Problem]:
    """Return the errors in the run of a context, or in another run of its DAG, task by task; empty if unknown."""
    # Absent if the run failed without a task, for example because of its time-out.
    ti: Any = context.get("ti")
    if ti is None:
        return []
    run_id = run_id or ti.run_id
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    problems = []
    for task_id in (task.task_id for task in context["dag"].tasks if _has_failed(task, states)):
        recorded = [each for each in ti.xcom_pull(task_ids=[task_id], key=PROBLEM, run_id=run_id) if each]
        problems += [msgspec.convert(each, Problem) for each in recorded]
        # A killed process runs no callbacks.
        if not recorded:
            problems.append(Problem(task_id, "", "No error was recorded: check whether its worker was killed."))
    # The summary task fails because others did. Its error only repeats theirs.
    return [problem for problem in problems if problem.kind != RunFailedError.__name__] or problems


def is_repeated(context: Context, problems: Sequence[Problem]) -> bool:
    """Return True if the previous run failed on the same day (UTC) in the same tasks with the same errors."""
    ti: Any = context.get("ti")
    before = ti.get_previous_dagrun() if ti is not None and problems else None
    if before is None or before.state != "failed" or before.start_date is None:
        return False
    # By day, so that a lasting problem is reported once a day. By class, because messages hold times and numbers.
    started: Any = context["dag_run"].start_date
    if started is None or started.date() != before.start_date.date():
        return False
    return _kinds(find_problems(context, before.run_id)) == _kinds(problems)


def compose(context: Context, problems: Sequence[Problem]) -> Alert:
    """Return the message about a failed run: DAG, run, failed tasks with their errors, and links."""
    dag_id, run_id = context["dag"].dag_id, str(context["run_id"])
    # Run ids contain colons and plus signs: scheduled__2026-03-08T08:00:00+00:00.
    url = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{dag_id}/runs/{quote(run_id, safe='')}"
    lines = [f"{problem.task}: {problem.text}" for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"and {len(problems) - PROBLEMS_SHOWN} more failed tasks")
    lines = lines or [f"Reason given by Airflow: {context.get('reason')}."]
    text = "\n".join([f"{dag_id} failed: run {run_id}", "", *lines, "", f"Details: {url}", RUNBOOK])
    return Alert(dag_id, run_id, _cut(f"{dag_id} failed: {lines[0]}", LONGEST_SUBJECT), text, url)


def _has_failed(task: Any, states: dict[str, Any]) -> bool:
    """Return True if a task, or a mapped instance of it, failed."""
    # get_task_states names a mapped instance <task_id>_<map_index>.
    failed = [name for name, state in states.items() if state == "failed"]
    prefix = f"{task.task_id}_"
    return task.task_id in failed or (task.is_mapped and any(name.removeprefix(prefix).isdigit() for name in failed))


def _kinds(problems: Sequence[Problem]) -> set[tuple[str, str]]:
    return {(problem.task, problem.kind) for problem in problems}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
