"""The operator of the tasks ``roll_up``; see :mod:`indicaonline.jobs.movements`."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Context

from indicaonline.lineage import MOVEMENTS
from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback


class RollUpOperator(AccountOperator):
    """Rolls up the movements per business day. Sends no request to the API.

    Returns ``{"pulls", "products", "rows"}``: the numbers of pulls rolled up, of products and of rows.
    """

    reads = ("inventory.stock_change",)
    writes = MOVEMENTS

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.movements import roll_up

        connect, settings = self.open_warehouse(syncs_settings=True)
        manifest: dict[str, Any] = msgspec.to_builtins(roll_up(connect, settings))
        return manifest
