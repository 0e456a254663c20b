"""The operators of ``warehouse_maintenance``; see :mod:`indicaonline.jobs.rebuild` and ``jobs.maintenance``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.lineage import DERIVED
from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback


class RebuildOperator(AccountOperator):
    """Rebuilds all derived tables since a business day from raw responses. Skips itself where no day is given.

    Returns ``{"start_at", "pulls", "days"}``: the start, and the numbers of pulls applied and of days published.

    :param from_day: the business day, ISO; empty for none
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "from_day")
    reads = ("raw.response",)
    writes = DERIVED

    def __init__(self, *, from_day: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.from_day = from_day

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.business_day import day_from
        from indicaonline.jobs.rebuild import rebuild

        # The template renders a parameter of null as the text None.
        if self.from_day in ("", "None"):
            raise AirflowSkipException("No day to rebuild from was given.")
        day = day_from(self.from_day)
        connect, settings = self.open_warehouse(syncs_settings=True)
        manifest: dict[str, Any] = msgspec.to_builtins(rebuild(connect, settings, day))
        return manifest


class MaintainOperator(AccountOperator):
    """Creates partitions ahead, drops those beyond retention, and refreshes statistics.

    Returns ``{"made", "raw_months", "snapshot_months"}``: the numbers of partitions created and dropped.
    """

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.maintenance import maintain

        connect, settings = self.open_warehouse(syncs_settings=True)
        manifest: dict[str, Any] = msgspec.to_builtins(maintain(connect, settings))
        return manifest
