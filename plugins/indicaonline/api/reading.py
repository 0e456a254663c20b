"""Reading of one list, page by page, from an API whose pages move during the read.

Stock changes between two requests. Offset paging then returns a row twice or not at all. A read is *complete* if every
page arrived, ``total`` stayed the same, no row came twice, every item had its ids, and the number of distinct rows
equals ``total``. Otherwise the list is read again, a bounded number of times. Without ``total``, two reads in a row
must have the same rows; only an empty list, and a bare JSON list that is shorter than a page, are complete at once. A
read with too many unusable items is incomplete, too.

One case is not detected: a row that disappears and another that appears between the same two requests, so that
``total`` stays the same. Concurrent requests keep the time short in which that can happen.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator
from typing import Generic, TypeAlias, TypeVar

from indicaonline.api.decoding import Body, Key, Shape
from indicaonline.api.progress import Progress
from indicaonline.api.transport import Request, Transport
from indicaonline.errors import ClockSkewError, IndicaOnlineError, SkipParameterIgnoredError
from indicaonline.records import Outcome, Page, RawResponse

log = logging.getLogger(__name__)

Item = TypeVar("Item")
_Task: TypeAlias = "asyncio.Task[tuple[RawResponse, Body[Item]]]"


class Reading(Generic[Item]):
    """One pull of one list. Iterate it once; then read its :attr:`outcome`.

    Pages come in any order within a read, reads one after the other (``Page.read`` counts from 1). At most ``window``
    pages wait for a slow consumer. A consumer that stops early should close the iterator (``contextlib.aclosing``),
    which cancels the requests in flight. An error ends the iteration and is in the outcome, so that the pages can be
    stored first. Only a :class:`~indicaonline.errors.ClockSkewError` is raised, because nothing may be stored then.
    """

    def __init__(
        self,
        transport: Transport,
        shape: Shape[Item],
        endpoint: str,
        *,
        page_size: int,
        skip_parameter: str,
        window: int,
        max_reads: int,
        unusable_share: float,
        pro_only: bool = False,
        keep_responses: bool = True,
    ) -> None:
        self.endpoint = endpoint
        """The endpoint of the list, such as ``inventory/office/12``."""
        self._transport = transport
        self._shape = shape
        self._page_size = page_size
        self._skip_parameter = skip_parameter
        self._window = window
        self._max_reads = max_reads
        self._unusable_share = unusable_share
        self._pro_only = pro_only
        self._keep_responses = keep_responses
        self._responses: list[RawResponse] = []
        self._seen: Progress | None = None
        self._reads = 0
        self._error: IndicaOnlineError | None = None
        self._ended = False

    def take_responses(self) -> list[RawResponse]:
        """Return every response received since the last call, including errors and retries."""
        responses, self._responses = self._responses, []
        return responses

    @property
    def outcome(self) -> Outcome:
        """The result of the pull; during the iteration, the result if it ended now."""
        seen = self._seen
        problem = str(self._error) if self._error is not None else None
        if problem is None and not self._ended:
            problem = "It was not read to its end."
        if problem is None and seen is not None:
            problem = seen.problem or seen.unusable(self._unusable_share)
        return Outcome(
            complete=problem is None and seen is not None,
            read=seen.read if seen is not None else 0,
            reads=self._reads,
            total=seen.total if seen is not None else None,
            first_page_at=seen.first_page_at if seen is not None else None,
            last_page_at=seen.last_page_at if seen is not None else None,
            problem=problem,
            error=self._error,
        )

    def __aiter__(self) -> AsyncGenerator[Page[Item], None]:
        if self._reads:
            raise RuntimeError("A Reading can be iterated once; get another from the client.")
        return self._all_reads()

    async def _all_reads(self) -> AsyncGenerator[Page[Item], None]:
        before: Progress | None = None
        for number in range(1, self._max_reads + 1):
            self._reads = number
            progress = Progress(number, before)
            pages = self._one_read(progress)
            try:
                async for page in pages:
                    self._seen = progress
                    yield page
            except ClockSkewError as error:
                self._error = error
                raise
            except IndicaOnlineError as error:
                self._error = error
            finally:
                # Cancels the requests in flight, also if the consumer has stopped.
                await pages.aclose()
            # A read with too many unusable items is not repeated: they would come again.
            if self._error is not None or progress.problem is None:
                break
            if number < self._max_reads:
                log.warning("Read %s of %s is incomplete; it is repeated. %s", number, self.endpoint, progress.problem)
            before = progress
        self._ended = True

    async def _one_read(self, progress: Progress) -> AsyncGenerator[Page[Item], None]:
        """Yield the pages of one read; raise the error that stopped it after the pages that arrived with it."""
        # The first page alone: it has the total and the number of rows in a page, which later offsets depend on.
        yield self._add_page(progress, 1, *await self._fetch(progress.read, 1, 0))
        number, offset = 1, progress.stride
        in_flight: dict[_Task[Item], int] = {}
        arrived: list[tuple[int, _Task[Item]]] = []
        try:
            while True:
                # Pages that have arrived count, too, so that a slow consumer bounds the memory.
                while (waiting := len(in_flight) + len(arrived)) < self._window and progress.should_request(
                    offset, in_flight=waiting
                ):
                    number += 1
                    in_flight[asyncio.create_task(self._fetch(progress.read, number, offset))] = number
                    offset += progress.stride
                if not arrived:
                    if not in_flight:
                        return
                    done, _ = await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
                    arrived = [(in_flight.pop(task), task) for task in sorted(done, key=_rank)]
                page, task = arrived.pop(0)
                yield self._add_page(progress, page, *task.result())
        finally:
            await _cancel([*in_flight, *(task for _, task in arrived)])

    async def _fetch(self, read: int, number: int, offset: int) -> tuple[RawResponse, Body[Item]]:
        parameters = {"limit": str(self._page_size), self._skip_parameter: str(offset)}
        # The package endpoints return 404 for a product without packages, which is an observation.
        request = Request(
            self.endpoint, parameters, read=read, page=number, pro_only=self._pro_only, absence_is_data=self._pro_only
        )
        record = self._keep if self._keep_responses else None
        return await self._transport.get(request, self._shape.read, record)

    def _keep(self, response: RawResponse) -> None:
        # Not a bound append: take_responses may replace the list while a request is in flight.
        self._responses.append(response)

    def _add_page(self, progress: Progress, number: int, response: RawResponse, body: Body[Item]) -> Page[Item]:
        keys = self._keys(body)
        # Checked before the page counts, whose rows would otherwise be reported as rows that came twice.
        if progress.repeats_first_page(number, keys):
            raise SkipParameterIgnoredError(
                f"Page {number} of {self.endpoint} repeats page 1: the API ignores the parameter"
                f" '{self._skip_parameter}'. Set skip_parameter in the connection to the right name"
                " (the contract check finds it).",
                status=response.status,
            )
        progress.add(number, keys, body, response.observed_at, self._page_size)
        return Page(
            progress.read,
            number,
            response.observed_at,
            body.items,
            body.rejected,
            body.set_aside,
            body.deviations,
        )

    def _keys(self, body: Body[Item]) -> list[Key | None]:
        shape = self._shape
        return [*map(shape.key, body.items), *map(shape.rejected_key, body.rejected)]


def _rank(task: _Task[Item]) -> int:
    """Return the place of a finished request: wrong clocks first, then pages, then errors."""
    # After a wrong clock nothing more may be stored. Other errors come after the pages, so that these are stored.
    error = task.exception()
    if error is None:
        return 1
    return 0 if isinstance(error, ClockSkewError) else 2


async def _cancel(tasks: list[_Task[Item]]) -> None:
    for task in tasks:
        task.cancel()
    # Awaited, so that no request still runs when the session is closed.
    await asyncio.gather(*tasks, return_exceptions=True)


def unix_time(since: dt.datetime, unit: str) -> str:
    """Return the Unix timestamp of an instant, rounded down so that no change is missed."""
    if since.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    # In integers: timestamp() is a float, which may round up.
    micros = (since - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    return str(micros // 1_000_000 if unit == "seconds" else micros // 1_000)
