"""Alerts: one message about each failed run, sent to where ``INDICAONLINE_ALERTS`` says.

A failing task notes what went wrong, on its worker, where the error is known. The message itself is about the run: it
is sent by the DAG processor once the run has failed, with what all its tasks have noted, so that an outage that fails
a hundred tasks is one message.
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
    """What a failed task noted: its name (with the office where it is mapped), the kind of error, and its one line."""

    task: str
    kind: str
    text: str


class Alert(msgspec.Struct, frozen=True):
    """What a message says. ``text`` is all of it, in lines; ``url`` leads to the run in Airflow."""

    dag_id: str
    run_id: str
    subject: str
    text: str
    url: str


def alerts(settings: Settings) -> list[AlertNotifier] | None:
    """What a DAG calls when a run of it fails: a notifier for each target; None where nothing is to be sent."""
    return [AlertNotifier(target=target) for target in settings.alert_targets()] or None


def note_problem(context: Context) -> None:
    """For ``on_failure_callback`` of every task: leave the error, in one line, for the message about the run."""
    error = context.get("exception")
    if error is None:
        return
    ti: Any = context["ti"]
    # -1 where the task is not mapped.
    label = ti.rendered_map_index or (str(ti.map_index) if ti.map_index is not None and ti.map_index >= 0 else None)
    problem = Problem(f"{ti.task_id} [{label}]" if label else ti.task_id, type(error).__name__, in_one_line(error))
    ti.xcom_push(PROBLEM, msgspec.to_builtins(problem))


def in_one_line(error: object) -> str:
    """An error in one line, secrets that Airflow knows of masked; one that is not this project's with its class."""
    text = str(error).strip()
    # Airflow's checks of tables say in many lines what they asked, and at their end which of them failed.
    at = max(text.find(FAILED_CHECKS), 0)
    text = " ".join(text[at:].split()) if at else text.partition("\n")[0]
    if not isinstance(error, IndicaOnlineError):
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    return _cut(str(redact(text)), LONGEST_LINE)


class AlertNotifier(BaseNotifier):
    """Sends the message about a failed run to one target, by Airflow's own notifier for it.

    Where the same tasks failed with the same kind of error in the run before, on the same day (UTC), that one was
    sent already. Raises :class:`~indicaonline.errors.FatalError`, one line, where the message cannot be sent.
    """

    def __init__(self, *, target: AlertTarget, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target

    def notify(self, context: Context) -> None:
        """Send the message about the run of this context, unless that of the run before said the same."""
        problems = find_problems(context)
        if is_repeated(context, problems):
            self.log.info(
                "Run %s: the one before failed in the same way today, and its message was sent.", context["run_id"]
            )
            return
        alert = compose(context, problems)
        try:
            standard_notifier(self.target, alert).notify(context)
        except Exception as error:
            # Its own words may hold an address with a secret in it.
            raise FatalError(
                f"The alert could not be sent to {self.target.way}:{self.target.address}: {type(error).__name__}. Check"
                " the connection of the target."
            ) from None


def standard_notifier(target: AlertTarget, alert: Alert) -> BaseNotifier:
    """The notifier of Airflow's providers that sends this alert to a target."""
    if target.way == "smtp":
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        return SmtpNotifier(
            to=target.address, subject=alert.subject, html_content=f"<pre>{escape(alert.text, quote=False)}</pre>"
        )
    from airflow.providers.http.hooks.http import HttpHook
    from airflow.providers.http.notifications.http import HttpNotifier

    connection = HttpHook.get_connection(target.address)
    return HttpNotifier(
        http_conn_id=target.address,
        # Of many services the last part of the address is a secret: it may stand in the password, which is masked.
        endpoint=connection.password if not connection.login else None,
        json=msgspec.to_builtins(alert),
        extra_options={"timeout": WEBHOOK_TIMEOUT},
    )


def find_problems(context: Context, run_id: str | None = None) -> list[Problem]:
    """What went wrong in the run of a context, or another of its DAG, task by task; empty where nothing is known.

    A failed task that noted nothing was killed, or its worker was.
    """
    ti: Any = context.get("ti")
    if ti is None:
        return []
    run_id = run_id or ti.run_id
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    problems = []
    for task_id in (task.task_id for task in context["dag"].tasks if _has_failed(task, states)):
        noted = [note for note in ti.xcom_pull(task_ids=[task_id], key=PROBLEM, run_id=run_id) if note]
        problems += [msgspec.convert(note, Problem) for note in noted]
        if not noted:
            problems.append(Problem(task_id, "", "It ended without a word: see whether its worker was killed."))
    # The summary fails because others did, and says no more than they do.
    return [problem for problem in problems if problem.kind != RunFailedError.__name__] or problems


def is_repeated(context: Context, problems: Sequence[Problem]) -> bool:
    """Whether the run before failed on the same day (UTC) in the same tasks, with the same kinds of errors."""
    ti: Any = context.get("ti")
    before = ti.get_previous_dagrun() if ti is not None and problems else None
    if before is None or before.state != "failed" or before.start_date is None:
        return False
    started: Any = context["dag_run"].start_date
    if started is None or started.date() != before.start_date.date():
        return False
    return _kinds(find_problems(context, before.run_id)) == _kinds(problems)


def compose(context: Context, problems: Sequence[Problem]) -> Alert:
    """The message about a failed run: DAG, run, the failed tasks with their errors, and where to look."""
    dag_id, run_id = context["dag"].dag_id, str(context["run_id"])
    url = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{dag_id}/runs/{quote(run_id, safe='')}"
    lines = [f"{problem.task}: {problem.text}" for problem in problems[:PROBLEMS_SHOWN]]
    if len(problems) > PROBLEMS_SHOWN:
        lines.append(f"and {len(problems) - PROBLEMS_SHOWN} more failed tasks")
    lines = lines or [f"Airflow says: {context.get('reason')}."]
    text = "\n".join([f"{dag_id} failed: run {run_id}", "", *lines, "", f"Look at {url}", RUNBOOK])
    return Alert(dag_id, run_id, _cut(f"{dag_id} failed: {lines[0]}", LONGEST_SUBJECT), text, url)


def _has_failed(task: Any, states: dict[str, Any]) -> bool:
    """Whether a task, or an instance of it, failed; Airflow names an instance by the task and its index."""
    failed = [name for name, state in states.items() if state == "failed"]
    prefix = f"{task.task_id}_"
    return task.task_id in failed or (task.is_mapped and any(name.removeprefix(prefix).isdigit() for name in failed))


def _kinds(problems: Sequence[Problem]) -> set[tuple[str, str]]:
    return {(problem.task, problem.kind) for problem in problems}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
