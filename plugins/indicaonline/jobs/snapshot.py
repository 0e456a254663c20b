"""Pulls and publishes offices for a run of ``inventory_snapshot_daily``."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec
import psycopg

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import FatalError, IndicaOnlineError, RetriableError
from indicaonline.jobs.business_day import DayPlan, day_end, day_of, is_in_tolerance
from indicaonline.jobs.inventory import pull_office
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.database_errors import failure
from indicaonline.warehouse.load import LoadResult
from indicaonline.warehouse.publish import Publication, publish_day
from indicaonline.warehouse.pulls import closing_pull, landed_since
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

# Each has a connection of its own to the warehouse. The client limits the requests of all of them together.
PULLS_AT_ONCE = 6
ERRORS_SHOWN = 3


class OfficeResult(msgspec.Struct):
    """The result of a run for one office. ``note`` is a sentence where the day is missing or not published."""

    office_id: int
    pull: LoadResult | None = None
    publication: Publication | None = None
    note: str | None = None


class _Run(msgspec.Struct, frozen=True):
    """The arguments that all offices of a task share."""

    client: IndicaOnlineClient
    connect: Connect
    settings: Settings
    plan: DayPlan
    started_at: dt.datetime | None


async def snapshot_offices(
    open_client: Callable[[], IndicaOnlineClient],
    connect: Connect,
    settings: Settings,
    plan: DayPlan,
    offices: Sequence[int],
    run_started_at: dt.datetime | None = None,
) -> list[OfficeResult]:
    """Pull and publish some offices as planned, several at once.

    An office that fails stops no other. At the end the failures are raised as one error, retriable if any of them is.
    """
    waiting = list(offices)
    outcomes: dict[int, OfficeResult | Exception] = {}
    async with open_client() as client:
        run = _Run(client, connect, settings, plan, run_started_at)
        await asyncio.gather(*(_work(run, waiting, outcomes) for _ in range(min(PULLS_AT_ONCE, len(offices)))))
    return _results(offices, outcomes)


async def _work(run: _Run, waiting: list[int], outcomes: dict[int, OfficeResult | Exception]) -> None:
    """Process one office after the other, on one connection, until none is left."""
    with ExitStack() as stack:
        connection: Connection | None = None
        while waiting:
            office_id = waiting.pop(0)
            try:
                if connection is None or connection.closed:
                    opening = warehouse(run.connect, run.settings)
                    connection = await asyncio.to_thread(stack.enter_context, opening)
                outcomes[office_id] = await _snapshot_office(run, connection, office_id)
            except psycopg.Error as error:
                outcomes[office_id] = failure(error) or error
                if connection is not None:
                    # The transaction has failed, and the session may be lost: the next office opens a new one.
                    connection.close()
            # Also a bug: it must not stop the other offices. _one_error raises it with its traceback.
            except Exception as error:
                outcomes[office_id] = error


async def _snapshot_office(run: _Run, connection: Connection, office_id: int) -> OfficeResult:
    day = day_of(run.plan, run.settings, office_id)
    in_tolerance = is_in_tolerance(run.settings, office_id, day)
    pull, failure = None, None
    if run.plan.pulls_present or in_tolerance:
        # A retry or a clear of the task pulls only the offices that are missing.
        if await asyncio.to_thread(_is_landed, run, connection, office_id, day):
            log.info("Office %s has landed already: no request is sent to the API.", office_id)
        else:
            try:
                pull = await pull_office(run.client, connection, run.settings, office_id)
            except IndicaOnlineError as error:
                failure = error
    # Also after a failure: earlier observations may be carried forward, and a day that is not published is unknown.
    result = await asyncio.to_thread(_publish, connection, run.settings, run.plan, office_id)
    result.pull = pull
    if failure is None and in_tolerance and not run.plan.pulls_present:
        failure = _not_closed(result, day)
    if failure is not None:
        raise failure
    return result


def _not_closed(result: OfficeResult, day: dt.date) -> RetriableError | None:
    """Return an error where a complete pull is not the closing pull of the day; None where it is."""
    # A server whose clock is behind dates a page before the end of the day. Such a page may show stock of the day, so
    # only a later pull can close it.
    if result.pull is None or result.publication is None or result.publication.basis == "observed":
        return None
    return RetriableError(
        f"Pull {result.pull.pull_id} of office {result.office_id} is stored, but does not close {day}: by the clock of"
        " the API it was not made within the tolerance after the end of the day. The office is pulled again."
    )


def publish_offices(connect: Connect, settings: Settings, plan: DayPlan, offices: Sequence[int]) -> list[OfficeResult]:
    """Publish the day of a plan for offices that are not pulled, one after the other.

    As in :func:`snapshot_offices`, an office that fails stops no other.
    """
    outcomes: dict[int, OfficeResult | Exception] = {}
    with warehouse(connect, settings) as connection:
        for office_id in offices:
            try:
                outcomes[office_id] = _publish(connection, settings, plan, office_id)
            except psycopg.Error as error:
                # The session may be lost. A retry of the task publishes every office again, which is idempotent.
                raise failure(error) or error from None
            except Exception as error:
                outcomes[office_id] = error
    return _results(offices, outcomes)


def _publish(connection: Connection, settings: Settings, plan: DayPlan, office_id: int) -> OfficeResult:
    """Publish the day of an office if it has ended and, for a run that pulls the present, is within the tolerance."""
    day = day_of(plan, settings, office_id)
    result = OfficeResult(office_id)
    if plan.pulls_present and not is_in_tolerance(settings, office_id, day):
        result.note = f"seen now, too long after the end of {day} to close that day"
    elif now() < day_end(settings, office_id, day):
        result.note = f"{day} has not ended here: nothing can be published for it"
    else:
        result.publication = publish_day(connection, office_id, day)
        if result.publication.basis == "missing":
            result.note = "nobody saw the office near that day: it is missing, not zero"
    return result


def _is_landed(run: _Run, connection: Connection, office_id: int, day: dt.date) -> bool:
    # A manual run wants stock as of now: a closing pull from before the run does not count.
    if run.plan.pulls_present:
        return run.started_at is not None and landed_since(connection, office_id, run.started_at)
    return closing_pull(connection, office_id, day) is not None


def _results(offices: Sequence[int], outcomes: Mapping[int, OfficeResult | Exception]) -> list[OfficeResult]:
    """Log and return the results; raises the failures among them as one error."""
    results = [outcome for office in offices if isinstance(outcome := outcomes[office], OfficeResult)]
    failures = [(office, outcome) for office in offices if isinstance(outcome := outcomes[office], Exception)]
    for result in results:
        log.info("Office %s: %s", result.office_id, _describe(result))
    if failures:
        raise _one_error(failures)
    return results


def _describe(result: OfficeResult) -> str:
    words = []
    if result.pull is not None:
        pull = result.pull
        words.append(f"pull {pull.pull_id} landed {pull.items} items, {pull.rejected} rejected, {pull.changes} changes")
    if result.publication is not None:
        done = result.publication
        words.append(f"{done.business_day} published as {done.basis} with {done.rows} rows")
    return "; ".join([*words, *([result.note] if result.note else [])]) + "."


def _one_error(failures: Sequence[tuple[int, Exception]]) -> Exception:
    """Combine the failures of several offices into one error, retriable if a retry can help any of them."""
    # A bug comes before all others, because it has a traceback to be seen.
    for _, error in failures:
        if not isinstance(error, IndicaOnlineError):
            return error
    if len(failures) == 1:
        return failures[0][1]
    errors = [error for _, error in failures if isinstance(error, IndicaOnlineError)]
    retriable = [error for error in errors if isinstance(error, RetriableError)]
    # The longest wait: the whole task is retried, so an earlier retry would meet the same rate limit again.
    waits = [error.retry_after for error in retriable if error.retry_after is not None]
    kinds = {type(error) for error in errors}
    kind = kinds.pop() if len(kinds) == 1 else RetriableError if retriable else FatalError
    shown = " | ".join(f"Office {office_id}: {error}" for office_id, error in failures[:ERRORS_SHOWN])
    more = f" | and {len(failures) - ERRORS_SHOWN} more" if len(failures) > ERRORS_SHOWN else ""
    return kind(f"{len(failures)} offices failed. {shown}{more}", retry_after=max(waits, default=None))


def as_manifest(results: Sequence[OfficeResult]) -> dict[str, Any]:
    """Return the results as the XCom of a task: ids, counts and sentences, no rows."""
    return {"offices": msgspec.to_builtins(results)}
