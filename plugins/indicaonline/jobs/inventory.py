"""Pulls of inventory: from the client, page by page, into the warehouse."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any, TypeVar

import msgspec
import psycopg

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.reading import Reading
from indicaonline.errors import HeldBackError, RetriableError
from indicaonline.records import Outcome
from indicaonline.settings import Settings, now
from indicaonline.warehouse.landing import Landing, PullRequest
from indicaonline.warehouse.load import Load, LoadResult

Item = TypeVar("Item")


async def pull_office(
    client: IndicaOnlineClient, connection: psycopg.Connection[Any], settings: Settings, office_id: int
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
        if not outcome.complete:
            return await finish(load, outcome, f"office {office_id}")
        doubt = await _doubt(load, outcome, settings)
        if doubt is not None:
            load.read_again(outcome)
            second = await land(client.office_inventory(office_id), load)
            # The last complete reading counts.
            outcome = second if second.complete else msgspec.structs.replace(outcome, reads=second.reads)
            doubt = await _doubt(load, outcome, settings)
        if doubt is not None:
            await _hold_back(load, outcome, doubt, office_id)
        return await asyncio.to_thread(load.apply, outcome)


async def land(reading: Reading[Item], load: Landing[Item]) -> Outcome:
    """Land the pages of a reading while the next ones are being fetched; returns how the reading ended."""
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


async def _doubt(load: Load, outcome: Outcome, settings: Settings) -> str | None:
    """Why a person should look at a complete pull before it is applied; None where nobody has to."""
    shrinkage = await asyncio.to_thread(load.shrinkage, outcome)
    return shrinkage.doubt(settings.hold_back_share)


async def _hold_back(load: Load, outcome: Outcome, problem: str, office_id: int) -> None:
    await asyncio.to_thread(load.hold_back, outcome, problem)
    raise HeldBackError(
        f"Pull {load.pull_id} of office {office_id} is held back: {problem} It is kept, and nothing was changed."
        f" If it is right, trigger inventory_snapshot_daily with accept_held_pulls [{load.pull_id}],"
        f" or run `indicaonline accept {load.pull_id}`."
    )
