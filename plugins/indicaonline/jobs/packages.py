"""What a run of ``package_history`` does: refresh the packages that are due, within a budget of requests."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import msgspec
import psycopg

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import (
    BadRequestError,
    ClockSkewError,
    FatalError,
    IndicaOnlineError,
    NotFoundError,
    RetriableError,
)
from indicaonline.jobs.package_fetch import fetch_packages
from indicaonline.measures import Tally
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.packages import Derived, PackageFetch, load_fetches, unknown_fields
from indicaonline.warehouse.refresh_queue import (
    PlannedFetch,
    QueueStatus,
    account_has_packages,
    enqueue_due,
    plan_fetches,
    queue_status,
    wait_for_turn,
)

log = logging.getLogger(__name__)

PLANNED_AT_ONCE = 2000
LANDED_AT_ONCE = 100
FAILURES_IN_A_ROW = 5


class PackagesResult(msgspec.Struct, frozen=True):
    """What a run did. ``unknown_fields``: how many packages came with fields that the vendor's guide does not name.

    ``rejected``, ``set_aside`` and ``deviations`` as in :class:`~indicaonline.warehouse.load.LoadResult`.
    """

    requests: int
    fetches: int
    derived: Derived
    left: QueueStatus
    unknown_fields: dict[str, int]
    note: str | None = None
    rejected: int = 0
    set_aside: int = 0
    deviations: int = 0


async def refresh_packages(
    open_client: Callable[[], IndicaOnlineClient], connect: Connect, settings: Settings
) -> PackagesResult:
    """Refresh the packages that are due, the oldest first, until none is left or the budget of requests is used.

    Everything that came has landed when this ends, whatever ended it. Raises what stopped the run, such as
    :class:`~indicaonline.errors.PlanRequiredError`; and, once all the others are done, what made single fetches fail.
    """
    run, left = await _run(open_client, connect, settings)
    note = None
    if run.is_out_of_budget and left.left_over > left.waiting:
        note = f"The budget of {settings.package_requests_per_run} requests is used; the next run goes on."
    seen = run.tally
    result = PackagesResult(
        run.requests, run.fetches, run.derived, left, dict(run.unknown.most_common(50)), note, seen.rejected,
        seen.set_aside, seen.deviations,
    )  # fmt: skip
    log.info("%s", _describe(result))
    run.raise_failure()
    return result


async def _run(
    open_client: Callable[[], IndicaOnlineClient], connect: Connect, settings: Settings
) -> tuple[_Run, QueueStatus]:
    with ExitStack() as stack:
        connection = await asyncio.to_thread(stack.enter_context, warehouse(connect, settings))
        await asyncio.to_thread(wait_for_turn, connection)
        await asyncio.to_thread(enqueue_due, connection, settings.package_sweep_age)
        async with open_client() as client:
            run = _Run(client, connection, settings.package_requests_per_run)
            await run.go()
        return run, await asyncio.to_thread(queue_status, connection)


class _Run:
    """One run: portions of fetches, many in flight, landed in batches while others are being fetched."""

    def __init__(self, client: IndicaOnlineClient, connection: psycopg.Connection[Any], budget: int) -> None:
        self.requests = 0
        self.fetches = 0
        self.derived = Derived()
        self.unknown: Counter[str] = Counter()
        self.tally = Tally()
        self._client = client
        self._connection = connection
        self._budget = budget
        self._flying = 0
        self._failures: list[IndicaOnlineError] = []
        self._refused: list[tuple[IndicaOnlineError, bool]] = []
        self._is_answered = False
        self._in_a_row = 0
        self._is_stopped = False
        self._account_has_packages = False

    @property
    def is_out_of_budget(self) -> bool:
        """Whether as many requests were made as may be."""
        return self.requests >= self._budget

    async def go(self) -> None:
        """Plan and fetch until there is nothing to do, no budget, or no sense in going on."""
        self._account_has_packages = await asyncio.to_thread(account_has_packages, self._connection)
        # One alone first: what is wrong with the account is then said once.
        portion = 1
        while not self._is_stopped and not self.is_out_of_budget:
            portion = min(portion, self._budget - self.requests)
            planned = await asyncio.to_thread(plan_fetches, self._connection, portion)
            if not planned:
                return
            await self._refresh(deque(planned))
            portion = PLANNED_AT_ONCE

    def raise_failure(self) -> None:
        """Raise what went wrong, if anything did; retriable where trying again can help any of it."""
        final = [error for error in self._failures if _is_final(error)]
        retriable = [error for error in self._failures if isinstance(error, RetriableError)]
        # A vanished package may be refused for ever, and is asked for again ever less often. A list should not be.
        unexplained = (
            []
            if self._is_answered
            else [e for e, is_list in self._refused if is_list or not self._account_has_packages]
        )
        worst = [*final, *retriable, *self._failures, *unexplained]
        failed = len(self._failures) + len(unexplained)
        if final or failed == 1:
            raise worst[0]
        if worst:
            raise type(worst[0])(
                f"{worst[0]} It was one of {failed} fetches that failed.",
                status=worst[0].status,
                retry_after=worst[0].retry_after,
            )

    async def _refresh(self, waiting: deque[PlannedFetch]) -> None:
        """Fetch all of these, and land what comes."""
        ended: asyncio.Queue[PackageFetch | None] = asyncio.Queue(maxsize=2 * LANDED_AT_ONCE)
        landing = asyncio.create_task(self._land(ended))
        workers = [asyncio.create_task(self._work(waiting, ended)) for _ in range(self._client.config.concurrency)]
        working = asyncio.gather(*workers)
        either: list[asyncio.Future[Any]] = [landing, working]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(working, return_exceptions=True)
            # What has come lands, whatever stopped the rest: the thread that lands has the connection.
            if not landing.done():
                await ended.put(None)
            await landing
        await working

    async def _work(self, waiting: deque[PlannedFetch], ended: asyncio.Queue[PackageFetch | None]) -> None:
        while waiting and not self._is_stopped and self.requests + self._flying < self._budget:
            planned = waiting.popleft()
            self._flying += 1
            try:
                fetch = await fetch_packages(self._client, planned, treats_404_as_deleted=self._account_has_packages)
            except ClockSkewError as error:
                self._fail(error)
                return
            finally:
                self._flying -= 1
            self.requests += len(fetch.responses) or 1
            self._judge(fetch)
            await ended.put(fetch)

    def _judge(self, fetch: PackageFetch) -> None:
        """Take note of how a fetch ended, and decide whether to go on."""
        error = fetch.outcome.error
        if error is not None and not fetch.is_refused:
            self._fail(error)
            return
        if error is not None:
            self._refused.append((error, fetch.request.package_id is None))
            if not self._account_has_packages and len(self._refused) >= FAILURES_IN_A_ROW:
                self._is_stopped = True
            return
        self._in_a_row = 0
        self._is_answered = True
        if not fetch.outcome.complete:
            # It came, so the run goes on; but what it lacks is not lost in silence.
            self._failures.append(_incomplete(fetch))
        self._account_has_packages = self._account_has_packages or any(page.items for page in fetch.pages)

    def _fail(self, error: IndicaOnlineError) -> None:
        self._failures.append(error)
        self._in_a_row += 1
        self._is_stopped = self._is_stopped or _is_final(error) or self._in_a_row >= FAILURES_IN_A_ROW

    async def _land(self, ended: asyncio.Queue[PackageFetch | None]) -> None:
        """Land fetches as they end, many at once, because a transaction costs more than a fetch."""
        is_last = False
        while not is_last:
            fetches: list[PackageFetch] = []
            while len(fetches) < LANDED_AT_ONCE and not is_last:
                fetch = await ended.get()
                is_last = fetch is None
                fetches += [fetch] if fetch is not None else []
            if fetches:
                landed = await asyncio.to_thread(load_fetches, self._connection, fetches)
                self.derived += landed
                self._failures += map(RetriableError, landed.unstorable)
                self.fetches += len(fetches)
                self.unknown.update(unknown_fields(fetches))
                for page in (page for fetch in fetches for page in fetch.pages):
                    self.tally.add(page)


def _incomplete(fetch: PackageFetch) -> RetriableError:
    return RetriableError(
        f"Pull {fetch.pull_id} of {fetch.request} is incomplete: {fetch.outcome.problem}"
        " Rows received so far are stored; absence is not inferred."
    )


def _is_final(error: IndicaOnlineError) -> bool:
    """Whether the error says something about the account or the settings, not about one fetch."""
    return isinstance(error, FatalError) and not isinstance(error, NotFoundError | BadRequestError)


def _describe(result: PackagesResult) -> str:
    done = result.derived
    words = [
        f"{result.requests} requests returned {done.packages} packages: {done.versions} new versions,"
        f" {done.lab_versions} of lab results; {result.left.left_over} are left to refresh."
    ]
    if result.unknown_fields:
        words.append(f"Fields that the guide does not name are kept as JSON: {', '.join(result.unknown_fields)}.")
    return " ".join([*words, *([result.note] if result.note else [])])
