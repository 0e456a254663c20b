"""The operator of ``reference_data_daily``. The work is in :mod:`indicaonline.jobs.reference`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indicaonline.operators.lineage import WarehouseLineage
from indicaonline.operators.without_traceback import OneLineAsyncOperator
from indicaonline.reference_lists import REFERENCE_LISTS

if TYPE_CHECKING:
    from airflow.sdk import Context


class ReferenceDataOperator(WarehouseLineage, OneLineAsyncOperator):
    """Pulls one list of names into the warehouse. Runs on the worker.

    Returns ``{"resource", "names"}``: how many names are new or renewed, None where the API has no such list.

    :param resource: the name of one of :data:`~indicaonline.reference_lists.REFERENCE_LISTS`
    """

    reads = ("raw.response",)

    def __init__(self, *, resource: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resource = resource
        self.writes = (f"inventory.{REFERENCE_LISTS[resource].table}",)

    async def aexecute(self, context: Context) -> dict[str, Any]:
        import msgspec

        from indicaonline.hooks.indicaonline import IndicaOnlineHook
        from indicaonline.jobs.reference import pull_reference
        from indicaonline.operators.connections import aopen_warehouse
        from indicaonline.operators.metrics import measured

        connect, settings = await aopen_warehouse()
        async with await IndicaOnlineHook(settings.api_conn_id).aclient(settings) as client:
            with measured():
                result = await pull_reference(client, connect, settings, self.resource)
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        return manifest
