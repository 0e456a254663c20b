"""The operators of ``package_history``; see :mod:`indicaonline.jobs.packages`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.errors import PlanRequiredError
from indicaonline.lineage import PACKAGES
from indicaonline.operators.account import AccountOperator, AsyncAccountOperator
from indicaonline.task_errors import without_traceback


class RefreshPackagesOperator(AsyncAccountOperator):
    """Refreshes packages: those that are due, or those that are given, within the budget. Runs on the worker.

    Given packages are refreshed whether they are due or not. What is left when the budget is used, or in the hands of a
    task of ``package_history``, stays in its queue.

    Returns ``{"requests", "fetches", "derived", "left", "unknown_fields", "note"}``: counts and sentences, no ids.
    Skips itself, after a single request, where the plan of the account has no packages.

    :param package_ids: ids of packages that were pulled before: a list, or its text, such as ``[12, 13]`` (templated)
    :param product_ids: ids of products, all of whose packages are refreshed, likewise (templated)
    :param number: the number of this task among those of the run, from 1
    :param tasks: how many they are: each has its share of the budget, and of the rate of the connection
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "package_ids", "product_ids")
    reads = ("raw.response", "inventory.package_change")
    writes = PACKAGES

    def __init__(
        self, *, package_ids: Any = None, product_ids: Any = None, number: int = 1, tasks: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.package_ids = package_ids
        self.product_ids = product_ids
        self.number = number
        self.tasks = tasks

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.given import ids_of
        from indicaonline.jobs.packages import refresh_given, refresh_packages

        # First, so that a wrong parameter is reported without a connection.
        packages = [] if self.package_ids is None else ids_of(self.package_ids, "package")
        products = [] if self.product_ids is None else ids_of(self.product_ids, "product")
        open_client, connect, settings = await self.aopen()
        try:
            if packages or products:
                result = await refresh_given(open_client, connect, settings, packages, products)
            else:
                open_client = partial(open_client, tasks=self.tasks)
                result = await refresh_packages(open_client, connect, settings, self.number, self.tasks)
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
