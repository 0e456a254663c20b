"""Pulls of inventory: from the client, page by page, into the warehouse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from typing import TypeVar

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.reading import Reading
from indicaonline.errors import RetriableError
from indicaonline.jobs.circuit_breaker import ask_plainly, breach_of, hold_back
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
    """Pull all stock of one office, land it and apply it; returns what changed.

    Raises :class:`~indicaonline.errors.HeldBackError` where it would empty too much of the office, and whatever stopped
    the pull, once what it saw has landed. A pull that is not complete raises
    :class:`~indicaonline.errors.RetriableError`: what it saw counts, but it proves nothing absent.
    """
    request = PullRequest(kind="office", started_at=now(), office_id=office_id)
    with ExitStack() as stack:
        load = await asyncio.to_thread(stack.enter_context, Load(connection, request))
        outcome = await land(client.office_inventory(office_id), load)
        if outcome.complete:
            outcome = await _confirm(client, load, outcome, settings, office_id)
        if not outcome.complete:
            return await finish(load, outcome, f"office {office_id}")
        return await asyncio.to_thread(load.apply, outcome)


async def _confirm(
    client: IndicaOnlineClient, load: Load, outcome: Outcome, settings: Settings, office_id: int
) -> Outcome:
    """Read an office again where a complete pull would empty too much of it; returns the outcome that counts.

    Raises :class:`~indicaonline.errors.HeldBackError` where the second reading would, too.
    """
    breach = await breach_of(load, outcome, settings)
    if breach is None:
        return outcome
    log.warning("Office %s is read again before its pull is held back: %s", office_id, breach)
    load.read_again(outcome)
    second = await land(client.office_inventory(office_id), load)
    if second.error is not None:
        # It confirms nothing, so there is nothing to accept: what stopped it has to be solved first.
        return second
    # The last complete reading counts.
    outcome = second if second.complete else msgspec.structs.replace(outcome, reads=second.reads)
    breach = await breach_of(load, outcome, settings)
    if breach is None:
        return outcome
    outcome = await ask_plainly(client, load, outcome, office_id)
    if outcome.error is None:
        await hold_back(load, outcome, breach, office_id)
    return outcome


async def land(reading: Reading[Item], load: Landing[Item]) -> Outcome:
    """Land the pages of a reading while the next ones are being fetched; returns how the reading ended."""
    # In a thread, because psycopg waits for the server: the event loop goes on with the requests in flight.
    async for page in reading:
        await asyncio.to_thread(load.add, [page], reading.take_responses())
    await asyncio.to_thread(load.add, [], reading.take_responses())
    return load.number(reading.outcome)


async def finish(load: Load, outcome: Outcome, what: str) -> LoadResult:
    """Apply a pull that is not complete, then say so: with what stopped it, or with what was wrong with it."""
    result = await asyncio.to_thread(load.apply, outcome)
    if outcome.error is not None:
        raise outcome.error
    raise RetriableError(
        f"Pull {result.pull_id} of {what} is incomplete: {outcome.problem}"
        " Rows received so far are stored; absence is not inferred."
    )
