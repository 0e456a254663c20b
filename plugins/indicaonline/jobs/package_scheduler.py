"""The scheduler of a refresh of packages: many fetches in flight, within a budget of requests, loaded in batches."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import ClockSkewError, RetriableError
from indicaonline.jobs.package_failures import FailurePolicy
from indicaonline.jobs.package_fetch import fetch_packages
from indicaonline.measures import Tally
from indicaonline.warehouse.package_staging import PackageFetch, unknown_fields
from indicaonline.warehouse.packages import Derived, load_fetches
from indicaonline.warehouse.refresh_queue import PackageTask, PlannedFetch, plan_fetches
from indicaonline.warehouse.sql import Connection

# Many, because the workers are idle while the last fetches of a portion end; few enough to be held in memory.
PLANNED_AT_ONCE = 2000
# A transaction costs more than a fetch; a batch that is lost with its worker costs its requests again.
LOADED_AT_ONCE = 100

Ended = asyncio.Queue[PackageFetch | None]
"""Fetches that have ended and are to be loaded; None after the last one."""


class Loaded(msgspec.Struct):
    """Counts of what a run has loaded so far."""

    fetches: int = 0
    derived: Derived = Derived()
    unknown: Counter[str] = msgspec.field(default_factory=Counter)
    tally: Tally = msgspec.field(default_factory=Tally)

    def add(self, fetches: Sequence[PackageFetch], derived: Derived) -> None:
        """Add a batch to the counts."""
        self.fetches += len(fetches)
        self.derived += derived
        self.unknown.update(unknown_fields(fetches))
        for page in (page for fetch in fetches for page in fetch.pages):
            self.tally.add(page)


class Scheduler:
    """Runs a refresh: portions of fetches, many in flight, loaded in batches while others are fetched."""

    def __init__(
        self,
        client: IndicaOnlineClient,
        connection: Connection,
        policy: FailurePolicy,
        task: PackageTask,
        budget: int,
    ) -> None:
        self.requests = 0
        self.loaded = Loaded()
        self._client = client
        self._connection = connection
        self._policy = policy
        self._task = task
        self._budget = budget
        self._in_flight = 0

    @property
    def is_out_of_budget(self) -> bool:
        """True if the budget of requests is used."""
        return self.requests >= self._budget

    async def run(self) -> None:
        """Plan and fetch until nothing is due, the budget is used, or the policy stops it."""
        # A single fetch first: a wrong key or plan then causes one failed request, not one for each worker.
        portion = 1
        while not self._policy.should_stop and not self.is_out_of_budget:
            portion = min(portion, self._budget - self.requests)
            planned = await asyncio.to_thread(
                plan_fetches, self._connection, self._task, fetches=portion, batch=LOADED_AT_ONCE
            )
            if not planned:
                return
            await self._fetch_portion(deque(planned))
            portion = PLANNED_AT_ONCE

    async def _fetch_portion(self, waiting: deque[PlannedFetch]) -> None:
        """Fetch all of these, and load them as they end."""
        # Bounded, so that fetching waits where loading is slower: memory holds a few batches only.
        ended: Ended = asyncio.Queue(maxsize=2 * LOADED_AT_ONCE)
        loading = asyncio.create_task(self._load(ended))
        workers = [asyncio.create_task(self._fetch(waiting, ended)) for _ in range(self._client.config.concurrency)]
        fetching = asyncio.gather(*workers)
        either: list[asyncio.Future[Any]] = [loading, fetching]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
            # The fetches that have ended are loaded, whatever stopped the others. A failed loader has no reader for the
            # queue, and put() would wait for ever.
            if not loading.done():
                await ended.put(None)
            await loading
        await fetching

    async def _fetch(self, waiting: deque[PlannedFetch], ended: Ended) -> None:
        """Fetch one after the other, until none is left, the budget is used, or the policy stops the run."""
        # Fetches in flight count against the budget too: they will be requests by the time they end.
        while waiting and not self._policy.should_stop and self.requests + self._in_flight < self._budget:
            planned = waiting.popleft()
            self._in_flight += 1
            try:
                fetch = await fetch_packages(
                    self._client, planned, treats_404_as_deleted=self._policy.account_has_packages
                )
            except ClockSkewError as error:
                self._policy.fail(error)
                return
            finally:
                self._in_flight -= 1
            # A request without a response, such as a time-out, counts as well: the budget limits the load on the API.
            self.requests += len(fetch.responses) or 1
            self._policy.judge(fetch)
            await ended.put(fetch)

    async def _load(self, ended: Ended) -> None:
        """Load fetches in batches as they end, until the None at the end of the queue."""
        is_last = False
        while not is_last:
            fetches: list[PackageFetch] = []
            while len(fetches) < LOADED_AT_ONCE and not is_last:
                fetch = await ended.get()
                is_last = fetch is None
                fetches += [fetch] if fetch is not None else []
            if fetches:
                derived = await asyncio.to_thread(load_fetches, self._connection, fetches)
                self.loaded.add(fetches, derived)
                for problem in derived.unstorable:
                    self._policy.note(RetriableError(problem))
