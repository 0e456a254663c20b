"""The operators of ``product_stock``; see :mod:`indicaonline.jobs.product_stock`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from indicaonline.lineage import STOCK
from indicaonline.operators.account import AccountOperator, AsyncAccountOperator
from indicaonline.task_errors import without_traceback


class ProductStockOperator(AsyncAccountOperator):
    """Requests the stock of one product in all offices at this moment, and stores it as an observation.

    Returns ``{"product_id", "product_name", "pull", "office_count", "offices"}``: ``pull`` has the number of the pull
    and its counts; ``offices`` has ``office_id``, ``office_name``, ``measurement``, ``quantity`` (text, all digits),
    ``package_count`` and ``observed_at`` (UTC) for at most 500 offices. An office that is not listed is not proven to
    hold nothing. Runs on the worker.

    :param product_id: the id of the product in the API, a number or its text (templated)
    """

    template_fields: Sequence[str] = (*AccountOperator.template_fields, "product_id")
    reads = ("raw.response", "inventory.stock_change")
    writes = STOCK

    def __init__(self, *, product_id: int | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.product_id = product_id

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.given import id_of
        from indicaonline.jobs.product_stock import pull_product

        # First, so that a wrong parameter is reported without a connection.
        product_id = id_of(self.product_id, "product")
        result = await pull_product(*await self.aopen(), product_id)
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        return manifest


class AnnounceProductOperator(BaseOperator):
    """Updates its outlets where the pull of a product changed the stock; skips itself otherwise.

    Returns ``{"pull_id", "changes"}``.

    :param pulled_by: the id of the task with :class:`ProductStockOperator`
    """

    # A task of its own, because Airflow updates the outlets of a task whenever it succeeds.

    def __init__(self, *, pulled_by: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pulled_by = pulled_by

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        """Read the XCom of the pull, and describe its changes in the events of the outlets."""
        manifest = context["ti"].xcom_pull(task_ids=self.pulled_by)
        pull = manifest["pull"]
        if not pull["changes"]:
            raise AirflowSkipException("The pull found no change, so nothing that depends on stock has to run.")
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {"product_id": manifest["product_id"], "changes": pull["changes"]}
        return {"pull_id": pull["pull_id"], "changes": pull["changes"]}
