"""Accepting a pull that was held back: it is applied from raw, under the time at which it was made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from indicaonline.api import decoding
from indicaonline.errors import SettingError
from indicaonline.records import InventoryItem, Page
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.pulls import StoredPage, StoredPull, held_pull, stored_pages


async def accept_pulls(
    connect: Connect, settings: Settings, pull_ids: Sequence[int], office_ids: Sequence[int]
) -> list[LoadResult]:
    """Apply those of some held-back pulls that are of some offices; returns what each changed.

    One that was accepted before, or that another task accepts, is left out: a retry gives the same result.
    """
    results = [await asyncio.to_thread(accept_pull, connect, settings, pull_id, office_ids) for pull_id in pull_ids]
    return [result for result in results if result is not None]


def accept_pull(
    connect: Connect, settings: Settings, pull_id: int, office_ids: Sequence[int] | None = None
) -> LoadResult | None:
    """Apply a held-back pull; returns what it changed.

    With ``office_ids``, a pull that is not of one of them or no longer waits gives None. Without, that no such pull
    waits to be accepted raises :class:`~indicaonline.errors.SettingError`; so does a pull of which raw lost a page.
    """
    with warehouse(connect, settings) as connection:
        pull = held_pull(connection, pull_id)
        if office_ids is not None and (pull is None or pull.office_id not in office_ids):
            return None
        if pull is None:
            raise SettingError(f"Pull {pull_id} is not held back: there is nothing to accept.")
        if not pull.is_in_raw:  # what is missing from a complete pull would count as absent
            raise SettingError(f"Raw no longer has every page of pull {pull_id}: it cannot be accepted any more.")
        with Load(connection, pull.request, pull_id) as load:
            load.is_accepted = True
            for page in decoded(pull, stored_pages(connection, pull)):
                load.add([page])
            return load.apply(pull.outcome(complete=True))


def decoded(pull: StoredPull, stored: Iterable[StoredPage]) -> Iterator[Page[InventoryItem]]:
    """The pages of a pull, read from raw as they were read from the API."""
    for page in stored:
        body = decoding.INVENTORY.read(page.body)
        yield Page(
            pull.counted_read,
            page.page,
            page.observed_at,
            body.items,
            body.rejected,
            body.set_aside,
            body.deviations,
        )
