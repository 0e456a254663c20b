"""Pulls of inventory: from the client, page by page, into the warehouse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from typing import Any, TypeVar

import msgspec
import psycopg

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.reading import Reading
from indicaonline.errors import HeldBackError, IndicaOnlineError, RetriableError, SkipParameterIgnoredError
from indicaonline.records import Outcome, RawResponse
from indicaonline.settings import Settings, now
from indicaonline.warehouse.landing import Landing
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load, LoadResult

log = logging.getLogger(__name__)

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
        breach = await _breach(load, outcome, settings)
        if breach is not None:
            log.warning("Office %s is read again before its pull is held back: %s", office_id, breach)
            load.read_again(outcome)
            second = await land(client.office_inventory(office_id), load)
            if second.error is not None:
                # It confirms nothing, so there is nothing to accept: what stopped it has to be solved first.
                return await finish(load, second, f"office {office_id}")
            # The last complete reading counts.
            outcome = second if second.complete else msgspec.structs.replace(outcome, reads=second.reads)
            breach = await _breach(load, outcome, settings)
        if breach is not None:
            outcome = await _ask_plainly(client, load, outcome, office_id)
            if outcome.error is not None:
                return await finish(load, outcome, f"office {office_id}")
            await _hold_back(load, outcome, breach, office_id)
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


async def _breach(load: Load, outcome: Outcome, settings: Settings) -> str | None:
    """Why a person should look at a complete pull before it is applied; None where nobody has to."""
    shrinkage = await asyncio.to_thread(load.shrinkage, outcome)
    return shrinkage.breach(settings.hold_back_share)


async def _ask_plainly(client: IndicaOnlineClient, load: Load, outcome: Outcome, office_id: int) -> Outcome:
    """The outcome of a suspicious pull; with an error where it is empty only because the API misread its parameters.

    Asks an office that seems empty once more, without any parameter.
    """
    counts = load.parameters(outcome)
    if counts["items"] or counts["rejected"]:
        return outcome
    responses: list[RawResponse] = []
    load.read_again(outcome)
    try:
        body = await client.office_without_parameters(office_id, responses.append)
    except IndicaOnlineError:
        return outcome  # nothing was proven: a person decides
    finally:
        await asyncio.to_thread(load.add, [], responses)
    rows = len(body.items) + len(body.rejected)
    if not rows:
        return outcome
    error = SkipParameterIgnoredError(
        f"Office {office_id} is empty where the parameters 'limit' and '{client.config.skip_parameter}' are sent, and"
        f" lists {rows} rows where none is: the API does not know one of them. Set skip_parameter in the connection to"
        " the name it knows (the contract check finds it)."
    )
    return msgspec.structs.replace(outcome, complete=False, problem=str(error), error=error)


async def _hold_back(load: Load, outcome: Outcome, problem: str, office_id: int) -> None:
    await asyncio.to_thread(load.hold_back, outcome, problem)
    raise HeldBackError(
        f"Pull {load.pull_id} of office {office_id} is held back: {problem} Its responses are kept, and no stock was"
        f" changed. Compare with the office in IndicaOnline. If it is right, trigger inventory_snapshot_daily with"
        f" {load.pull_id} in accept_held_pulls, or run `indicaonline accept {load.pull_id}`. If not, the next complete"
        f" pull supersedes it; dismiss_held_pulls, or `indicaonline dismiss {load.pull_id}`, ends it at once."
    )
