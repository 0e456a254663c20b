"""The operator of ``export_history``; see :mod:`indicaonline.jobs.export`."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback


class ExportOperator(AccountOperator):
    """Brings the Parquet export of the marts up to date. Skips itself where ``INDICAONLINE_EXPORT_URL`` is empty.

    Returns ``{"marts", "written", "unchanged", "rows", "bytes", "removed"}``: numbers of marts, of partitions written
    and unchanged, of rows and bytes written, and of leftovers removed. The event of each outlet has the same.
    """

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.hooks.export_folder import ExportFolder
        from indicaonline.jobs.export import export

        url = self.load_settings().export_url
        if not url:
            raise AirflowSkipException("INDICAONLINE_EXPORT_URL is empty, so nothing is exported.")
        # First, so that a wrong URL is reported without a connection.
        folder = ExportFolder(url)
        connect, settings = self.open_warehouse()
        counts: dict[str, Any] = msgspec.to_builtins(export(connect, settings, folder))
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {"address": folder.address, **counts}
        return counts
