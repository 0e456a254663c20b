"""The IndicaOnline Open API as Python: lists to iterate, packages to look up. Nothing here writes.

Endpoints and bodies follow the vendor's guide "Tracking inventory". The paths of the reference lists are fields of the
connection.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from indicaonline import settings
from indicaonline.api import decoding
from indicaonline.api.config import ApiConfig
from indicaonline.api.decoding import Body, Decoded, Shape
from indicaonline.api.reading import Reading, unix_time
from indicaonline.api.transport import MAX_CLOCK_SKEW, Record, Request, Transport
from indicaonline.errors import UnreadableAnswerError
from indicaonline.records import InventoryItem, PackageDetail, Rejected, SetAside
from indicaonline.reference_lists import REFERENCE_LISTS

Item = TypeVar("Item")


class PackageAnswer(msgspec.Struct, frozen=True):
    """One package as the API described it at ``observed_at`` (UTC, the server's time); or why it cannot be used."""

    package: PackageDetail | None
    rejected: Rejected | None
    observed_at: dt.datetime
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class IndicaOnlineClient:
    """Asks one account's API. Use as ``async with``; it holds one session, opened at the first request.

    Every method that lists returns a :class:`~indicaonline.api.reading.Reading` and asks nothing yet.
    ``keep_responses=False`` lets readings forget responses instead of keeping them to be taken. A pull of which more
    than ``unusable_share`` of the items is unusable is incomplete. Dates of packages that come as instants are those
    of ``business_time_zone``.
    """

    def __init__(
        self,
        config: ApiConfig,
        *,
        max_clock_skew: dt.timedelta = MAX_CLOCK_SKEW,
        max_reads: int = 3,
        unusable_share: float = 0.1,
        business_time_zone: dt.tzinfo = dt.UTC,
        keep_responses: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], dt.datetime] = settings.now,
    ) -> None:
        self.config = config
        self.transport = Transport(config, max_clock_skew=max_clock_skew, sleep=sleep, clock=clock)
        self.clock = clock
        self.packages_shape = decoding.packages(business_time_zone)
        """How packages are read; public, because the contract check reads them likewise."""
        self._max_reads = max_reads
        self._unusable_share = unusable_share
        self._keep_responses = keep_responses

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.transport.close()

    def office_inventory(self, office_id: int) -> Reading[InventoryItem]:
        """Everything one office holds ("Get Inventory by Office")."""
        return self._reading(f"inventory/office/{office_id}", decoding.INVENTORY)

    async def office_without_parameters(self, office_id: int, record: Record | None = None) -> Body[InventoryItem]:
        """The first page of an office as the API sends it where no parameter is sent, to tell what parameters do.

        Every response received is handed to ``record``. Raises the errors of
        :meth:`~indicaonline.api.transport.Transport.get`.
        """
        request = Request(f"inventory/office/{office_id}")
        _, body = await self.transport.get(request, decoding.INVENTORY.read, record)
        return body

    def product_inventory(self, product_id: int) -> Reading[InventoryItem]:
        """What every office holds of one product ("Get Inventory By Product"). It proves no absence."""
        return self._reading(f"inventory/products/{product_id}", decoding.INVENTORY)

    def updated_inventory(self, since: dt.datetime) -> Reading[InventoryItem]:
        """What changed at or after an instant, in all offices ("Get Inventory by Last Update")."""
        stamp = unix_time(since, self.config.timestamp_unit)
        return self._reading(f"inventory/updated/{stamp}", decoding.INVENTORY)

    def product_packages(self, product_id: int) -> Reading[PackageDetail]:
        """A product's packages above 0 ("Get Packages by Product ID", PRO Plan accounts only).

        Its outcome's error is a :class:`~indicaonline.errors.PlanRequiredError` on other accounts.
        """
        return self._reading(f"inventory/products/{product_id}/packages", self.packages_shape, pro_only=True)

    async def package(self, package_id: int, record: Record | None = None) -> PackageAnswer:
        """One package, also one that is used up ("Get package by ID", PRO Plan accounts only).

        Every response received is handed to ``record``. Raises
        :class:`~indicaonline.errors.NotFoundError` (404) where the API knows no such package,
        :class:`~indicaonline.errors.PlanRequiredError` on other accounts, and the errors of
        :meth:`~indicaonline.api.transport.Transport.get`.
        """

        def read(body: bytes) -> Decoded[PackageDetail]:
            found = self.packages_shape.read_one(body)
            if isinstance(found.item, PackageDetail) and found.item.id != package_id:
                raise UnreadableAnswerError(f"Asked for package {package_id}, the API answered with {found.item.id}.")
            return found

        request = Request(f"inventory/packages/{package_id}", pro_only=True, absence_is_data=True)
        response, found = await self.transport.get(request, read, record)
        if isinstance(found.item, Rejected):
            return PackageAnswer(None, found.item, response.observed_at)
        return PackageAnswer(found.item, None, response.observed_at, found.set_aside, found.deviations)

    def reference_list(self, name: str) -> Reading[Any]:
        """One of :data:`~indicaonline.reference_lists.REFERENCE_LISTS`: everything in it that the key can see.

        The connection's ``office_ids`` do not restrict the offices.
        """
        return self._reading(self.config.paths[name], decoding.NAME_LISTS[REFERENCE_LISTS[name].record])

    def _reading(self, endpoint: str, shape: Shape[Item], *, pro_only: bool = False) -> Reading[Item]:
        return Reading(
            self.transport,
            shape,
            endpoint,
            page_size=self.config.page_size,
            skip_parameter=self.config.skip_parameter,
            window=self.config.concurrency,
            max_reads=self._max_reads,
            unusable_share=self._unusable_share,
            pro_only=pro_only,
            keep_responses=self._keep_responses,
        )
