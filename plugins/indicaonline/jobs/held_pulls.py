"""Accepts or dismisses held-back pulls. An accepted pull is applied from raw, at the time at which it was made.

:mod:`indicaonline.jobs.circuit_breaker` holds pulls back.
"""

from __future__ import annotations

import getpass
import logging
import re
from collections.abc import Iterable, Iterator, Sequence

from indicaonline.api import decoding
from indicaonline.errors import SettingError
from indicaonline.records import InventoryItem, Page
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.pulls import Decided, StoredPage, StoredPull, decided, dismiss, held_pull, stored_pages
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

LONGEST_NUMBER = 18
"""The number of digits that fit into a bigint in any case."""


def pull_numbers(text: str | None, parameter: str) -> list[int]:
    """Return the numbers in a text such as ``6087, 6088``, ascending and without duplicates.

    Raises :class:`~indicaonline.errors.SettingError`, with the name of the parameter, for anything else.
    """
    numbers = re.findall(r"[^\s,;]+", text or "")
    for number in numbers:
        # isdigit() alone also accepts superscripts, for which int() raises.
        if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
            raise SettingError(
                f"{parameter}: {number[:40]!r} is not the number of a pull; write numbers as 6087, 6088."
            )
    return sorted({int(number) for number in numbers})


def decide_pulls(
    connect: Connect, settings: Settings, *, accepted: Sequence[int], dismissed: Sequence[int], decided_by: str
) -> None:
    """Accept some held-back pulls and dismiss others. Checks all numbers before it changes anything.

    Raises :class:`~indicaonline.errors.SettingError` for every number that is not held back.
    """
    wanted = dict.fromkeys(accepted, "accepted") | dict.fromkeys(dismissed, "dismissed")
    if not wanted:
        return
    if both := sorted({*accepted} & {*dismissed}):
        raise SettingError(f"Pull {both[0]} is to be accepted and dismissed: name it once.")
    with warehouse(connect, settings) as connection:
        found = {pull.pull_id: pull for pull in decided(connection, list(wanted))}
    # Idempotent: ``decided_by`` contains the run, so a retry or a clear of the run finds its own decisions here.
    done = {number for number, pull in found.items() if (pull.outcome, pull.decided_by) == (wanted[number], decided_by)}
    problems = [_problem(number, found.get(number)) for number in wanted if number not in done]
    if wrong := [problem for problem in problems if problem is not None]:
        raise SettingError(" ".join([*wrong, "Nothing was decided: correct the numbers and trigger again."]))
    for number, decision in wanted.items():
        if number in done:
            log.info("Pull %s was %s by this run before.", number, decision)
        elif decision == "accepted":
            accept_pull(connect, settings, number, decided_by)
        else:
            dismiss_pull(connect, settings, number, decided_by)


def accept_pull(connect: Connect, settings: Settings, pull_id: int, decided_by: str | None = None) -> LoadResult:
    """Apply a held-back pull, and record in the ledger who accepted it; returns the changes.

    ``decided_by`` is the user of this process if not given. Raises :class:`~indicaonline.errors.SettingError` where no
    such pull is held back, or raw no longer has its responses.
    """
    with warehouse(connect, settings) as connection:
        pull = held_pull(connection, pull_id)
        if pull is None:
            raise SettingError(_not_held(connection, pull_id))
        # Retention drops raw by month. The products of a missing page would count as absent.
        if not pull.is_in_raw:
            raise SettingError(f"Raw no longer has every page of pull {pull_id}: it cannot be accepted any more.")
        with Load(connection, pull.request, pull_id) as load:
            load.decided_by = decided_by or process_user()
            for page in decoded(pull, stored_pages(connection, pull)):
                load.add([page])
            result = load.apply(pull.outcome(complete=True))
    log.info(
        "Pull %s of office %s is accepted by %s: %s changes, %s days published again.",
        pull_id, pull.office_id, load.decided_by, result.changes, len(result.republished),
    )  # fmt: skip
    return result


def dismiss_pull(connect: Connect, settings: Settings, pull_id: int, decided_by: str | None = None) -> None:
    """End a held-back pull without applying it, and record in the ledger who dismissed it.

    Raises :class:`~indicaonline.errors.SettingError` where no such pull is held back.
    """
    by = decided_by or process_user()
    with warehouse(connect, settings) as connection:
        if not dismiss(connection, pull_id, by):
            raise SettingError(_not_held(connection, pull_id))
        connection.commit()
    log.info("Pull %s is dismissed by %s: it will not be applied.", pull_id, by)


def process_user() -> str:
    """Return the user of the operating system that runs this process."""
    try:
        return getpass.getuser()
    # A container may run as a user id without a name: OSError since Python 3.13, KeyError before.
    except (OSError, KeyError):
        return "unknown"


def _not_held(connection: Connection, pull_id: int) -> str:
    found = decided(connection, [pull_id])
    return _problem(pull_id, found[0] if found else None) or f"Pull {pull_id} is being decided by somebody else."


def _problem(pull_id: int, pull: Decided | None) -> str | None:
    """Return why nothing can be decided about a pull, in a sentence; None where it is held back."""
    if pull is None:
        return f"There is no pull {pull_id}."
    if pull.status == "held_back":
        return None
    if pull.outcome is None:
        return f"Pull {pull_id} was never held back: it is {pull.status}."
    by = f"pull {pull.superseded_by}" if pull.superseded_by else pull.decided_by
    return f"Pull {pull_id} was {pull.outcome} by {by} at {pull.decided_at:%Y-%m-%d %H:%M} UTC."


def decoded(pull: StoredPull, stored: Iterable[StoredPage]) -> Iterator[Page[InventoryItem]]:
    """Yield the pages of a pull from raw, decoded as they are from the API."""
    for page in stored:
        body = decoding.INVENTORY.read(page.body)
        read, parts = pull.counted_read, (body.items, body.rejected, body.set_aside, body.deviations)
        yield Page(read, page.page, page.observed_at, *parts)
