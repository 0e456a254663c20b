"""The operator of ``package_history``; see :mod:`indicaonline.jobs.packages`."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.errors import PlanRequiredError
from indicaonline.lineage import PACKAGES, WarehouseLineage
from indicaonline.task_errors import OneLineAsyncOperator


class RefreshPackagesOperator(WarehouseLineage, OneLineAsyncOperator):
    """Refreshes the packages that are due, within the budget of requests. Runs on the worker.

    Returns ``{"requests", "fetches", "derived", "left", "unknown_fields", "note"}``: counts and sentences, no ids.
    Skips itself, after a single request, where the plan of the account has no packages.
    """

    reads = ("raw.response", "inventory.package_change")
    writes = PACKAGES

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.hooks.indicaonline import IndicaOnlineHook
        from indicaonline.hooks.warehouse import aopen_warehouse
        from indicaonline.jobs.packages import refresh_packages
        from indicaonline.metrics import measured

        connect, settings = await aopen_warehouse(syncs_settings=True)
        hook = IndicaOnlineHook(settings.api_conn_id)
        await hook.aconfig()
        try:
            with measured():
                result = await refresh_packages(lambda: hook.client(settings), connect, settings)
        # Skipped, not failed: the vendor's guide offers package endpoints to PRO Plan accounts only.
        except PlanRequiredError as error:
            raise AirflowSkipException(
                "Packages and lab results need the PRO Plan, which this account seems not to have (HTTP"
                f" {error.status}). The inventory is complete without it; package history starts by itself once the"
                " plan is upgraded."
            ) from None
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = manifest["derived"]
        return manifest
