"""The operators of ``held_back_pulls``; see :mod:`indicaonline.jobs.held_pulls`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.errors import AlreadyDecidedError
from indicaonline.lineage import DAYS, STOCK, describe_days
from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback

ACCEPT, DISMISS = "Accept", "Dismiss"
"""The answers that a person can give."""
DECISIONS = {"accept": True, "dismiss": False}
"""Values of the parameter ``decision`` that are decisions -> True where the pull is accepted."""
RESPONSE_TIMEOUT = timedelta(days=7)
RUN_ID = "pull_{}"
"""The run that asks about a pull. One pull has one such run, so it is asked about once."""


class FindHeldPullsOperator(AccountOperator):
    """Finds the held-back pulls that wait for a decision.

    Returns a run of ``held_back_pulls`` for each of them: ``{"trigger_run_id", "conf"}``.
    """

    @without_traceback
    def execute(self, context: Context) -> list[dict[str, Any]]:
        from indicaonline.jobs.held_pulls import undecided_pulls

        pulls = undecided_pulls(*self.open_warehouse())
        return [{"trigger_run_id": RUN_ID.format(pull), "conf": {"pull_id": pull}} for pull in pulls]


class AskAboutHeldPullOperator(AccountOperator, HITLOperator):
    """Asks a person to accept or dismiss a held-back pull, unless the run's parameters contain the decision.

    Returns ``{"accepts", "note", "decided_by"}``. While it waits it occupies neither a worker nor a triggerer. Skips
    itself where the pull is not held back any more, or where nobody answers in time.

    :param params: the fields of the form beside the answer: a ``note``
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, *HITLOperator.template_fields)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            # Replaced in execute(), after templates are rendered: names from the API must never be templates.
            subject="Accept the held-back pull?",
            options=[ACCEPT, DISMISS],
            response_timeout=RESPONSE_TIMEOUT,
            **kwargs,
        )

    @without_traceback
    def execute(self, context: Context) -> Any:
        """Return the decision in the run's parameters, or ask for it."""
        from indicaonline.jobs.held_pull_question import ask_about
        from indicaonline.jobs.held_pulls import check_undecided

        params = context["params"]
        connect, settings = self.open_warehouse()
        try:
            check_undecided(connect, settings, params["pull_id"])
        except AlreadyDecidedError as error:
            raise AirflowSkipException(str(error)) from None
        if (accepts := DECISIONS.get(params["decision"])) is not None:
            run: Any = context["dag_run"]
            return _answer(context, getattr(run, "triggering_user_name", None), params["note"], accepts=accepts)
        question = ask_about(connect, settings, params["pull_id"])
        self.subject, self.body = question.subject, question.body
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Return the answer of a person."""
        if "error" in event:
            self.process_trigger_event_error(event)
        # Airflow has checked the options, not the other fields of the form.
        note = (event["params_input"] or {}).get("note")
        user = event["responded_by_user"] or {}
        return _answer(context, user.get("name"), note, accepts=event["chosen_options"] == [ACCEPT])

    def process_trigger_event_error(self, event: dict[str, Any]) -> None:
        """Skip the task where nobody answered in time; Airflow would fail it."""
        if event["error_type"] == "timeout":
            raise AirflowSkipException(
                f"Nobody answered within {RESPONSE_TIMEOUT.days} days: the pull stays held back until somebody decides,"
                " or a complete pull of the office supersedes it."
            )
        super().process_trigger_event_error(event)


class DecideHeldPullOperator(AccountOperator):
    """Accepts or dismisses the held-back pull of the run. Sends no request to the API.

    Skips itself where the answer is the other one, or the pull has ended otherwise meanwhile. Returns
    ``{"pull_id", "changes", "republished"}``.

    :param answer: the result of :class:`AskAboutHeldPullOperator`
    """

    accepts: bool
    template_fields: Sequence[str] = (*AccountOperator.template_fields, "answer")

    def __init__(self, *, answer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.answer = answer

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.held_pulls import decide_pull

        if self.answer["accepts"] != self.accepts:
            raise AirflowSkipException(f"The answer is: {ACCEPT if self.answer['accepts'] else DISMISS}.")
        pull_id = context["params"]["pull_id"]
        by, note = self.answer["decided_by"], self.answer["note"]
        try:
            result = decide_pull(*self.open_warehouse(), pull_id, accepts=self.accepts, decided_by=by, note=note)
        except AlreadyDecidedError as error:
            raise AirflowSkipException(str(error)) from None
        days: list[dict[str, Any]] = msgspec.to_builtins(result.republished) if result else []
        describe_days(self, context, days)
        return {"pull_id": pull_id, "changes": result.changes if result else 0, "republished": days}


class AcceptHeldPullOperator(DecideHeldPullOperator):
    """Applies the held-back pull of the run from raw, and republishes the days that depend on it."""

    accepts = True
    reads = ("raw.response", "inventory.stock_change")
    writes = (*(table for table in STOCK if table != "raw.response"), *DAYS)


class DismissHeldPullOperator(DecideHeldPullOperator):
    """Ends the held-back pull of the run without applying it."""

    accepts = False


def _answer(context: Context, user: str | None, note: object, *, accepts: bool) -> dict[str, Any]:
    # With the run, so that a retry recognizes the decision of its own run.
    decided_by = f"{user or 'an unknown user'}, run {context['run_id']}"
    return {"accepts": accepts, "note": None if note is None else str(note), "decided_by": decided_by}
