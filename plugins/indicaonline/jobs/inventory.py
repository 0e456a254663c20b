"""Pulls inventory: from the client, page by page, into the warehouse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from typing import NoReturn, TypeVar

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.reading import Reading
from indicaonline.errors import RetriableError
from indicaonline.jobs.circuit_breaker import breach_of, hold_back, retry_without_parameters
from indicaonline.records import Outcome
from indicaonline.settings import Settings, now
from indicaonline.warehouse.landing import Landing
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

Item = TypeVar("Item")


async def pull_office(
    client: IndicaOnlineClient, connection: Connection, settings: Settings, office_id: int
) -> LoadResult:
    """Pull all stock of one office, land it and apply it; returns the changes.

    Raises :class:`~indicaonline.errors.HeldBackError` where the pull would empty too much of the office,
    :class:`~indicaonline.errors.RetriableError` where it is incomplete, and the error that stopped it. Rows received
    until then are stored.
    """
    request = PullRequest(kind="office", started_at=now(), office_id=office_id)
    # An ExitStack, because entering a Load executes SQL: a with statement would do that in the event loop.
    with ExitStack() as stack:
        load = await asyncio.to_thread(stack.enter_context, Load(connection, request))
        outcome = await land(client.office_inventory(office_id), load)
        if outcome.complete:
            outcome = await _confirm(client, load, outcome, settings, office_id)
        if not outcome.complete:
            await finish(load, outcome, f"office {office_id}")
        return await asyncio.to_thread(load.apply, outcome)


async def _confirm(
    client: IndicaOnlineClient, load: Load, outcome: Outcome, settings: Settings, office_id: int
) -> Outcome:
    """Read an office again where a complete pull would empty too much of it; returns the outcome that counts.

    Raises :class:`~indicaonline.errors.HeldBackError` where the second reading would empty it as well.
    """
    breach = await breach_of(load, outcome, settings)
    if breach is None:
        return outcome
    log.warning("Office %s is read again before its pull is held back: %s", office_id, breach.problem)
    load.read_again(outcome)
    second = await land(client.office_inventory(office_id), load)
    if second.error is not None:
        # An interrupted reading confirms nothing, so there is nothing that a person could accept yet.
        return second
    # The last complete reading counts. The reads of an incomplete one are counted too: its pages are in raw.
    outcome = second if second.complete else msgspec.structs.replace(outcome, reads=second.reads)
    breach = await breach_of(load, outcome, settings)
    if breach is None:
        return outcome
    outcome = await retry_without_parameters(client, load, outcome, office_id)
    if outcome.error is None:
        await hold_back(load, outcome, breach, office_id)
    return outcome


async def land(reading: Reading[Item], load: Landing[Item]) -> Outcome:
    """Land the pages of a reading while the next ones are fetched; returns the outcome of the reading."""
    # In a thread, because psycopg blocks until the server answers: the event loop continues with requests in flight.
    async for page in reading:
        await asyncio.to_thread(load.add, [page], reading.take_responses())
    # Responses without a page: errors, and pages that could not be decoded, as evidence in raw.
    await asyncio.to_thread(load.add, [], reading.take_responses())
    return load.number(reading.outcome)


async def finish(load: Load, outcome: Outcome, what: str) -> NoReturn:
    """Apply a pull that is not complete, then raise the error that stopped it or describes it."""
    # Applied first, so that a retry that fails as well loses nothing that was seen now.
    result = await asyncio.to_thread(load.apply, outcome)
    if outcome.error is not None:
        raise outcome.error
    raise RetriableError(
        f"Pull {result.pull_id} of {what} is incomplete: {outcome.problem}"
        " Rows received so far are stored; absence is not inferred."
    )
