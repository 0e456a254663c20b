"""The operators of ``inventory_updates_hourly``; see :mod:`indicaonline.jobs.updates`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from airflow.sdk import Context

from indicaonline.lineage import STOCK
from indicaonline.operators.account import AccountOperator, AsyncAccountOperator
from indicaonline.operators.run_summary import RunSummaryOperator


class PullUpdatesOperator(AsyncAccountOperator):
    """Pulls the changes of all offices, and stores them as observations. Runs on the worker.

    By default it pulls since the watermark, unless the ledger shows the hour of the run as covered. A pull covers the
    hours from its own start on, and moves the watermark only where it starts at or before it.

    Returns ``{"pull", "since", "touched", "note"}``: counts, the start of the window, the offices and products that
    changed, and the reason where no request was sent. Each asset in ``outlets`` gets an event with these.

    :param since: pull what changed since this instant instead: a datetime, or ISO text with an offset (templated). The
        overlap is subtracted, as from the watermark.
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "since")
    reads = ("raw.response", "inventory.stock_change")
    writes = STOCK

    def __init__(self, *, since: dt.datetime | str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.since = since

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.updates import plan_hour, plan_since, pull_updates

        if self.since is None:
            # Airflow leaves these keys out of the context of a run without a logical date.
            plan = plan_hour(
                context.get("data_interval_start"), context.get("data_interval_end"), context.get("logical_date")
            )
        else:
            plan = plan_since(self.since)
        result = await pull_updates(*await self.aopen(), plan)
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
