"""The operator of ``reference_data_daily``; see :mod:`indicaonline.jobs.reference`."""

from __future__ import annotations

from typing import Any

import msgspec
from airflow.sdk import Context

from indicaonline.operators.account import AsyncAccountOperator
from indicaonline.reference_lists import REFERENCE_LISTS


class ReferenceDataOperator(AsyncAccountOperator):
    """Pulls one list of names into the warehouse. Runs on the worker.

    Returns ``{"resource", "names"}``: the number of new and changed names; None where the API has no such list.

    :param resource: the name of one of :data:`~indicaonline.reference_lists.REFERENCE_LISTS`
    """

    reads = ("raw.response",)

    def __init__(self, *, resource: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resource = resource
        # By instance: each list has its own table, and lineage should not claim the others.
        self.writes = (f"inventory.{REFERENCE_LISTS[resource].table}",)

    async def aexecute(self, context: Context) -> dict[str, Any]:
        from indicaonline.jobs.reference import pull_reference

        open_client, connect, settings = await self.aopen()
        async with open_client() as client:
            result = await pull_reference(client, connect, settings, self.resource)
        manifest: dict[str, Any] = msgspec.to_builtins(result)
        return manifest
