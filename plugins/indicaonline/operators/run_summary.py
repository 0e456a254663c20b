"""The last task of a run: logs the results of the run, and fails where any of its tasks failed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Context, TriggerRule

from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback

FAILED = ("failed", "upstream_failed")


class RunSummaryOperator(AccountOperator):
    """Logs the results of a run after all its tasks have ended. A subclass returns them from :meth:`lines`.

    Raises :class:`~indicaonline.errors.RunFailedError` where a task failed or :meth:`problems` returns anything.
    """

    # Airflow derives the state of a run from its leaves. With ALL_DONE this one runs after failures too, and has to
    # fail itself: otherwise a run with failed tasks would end as successful.
    def __init__(self, *, trigger_rule: str = TriggerRule.ALL_DONE, **kwargs: Any) -> None:
        super().__init__(trigger_rule=trigger_rule, **kwargs)

    @abstractmethod
    def lines(self, context: Context) -> list[str]:
        """Return the lines to log."""

    def problems(self, context: Context) -> list[str]:
        """Return sentences about problems that no task reported; the run fails if there are any."""
        return []

    @without_traceback
    def execute(self, context: Context) -> None:
        from indicaonline.errors import RunFailedError

        ti: Any = context["ti"]
        failed = failed_tasks(ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {}))
        for line in self.lines(context):
            self.log.info("%s", line)
        problems = [f"Tasks of this run failed: {', '.join(failed)}. See their logs."] if failed else []
        if problems := [*problems, *self.problems(context)]:
            raise RunFailedError(" ".join(problems))


def failed_tasks(states: Mapping[str, Any]) -> list[str]:
    """Return the names of the tasks that failed or could not start; a mapped task has its index at the end."""
    return sorted(name for name, state in states.items() if state in FAILED)
