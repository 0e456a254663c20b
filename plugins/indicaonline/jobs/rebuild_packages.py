"""Rebuilds versions of packages and lab results from raw responses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby, islice

from indicaonline.api import decoding
from indicaonline.api.decoding import Shape
from indicaonline.errors import SettingError
from indicaonline.records import Outcome, PackageDetail, Page
from indicaonline.warehouse.package_staging import PackageFetch, clear_staging, create_staging, stage_fetches
from indicaonline.warehouse.packages import derive
from indicaonline.warehouse.pulls import StoredAnswer, fetches_since
from indicaonline.warehouse.rebuild import forget_packages_since
from indicaonline.warehouse.sql import Connection

FETCHES_AT_ONCE = 500


def rebuild_packages(connection: Connection, start_at: dt.datetime, zone: dt.tzinfo) -> int:
    """Rebuild packages since an instant, inside the caller's transaction; returns the number of fetches.

    ``zone`` is the business time zone. Raises :class:`~indicaonline.errors.SettingError` where raw no longer has all
    the responses that are needed.
    """
    create_staging(connection)
    forget_packages_since(connection, start_at)
    count = 0
    stored = _fetches(fetches_since(connection, start_at), decoding.packages(zone))
    # In batches, as the scheduler loads them: the SQL is set-based, and memory holds one batch.
    while fetches := list(islice(stored, FETCHES_AT_ONCE)):
        stage_fetches(connection, fetches)
        derive(connection)
        clear_staging(connection)
        count += len(fetches)
    return count


def _fetches(answers: Iterator[StoredAnswer], shape: Shape[PackageDetail]) -> Iterator[PackageFetch]:
    for pull_id, rows in groupby(answers, lambda answer: answer.pull_id):
        pages = list(rows)
        first = pages[0]
        # A page that is missing is not an empty page: its packages would count as no longer listed.
        if not first.is_empty and [answer.page for answer in pages] != first.pages:
            raise SettingError(
                f"Raw no longer has pull {pull_id} of {first.first_page_at:%Y-%m-%d}, which is needed:"
                " rebuild from a later day."
            )
        at = first.first_page_at
        outcome = Outcome(
            complete=True, read=first.counted_read, reads=1, total=None, first_page_at=at, last_page_at=at
        )
        decoded = [_page(answer, shape) for answer in pages if answer.page is not None]
        is_gone = first.is_empty and first.package_id is not None
        yield PackageFetch(pull_id, first.request, outcome, decoded, is_gone=is_gone)


def _page(answer: StoredAnswer, shape: Shape[PackageDetail]) -> Page[PackageDetail]:
    assert answer.page is not None
    assert answer.observed_at is not None
    # Rejected items are left out: they are in quarantine since the fetch was loaded, and never become versions.
    if answer.package_id is None:
        items = shape.read(answer.body).items
    else:
        item = shape.read_one(answer.body).item
        items = [item] if isinstance(item, PackageDetail) else []
    return Page(answer.counted_read, answer.page, answer.observed_at, items, [])
