"""The last task of a run: it logs what the run did, and fails where any task of the run failed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator, Context, TriggerRule

from indicaonline.task_errors import without_traceback

FAILED = ("failed", "upstream_failed")


class RunSummaryOperator(BaseOperator):
    """Logs what a run did, once all its tasks have ended. As the leaf of the run it decides the run's state.

    A subclass says in :meth:`lines` what to log. Raises :class:`~indicaonline.errors.RunFailedError` where a task
    failed, or :meth:`problems` finds anything, so that a run that lost something never ends green.
    """

    def __init__(self, *, trigger_rule: str = TriggerRule.ALL_DONE, **kwargs: Any) -> None:
        super().__init__(trigger_rule=trigger_rule, **kwargs)

    @abstractmethod
    def lines(self, context: Context) -> list[str]:
        """What to log, line by line."""

    def problems(self, context: Context) -> list[str]:
        """What is wrong although no task failed, sentence by sentence: the run fails with it."""
        return []

    @without_traceback
    def execute(self, context: Context) -> None:
        from indicaonline.errors import RunFailedError

        ti: Any = context["ti"]
        failed = failed_tasks(ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {}))
        for line in self.lines(context):
            self.log.info("%s", line)
        problems = [f"Tasks of this run failed: {', '.join(failed)}. Their logs say why."] if failed else []
        if problems := [*problems, *self.problems(context)]:
            raise RunFailedError(" ".join(problems))


def failed_tasks(states: Mapping[str, Any]) -> list[str]:
    """The tasks that failed or could not start, by name; an instance of a mapped task has its index at the end."""
    return sorted(name for name, state in states.items() if state in FAILED)
