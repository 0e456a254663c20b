"""Accepts or dismisses held-back pulls. An accepted pull is applied from raw, at the time at which it was made.

:mod:`indicaonline.jobs.circuit_breaker` holds pulls back.
"""

from __future__ import annotations

import getpass
import logging
import textwrap
from collections.abc import Iterable, Iterator

from indicaonline.api import decoding
from indicaonline.errors import AlreadyDecidedError, FatalError, SettingError, one_line
from indicaonline.records import InventoryItem, Page
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.ledger import Decision
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.pulls import StoredPage, StoredPull, decided, dismiss, held_pull, stored_pages, undecided
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

LONGEST_NOTE = 1_000
"""The number of characters of a note that are kept."""


def undecided_pulls(connect: Connect, settings: Settings) -> list[int]:
    """Return the numbers of the held-back pulls that wait for a decision, the latest first; at most 1,000."""
    with warehouse(connect, settings) as connection:
        return undecided(connection)


def decide_pull(
    connect: Connect, settings: Settings, pull_id: int, *, accepts: bool, decided_by: str, note: str | None = None
) -> LoadResult | None:
    """Accept or dismiss a held-back pull; returns what accepting it changed.

    Returns None where it was dismissed, or where the same decision was recorded under the same ``decided_by`` before.
    Raises :class:`~indicaonline.errors.AlreadyDecidedError` where the pull ended otherwise, and
    :class:`~indicaonline.errors.SettingError` where it was never held back.
    """
    wanted = "accepted" if accepts else "dismissed"
    with warehouse(connect, settings) as connection:
        found = decided(connection, pull_id)
    # Idempotent: ``decided_by`` contains the run, so a retry or a clear of the run finds its own decision here.
    if found is not None and (found.outcome, found.decided_by) == (wanted, decided_by):
        log.info("Pull %s was %s by this run before.", pull_id, wanted)
        return None
    if accepts:
        return accept_pull(connect, settings, pull_id, decided_by, note)
    dismiss_pull(connect, settings, pull_id, decided_by, note)
    return None


def accept_pull(
    connect: Connect, settings: Settings, pull_id: int, decided_by: str | None = None, note: str | None = None
) -> LoadResult:
    """Apply a held-back pull, and record in the ledger who accepted it, with a note; returns the changes.

    ``decided_by`` is the user of this process if not given. Raises
    :class:`~indicaonline.errors.AlreadyDecidedError` where the pull is not held back any more, and
    :class:`~indicaonline.errors.SettingError` where it never was, or raw no longer has its responses.
    """
    decision = _decision(decided_by, note)
    with warehouse(connect, settings) as connection:
        pull = held_pull(connection, pull_id)
        if pull is None:
            raise _not_held(connection, pull_id)
        # Retention drops raw by month. The products of a missing page would count as absent.
        if not pull.is_in_raw:
            raise SettingError(f"Raw no longer has every page of pull {pull_id}: it cannot be accepted any more.")
        with Load(connection, pull.request, pull_id) as load:
            load.decision = decision
            for page in decoded(pull, stored_pages(connection, pull)):
                load.add([page])
            result = load.apply(pull.outcome(complete=True))
    log.info(
        "Pull %s of office %s is accepted by %s: %s changes, %s days published again.",
        pull_id, pull.office_id, decision.decided_by, result.changes, len(result.republished),
    )  # fmt: skip
    return result


def dismiss_pull(
    connect: Connect, settings: Settings, pull_id: int, decided_by: str | None = None, note: str | None = None
) -> None:
    """End a held-back pull without applying it, and record in the ledger who dismissed it, with a note.

    Raises :class:`~indicaonline.errors.AlreadyDecidedError` where the pull is not held back any more, and
    :class:`~indicaonline.errors.SettingError` where it never was.
    """
    decision = _decision(decided_by, note)
    with warehouse(connect, settings) as connection:
        if not dismiss(connection, pull_id, decision):
            raise _not_held(connection, pull_id)
        connection.commit()
    log.info("Pull %s is dismissed by %s: it will not be applied.", pull_id, decision.decided_by)


def check_undecided(connect: Connect, settings: Settings, pull_id: int) -> None:
    """Raise the error that :func:`decide_pull` would raise because a pull is not held back."""
    with warehouse(connect, settings) as connection:
        if held_pull(connection, pull_id) is None:
            raise _not_held(connection, pull_id)


def process_user() -> str:
    """Return the user of the operating system that runs this process."""
    try:
        return getpass.getuser()
    # A container may run as a user id without a name: OSError since Python 3.13, KeyError before.
    except (OSError, KeyError):
        return "unknown"


def _decision(decided_by: str | None, note: str | None) -> Decision:
    # In one line and of a bounded length: the ledger's readers expect a remark, and a form accepts any text.
    text = one_line(note or "").strip()
    return Decision(decided_by or process_user(), textwrap.shorten(text, LONGEST_NOTE, placeholder=" ...") or None)


def _not_held(connection: Connection, pull_id: int) -> FatalError:
    """Return the error that says why nothing can be decided about a pull."""
    pull = decided(connection, pull_id)
    if pull is None:
        return SettingError(f"There is no pull {pull_id}.")
    if pull.status == "held_back":
        return AlreadyDecidedError(f"Pull {pull_id} is being decided by somebody else.")
    if pull.outcome is None:
        return SettingError(f"Pull {pull_id} was never held back: it is {pull.status}.")
    by = f"pull {pull.superseded_by}" if pull.superseded_by else pull.decided_by
    return AlreadyDecidedError(f"Pull {pull_id} was {pull.outcome} by {by} at {pull.decided_at:%Y-%m-%d %H:%M} UTC.")


def decoded(pull: StoredPull, stored: Iterable[StoredPage]) -> Iterator[Page[InventoryItem]]:
    """Yield the pages of a pull from raw, decoded as they are from the API."""
    for page in stored:
        body = decoding.INVENTORY.read(page.body)
        read, parts = pull.counted_read, (body.items, body.rejected, body.set_aside, body.deviations)
        yield Page(read, page.page, page.observed_at, *parts)
