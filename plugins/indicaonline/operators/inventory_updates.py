"""The operators of ``inventory_updates_hourly``; see :mod:`indicaonline.jobs.updates`."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Context

from indicaonline.lineage import STOCK
from indicaonline.operators.account import AsyncAccountOperator
from indicaonline.operators.run_summary import RunSummaryOperator


class PullUpdatesOperator(AsyncAccountOperator):
    """Pulls the changes, unless the ledger shows the run's hour as covered. Runs on the worker.

    Returns ``{"pull", "since", "touched", "note"}``: counts, the start of the window, the offices and products that
    changed, and the reason where no request was sent.
    """

    reads = ("raw.response", "inventory.stock_change")
    writes = STOCK

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.updates import plan_hour, pull_updates
        from indicaonline.metrics import measured

        connect, settings = await self.aopen_warehouse(syncs_settings=True)
        hook = self.api_hook(settings)
        await hook.aconfig()
        # Airflow leaves these keys out of the context of a run without a logical date.
        plan = plan_hour(
            context.get("data_interval_start"), context.get("data_interval_end"), context.get("logical_date")
        )
        with measured(settings.account):
            result = await pull_updates(lambda: hook.client(settings), connect, settings, plan)
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {"since": manifest["since"], "touched": manifest["touched"]}
        return manifest


class UpdatesSummaryOperator(RunSummaryOperator):
    """Summarizes an hour: the counts of its pull, with rejected items, or the reason why no request was sent."""

    def lines(self, context: Context) -> list[str]:
        """Return lines about the XCom of ``pull_updates``; one line where it failed."""
        from indicaonline.jobs.updates import summary_lines

        return summary_lines(context["ti"].xcom_pull(task_ids="pull_updates"))
