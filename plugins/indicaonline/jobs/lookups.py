"""One lookup of packages: what to ask, and what the answer, or its absence, means."""

from __future__ import annotations

import time

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import BadRequestError, ClockSkewError, IndicaOnlineError, NotFoundError
from indicaonline.records import Outcome, PackageDetail, Page, RawResponse
from indicaonline.settings import now
from indicaonline.warehouse.landing import PullRequest
from indicaonline.warehouse.package_needs import Lookup
from indicaonline.warehouse.packages import Look


async def look_up(client: IndicaOnlineClient, lookup: Lookup, *, believes_404: bool) -> Look:
    """Ask for a product's active packages, or for one package by its id; returns the look, whatever came.

    A 404 means that the product has no packages, or that the package is gone. From an account that never told of a
    package it may as well mean a wrong version in the connection: then, as with a 400, the look is refused. Raises
    :class:`~indicaonline.errors.ClockSkewError`: nothing may be stored then.
    """
    began = time.monotonic()
    look = await (_list_packages(client, lookup) if lookup.package_id is None else _ask_by_id(client, lookup))
    look = msgspec.structs.replace(look, seconds=time.monotonic() - began)
    error = look.outcome.error
    if look.pages or not isinstance(error, NotFoundError | BadRequestError):
        return look
    if isinstance(error, NotFoundError) and believes_404:
        return _not_there(look)
    return msgspec.structs.replace(look, is_refused=True)


async def _list_packages(client: IndicaOnlineClient, lookup: Lookup) -> Look:
    request = PullRequest(kind="packages", started_at=now(), product_id=lookup.product_id)
    reading = client.product_packages(lookup.product_id)
    pages = [page async for page in reading]
    outcome = reading.outcome
    counted = [page for page in pages if page.read == outcome.read]
    return Look(lookup.pull_id, request, outcome, counted, reading.take_responses())


async def _ask_by_id(client: IndicaOnlineClient, lookup: Lookup) -> Look:
    package_id = lookup.package_id
    assert package_id is not None
    request = PullRequest(kind="package", started_at=now(), product_id=lookup.product_id, package_id=lookup.package_id)
    responses: list[RawResponse] = []
    try:
        answer = await client.package(package_id, responses.append)
    except ClockSkewError:
        raise
    except IndicaOnlineError as error:
        return Look(lookup.pull_id, request, _failed(responses, error), [], responses)
    at = answer.observed_at
    items = [answer.package] if answer.package is not None else []
    rejected = [answer.rejected] if answer.rejected is not None else []
    page: Page[PackageDetail] = Page(1, 1, at, items, rejected, answer.set_aside, answer.deviations)
    problem = f"The package cannot be used: {answer.rejected.reason}." if answer.rejected is not None else None
    outcome = Outcome(
        complete=problem is None, read=1, reads=1, total=1, first_page_at=at, last_page_at=at, problem=problem
    )
    return Look(lookup.pull_id, request, outcome, [page], responses)


def _not_there(look: Look) -> Look:
    """A 404 as an answer: an empty list, or a package that is gone, at the time of the response."""
    at = look.responses[-1].observed_at
    outcome = Outcome(complete=True, read=1, reads=1, total=0, first_page_at=at, last_page_at=at)
    is_gone = look.request.package_id is not None
    return msgspec.structs.replace(look, outcome=outcome, pages=[], is_gone=is_gone)


def _failed(responses: list[RawResponse], error: IndicaOnlineError) -> Outcome:
    reads = 1 if responses else 0
    return Outcome(
        complete=False, read=0, reads=reads, total=None, first_page_at=None, last_page_at=None, problem=str(error),
        error=error,
    )  # fmt: skip
