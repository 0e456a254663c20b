"""A read-only client of the IndicaOnline Open API.

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
    """One package as of ``observed_at`` (UTC, the server's time), or the reason why it cannot be used."""

    package: PackageDetail | None
    rejected: Rejected | None
    observed_at: dt.datetime
    set_aside: list[SetAside] = []
    deviations: dict[str, int] = {}


class IndicaOnlineClient:
    """A client of one account. Use as ``async with``.

    Methods for lists return a :class:`~indicaonline.api.reading.Reading`, which sends requests when it is iterated.
    ``keep_responses=False``: readings discard responses. A pull is incomplete if more than ``unusable_share`` of its
    items are unusable. ``business_time_zone`` is the zone of package dates that the API sends as instants.
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
        """The shape of packages; public for the contract check."""
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
        """List the stock of one office ("Get Inventory by Office")."""
        return self._reading(f"inventory/office/{office_id}", decoding.INVENTORY)

    async def office_without_parameters(self, office_id: int, record: Record | None = None) -> Body[InventoryItem]:
        """Return the first page of an office's stock without parameters.

        Every response received is passed to ``record``. Raises the errors of
        :meth:`~indicaonline.api.transport.Transport.get`.
        """
        # Rows here that the request with parameters does not return show that the API misreads a parameter.
        request = Request(f"inventory/office/{office_id}")
        _, body = await self.transport.get(request, decoding.INVENTORY.read, record)
        return body

    def product_inventory(self, product_id: int) -> Reading[InventoryItem]:
        """List the stock of one product in all offices ("Get Inventory By Product"). Absence cannot be inferred."""
        return self._reading(f"inventory/products/{product_id}", decoding.INVENTORY)

    def updated_inventory(self, since: dt.datetime) -> Reading[InventoryItem]:
        """List the changes at or after an instant in all offices ("Get Inventory by Last Update")."""
        stamp = unix_time(since, self.config.timestamp_unit)
        return self._reading(f"inventory/updated/{stamp}", decoding.INVENTORY)

    def product_packages(self, product_id: int) -> Reading[PackageDetail]:
        """List the packages of a product above 0 ("Get Packages by Product ID", PRO Plan accounts only).

        On other accounts the error of the outcome is a :class:`~indicaonline.errors.PlanRequiredError`.
        """
        return self._reading(f"inventory/products/{product_id}/packages", self.packages_shape, pro_only=True)

    async def package(self, package_id: int, record: Record | None = None) -> PackageAnswer:
        """Return one package, also one that is used up ("Get package by ID", PRO Plan accounts only).

        Every response received is passed to ``record``. Raises :class:`~indicaonline.errors.NotFoundError` (404) for an
        unknown package, :class:`~indicaonline.errors.PlanRequiredError` on other accounts, and the errors of
        :meth:`~indicaonline.api.transport.Transport.get`.
        """

        def read(body: bytes) -> Decoded[PackageDetail]:
            found = self.packages_shape.read_one(body)
            # Applied, it would become a version of the wrong package.
            if isinstance(found.item, PackageDetail) and found.item.id != package_id:
                raise UnreadableAnswerError(f"The API returned package {found.item.id} in place of {package_id}.")
            return found

        request = Request(f"inventory/packages/{package_id}", pro_only=True, absence_is_data=True)
        response, found = await self.transport.get(request, read, record)
        if isinstance(found.item, Rejected):
            return PackageAnswer(None, found.item, response.observed_at)
        return PackageAnswer(found.item, None, response.observed_at, found.set_aside, found.deviations)

    def reference_list(self, name: str) -> Reading[Any]:
        """List one of :data:`~indicaonline.reference_lists.REFERENCE_LISTS`."""
        # office_ids of the connection do not restrict the offices here: names of other offices occur in packages.
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
