"""Pulls reference data: one list of names from the API into the warehouse."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import NotFoundError, RetriableError
from indicaonline.jobs.inventory import land
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.reference import ReferenceLoad

log = logging.getLogger(__name__)


class ReferenceResult(msgspec.Struct, frozen=True):
    """The result of the pull of a list. ``names`` counts new and changed ones; None where the API has no such list.

    ``rejected``, ``set_aside`` and ``deviations`` as in :class:`~indicaonline.warehouse.load.LoadResult`.
    """

    resource: str
    names: int | None
    rejected: int = 0
    set_aside: int = 0
    deviations: int = 0


async def pull_reference(
    client: IndicaOnlineClient, connect: Connect, settings: Settings, resource: str
) -> ReferenceResult:
    """Pull one of the reference lists, by its name, and upsert its table.

    Logs a 404 as a warning, with the path to set. Raises any other error that stopped the pull. Names received until
    then are stored.
    """
    given = client.config.office_ids if resource == "offices" else []
    with ExitStack() as stack:
        connection = await asyncio.to_thread(stack.enter_context, warehouse(connect, settings))
        request = PullRequest(kind="reference", started_at=now(), resource=resource)
        load = await asyncio.to_thread(stack.enter_context, ReferenceLoad(connection, request))
        outcome = await land(client.reference_list(resource), load)
        names = await asyncio.to_thread(load.apply, outcome, given)
    # Inventory works without names, so a missing list fails no task. Without offices nothing is pulled, unless the
    # connection names them.
    if isinstance(outcome.error, NotFoundError) and (resource != "offices" or given):
        log.warning("The API has no list of %s at the path in the connection: names are unchanged. %s",
                    resource, outcome.error)  # fmt: skip
        return ReferenceResult(resource, None)
    if outcome.error is not None:
        raise outcome.error
    if not outcome.complete:
        raise RetriableError(
            f"The list of {resource} is incomplete: {outcome.problem} The names received so far are stored."
        )
    log.info("The list of %s has %s names: %s are new or changed.", resource, outcome.total, names)
    tally = load.tally(outcome)
    return ReferenceResult(resource, names, tally.rejected, tally.set_aside, tally.deviations)
