"""The operators of ``package_history``; see :mod:`indicaonline.jobs.packages`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.errors import PlanRequiredError
from indicaonline.lineage import PACKAGES
from indicaonline.operators.account import AsyncAccountOperator
from indicaonline.task_errors import without_traceback


class RefreshPackagesOperator(AsyncAccountOperator):
    """Refreshes the packages that are due, beside other tasks, within its share of the budget. Runs on the worker.

    Returns ``{"requests", "fetches", "derived", "left", "unknown_fields", "note"}``: counts and sentences, no ids.
    Skips itself, after a single request, where the plan of the account has no packages.

    :param number: the number of this task among those of the run, from 1
    :param tasks: how many they are: each has its share of the budget, and of the rate of the connection
    """

    reads = ("raw.response", "inventory.package_change")
    writes = PACKAGES

    def __init__(self, *, number: int = 1, tasks: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.number = number
        self.tasks = tasks

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.packages import refresh_packages
        from indicaonline.metrics import measured

        connect, settings = await self.aopen_warehouse(syncs_settings=True)
        hook = self.api_hook(settings)
        await hook.aconfig()
        try:
            with measured(settings.account):
                result = await refresh_packages(
                    lambda: hook.client(settings, tasks=self.tasks), connect, settings, self.number, self.tasks
                )
        # Skipped, not failed: the vendor's guide offers package endpoints to PRO Plan accounts only.
        except PlanRequiredError as error:
            raise AirflowSkipException(
                "Packages and lab results need the PRO Plan, which this account seems not to have (HTTP"
                f" {error.status}). The inventory is complete without it; package history starts by itself once the"
                " plan is upgraded."
            ) from None
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        return manifest


class SumPackagesOperator(BaseOperator):
    """Adds up what the tasks of a run have derived, for the events of its assets.

    Returns ``{"packages", "versions", "lab_panels", "unstorable"}``, as in one of the results.

    :param results: the return values of :class:`RefreshPackagesOperator`
    """

    template_fields: Sequence[str] = ("results",)

    def __init__(self, *, results: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.results = results

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.packages import sum_derived

        total = sum_derived([result["derived"] for result in self.results])
        for asset in self.outlets:
            context["outlet_events"][asset].extra = total
        return total
