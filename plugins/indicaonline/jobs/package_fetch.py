"""Fetches packages: sends one request, and interprets the answer or its absence."""

from __future__ import annotations

import time

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import BadRequestError, ClockSkewError, IndicaOnlineError, NotFoundError
from indicaonline.records import Outcome, PackageDetail, Page, RawResponse
from indicaonline.settings import now
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.package_staging import PackageFetch
from indicaonline.warehouse.refresh_queue import PlannedFetch


async def fetch_packages(
    client: IndicaOnlineClient, planned: PlannedFetch, *, treats_404_as_deleted: bool
) -> PackageFetch:
    """Fetch the active packages of a product, or one package by its id; returns the fetch, failed or not.

    Raises :class:`~indicaonline.errors.ClockSkewError`, after which nothing may be stored.
    """
    began = time.monotonic()
    fetch = await (_list_packages(client, planned) if planned.package_id is None else _fetch_by_id(client, planned))
    fetch = msgspec.structs.replace(fetch, seconds=time.monotonic() - began)
    error = fetch.outcome.error
    # A 404 means that the product has no packages, or that the package is deleted. From an account that never returned
    # a package it may also mean a wrong API version in the connection: then, as after a 400, the fetch is refused.
    if fetch.pages or not isinstance(error, NotFoundError | BadRequestError):
        return fetch
    if isinstance(error, NotFoundError) and treats_404_as_deleted:
        return _not_there(fetch)
    return msgspec.structs.replace(fetch, is_refused=True)


async def _list_packages(client: IndicaOnlineClient, planned: PlannedFetch) -> PackageFetch:
    request = PullRequest(kind="packages", started_at=now(), product_id=planned.product_id)
    reading = client.product_packages(planned.product_id)
    pages = [page async for page in reading]
    outcome = reading.outcome
    counted = [page for page in pages if page.read == outcome.read]
    return PackageFetch(planned.pull_id, request, outcome, counted, reading.take_responses())


async def _fetch_by_id(client: IndicaOnlineClient, planned: PlannedFetch) -> PackageFetch:
    package_id = planned.package_id
    assert package_id is not None
    request = PullRequest(
        kind="package", started_at=now(), product_id=planned.product_id, package_id=planned.package_id
    )
    responses: list[RawResponse] = []
    try:
        answer = await client.package(package_id, responses.append)
    # Not an outcome like the others: its responses have wrong times, and would be stored with the outcome.
    except ClockSkewError:
        raise
    except IndicaOnlineError as error:
        return PackageFetch(planned.pull_id, request, _failed(responses, error), [], responses)
    at = answer.observed_at
    items = [answer.package] if answer.package is not None else []
    rejected = [answer.rejected] if answer.rejected is not None else []
    page: Page[PackageDetail] = Page(1, 1, at, items, rejected, answer.set_aside, answer.deviations)
    problem = f"The package cannot be used: {answer.rejected.reason}." if answer.rejected is not None else None
    outcome = Outcome(
        complete=problem is None, read=1, reads=1, total=1, first_page_at=at, last_page_at=at, problem=problem
    )
    return PackageFetch(planned.pull_id, request, outcome, [page], responses)


def _not_there(fetch: PackageFetch) -> PackageFetch:
    """Turn a 404 into an answer: an empty list, or a deleted package, at the time of the response."""
    at = fetch.responses[-1].observed_at
    outcome = Outcome(complete=True, read=1, reads=1, total=0, first_page_at=at, last_page_at=at)
    is_gone = fetch.request.package_id is not None
    return msgspec.structs.replace(fetch, outcome=outcome, pages=[], is_gone=is_gone)


def _failed(responses: list[RawResponse], error: IndicaOnlineError) -> Outcome:
    reads = 1 if responses else 0
    return Outcome(
        complete=False, read=0, reads=reads, total=None, first_page_at=None, last_page_at=None, problem=str(error),
        error=error,
    )  # fmt: skip
