"""The scheduler of a refresh of packages: many fetches in flight, within a budget of requests, loaded in batches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

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

# Many, because a plan reads the whole queue.
PLANNED_AT_ONCE = 2000
# A transaction costs more than a fetch; a batch that is lost with its worker costs its requests again.
LOADED_AT_ONCE = 100


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
    """Runs a refresh: many fetches in flight, loaded in batches and planned in portions while others are fetched."""

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
        self._planned: asyncio.Queue[PlannedFetch] = asyncio.Queue()
        # Bounded, so that fetching waits where loading is slower: memory holds a few batches only. None stands for a
        # planned fetch that was not made.
        self._ended: asyncio.Queue[PackageFetch | None] = asyncio.Queue(maxsize=2 * LOADED_AT_ONCE)
        self._left = 0
        """Planned fetches that the loader has not yet taken from those that ended."""

    @property
    def is_out_of_budget(self) -> bool:
        """True if the budget of requests is used."""
        return self.requests >= self._budget

    async def run(self) -> None:
        """Plan and fetch until nothing is due, the budget is used, or the policy stops it."""
        loading = asyncio.create_task(self._load())
        workers = [asyncio.create_task(self._work()) for _ in range(self._client.config.concurrency)]
        try:
            # A worker ends by an error only.
            await asyncio.wait([loading, *workers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._policy.should_stop = True
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            # The fetches that have ended are loaded, whatever stopped the others, which nobody waits for.
            if self._ended.empty():
                self._ended.put_nowait(None)
            self._left = self._ended.qsize()
            await loading
        for worker in workers:
            if not worker.cancelled():
                worker.result()

    async def _work(self) -> None:
        while True:
            await self._ended.put(await self._fetch(await self._planned.get()))

    async def _fetch(self, planned: PlannedFetch) -> PackageFetch | None:
        """Return a fetch that has ended; None if the budget is used, the policy stops the run, or a clock is wrong."""
        # Fetches in flight count against the budget too: they will be requests by the time they end.
        if self._policy.should_stop or self.requests + self._in_flight >= self._budget:
            return None
        self._in_flight += 1
        try:
            fetch = await fetch_packages(self._client, planned, treats_404_as_deleted=self._policy.account_has_packages)
        except ClockSkewError as error:
            self._policy.fail(error)
            return None
        finally:
            self._in_flight -= 1
        # A request without a response, such as a time-out, counts as well: the budget limits the load on the API.
        self.requests += len(fetch.responses) or 1
        self._policy.judge(fetch)
        return fetch

    async def _load(self) -> None:
        """Load fetches in batches as they end, and plan others before the workers have none."""
        # A single fetch first: a wrong key or plan then causes one failed request, not one for each worker.
        await self._plan(1)
        while self._left:
            fetches: list[PackageFetch] = []
            while self._left and len(fetches) < LOADED_AT_ONCE:
                fetch = await self._ended.get()
                self._left -= 1
                fetches += [fetch] if fetch is not None else []
            if fetches:
                derived = await asyncio.to_thread(load_fetches, self._connection, fetches)
                self.loaded.add(fetches, derived)
                for problem in derived.unstorable:
                    self._policy.note(RetriableError(problem))
            # Enough for the time of a load and a plan, few enough to leave the last ones to other tasks.
            if self._planned.qsize() < 2 * LOADED_AT_ONCE:
                await self._plan(PLANNED_AT_ONCE)

    async def _plan(self, most: int) -> None:
        """Plan up to so many fetches within the budget."""
        room = self._budget - self.requests - self._in_flight - self._planned.qsize()
        if self._policy.should_stop or room <= 0:
            return
        planned = await asyncio.to_thread(
            plan_fetches, self._connection, self._task, fetches=min(most, room), batch=LOADED_AT_ONCE
        )
        # Nobody fetches them if the run was stopped meanwhile.
        if self._policy.should_stop:
            return
        self._left += len(planned)
        for fetch in planned:
            self._planned.put_nowait(fetch)
