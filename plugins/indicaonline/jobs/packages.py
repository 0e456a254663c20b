"""Refreshes the packages that are due, within a budget of requests, for ``package_history``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.jobs.package_failures import FailurePolicy
from indicaonline.jobs.package_scheduler import Scheduler
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.packages import Derived
from indicaonline.warehouse.refresh_queue import (
    PackageTask,
    QueueStatus,
    account_has_packages,
    become,
    enqueue_due,
    enqueue_given,
    queue_status,
)
from indicaonline.warehouse.sql import Connection

# No task of package_history has this number, so neither waits for the other.
GIVEN = 1000

log = logging.getLogger(__name__)


class PackagesResult(msgspec.Struct, frozen=True):
    """The result of a run. ``unknown_fields`` counts packages by field that the vendor's guide does not name.

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
    open_client: Callable[[], IndicaOnlineClient],
    connect: Connect,
    settings: Settings,
    number: int = 1,
    tasks: int = 1,
) -> PackagesResult:
    """Refresh the packages that are due, oldest first, until none is left or the task's share of the budget is used.

    It is the task with this ``number``, from 1, of so many ``tasks``. Raises what :func:`_refresh` does.
    """

    def enqueue(connection: Connection) -> PackageTask:
        enqueue_due(connection, settings)
        return PackageTask(number, tasks)

    return await _refresh(open_client, connect, settings, number, enqueue)


async def refresh_given(
    open_client: Callable[[], IndicaOnlineClient],
    connect: Connect,
    settings: Settings,
    packages: Sequence[int] = (),
    products: Sequence[int] = (),
) -> PackagesResult:
    """Refresh some packages, and all packages of some products, whether they are due or not, within the budget.

    They stay in the queue until they are fetched: ``package_history`` refreshes what this leaves.

    Raises :class:`~indicaonline.errors.SettingError` for a package that no answer has contained, and what
    :func:`_refresh` does.
    """

    def enqueue(connection: Connection) -> PackageTask:
        return PackageTask(GIVEN, products=enqueue_given(connection, packages, products))

    return await _refresh(open_client, connect, settings, GIVEN, enqueue)


async def _refresh(
    open_client: Callable[[], IndicaOnlineClient],
    connect: Connect,
    settings: Settings,
    number: int,
    enqueue: Callable[[Connection], PackageTask],
) -> PackagesResult:
    """Become the task with a number, enqueue what it fetches, and fetch that.

    Raises what stopped the run, such as :class:`~indicaonline.errors.PlanRequiredError`, and, at the end, the errors of
    single fetches. Fetches that ended before are stored.
    """
    with ExitStack() as stack:
        connection = await asyncio.to_thread(stack.enter_context, warehouse(connect, settings))
        # Of two runs at once, the tasks with the same number take turns. Those with different numbers share the queue.
        await asyncio.to_thread(become, connection, number)
        task = await asyncio.to_thread(enqueue, connection)
        policy = FailurePolicy(account_has_packages=await asyncio.to_thread(account_has_packages, connection))
        async with open_client() as client:
            budget = task.share(settings.package_requests_per_run)
            scheduler = Scheduler(client, connection, policy, task, budget)
            await scheduler.run()
        left = await asyncio.to_thread(queue_status, connection, task)
    result = _result(scheduler, left, budget)
    log.info("%s", _describe(result))
    # Last, so that the log has the counts of a run that fails.
    policy.raise_failure()
    return result


def sum_derived(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Add up what several tasks derived: the ``derived`` of their results, as builtins."""
    total: dict[str, Any] = msgspec.to_builtins(sum((msgspec.convert(part, Derived) for part in parts), Derived()))
    return total


def _result(scheduler: Scheduler, left: QueueStatus, budget: int) -> PackagesResult:
    loaded, seen = scheduler.loaded, scheduler.loaded.tally
    note = None
    # Packages whose next fetch has to wait do not count: more requests would not refresh them now.
    if scheduler.is_out_of_budget and left.left_over > left.waiting:
        note = f"The budget of {budget} requests is used; the next run goes on."
    return PackagesResult(
        scheduler.requests, loaded.fetches, loaded.derived, left, dict(loaded.unknown.most_common(50)), note,
        seen.rejected, seen.set_aside, seen.deviations,
    )  # fmt: skip


def _describe(result: PackagesResult) -> str:
    done = result.derived
    words = [
        f"{result.requests} requests returned {done.packages} packages: {done.versions} new versions"
        f" and {done.lab_panels} new lab panels; {result.left.left_over} are left to refresh."
    ]
    if result.unknown_fields:
        words.append(f"Fields that the guide does not name are kept as JSON: {', '.join(result.unknown_fields)}.")
    return " ".join([*words, *([result.note] if result.note else [])])
