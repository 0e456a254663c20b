"""Held-back pulls, decided by a person: accepted, they are applied from raw, under the time at which they were made;
dismissed, they never are. Why a pull is held back is in :mod:`indicaonline.jobs.circuit_breaker`.
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
"""Digits that fit into a bigint in any case."""


def pull_numbers(text: str | None, parameter: str) -> list[int]:
    """The numbers in a text such as ``6087, 6088``, ascending and once each; empty where there is none.

    Raises :class:`~indicaonline.errors.SettingError`, naming the parameter, for anything else.
    """
    words = re.findall(r"[^\s,;]+", text or "")
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER):
            raise SettingError(f"{parameter}: {word[:40]!r} is not the number of a pull; write numbers as 6087, 6088.")
    return sorted({int(word) for word in words})


def decide_pulls(
    connect: Connect, settings: Settings, *, accepted: Sequence[int], dismissed: Sequence[int], decided_by: str
) -> None:
    """Accept some held-back pulls and dismiss others; all numbers are checked before anything is done.

    A pull that ``decided_by`` has ended in the same way before is left as it is, so that a retry or a clear of one run
    changes nothing more. Raises :class:`~indicaonline.errors.SettingError` for every number that is not held back.
    """
    wanted = dict.fromkeys(accepted, "accepted") | dict.fromkeys(dismissed, "dismissed")
    if not wanted:
        return
    if both := sorted({*accepted} & {*dismissed}):
        raise SettingError(f"Pull {both[0]} is to be accepted and dismissed: name it once.")
    with warehouse(connect, settings) as connection:
        found = {pull.pull_id: pull for pull in decided(connection, list(wanted))}
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
    """Apply a held-back pull, and note in the ledger who accepted it; returns what it changed.

    ``decided_by`` is the user of this process if not given. Raises :class:`~indicaonline.errors.SettingError` where no
    such pull is held back, or raw no longer has its responses.
    """
    with warehouse(connect, settings) as connection:
        pull = held_pull(connection, pull_id)
        if pull is None:
            raise SettingError(_not_held(connection, pull_id))
        if not pull.is_in_raw:  # what is missing from a complete pull would count as absent
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
    """End a held-back pull without applying it, and note in the ledger who dismissed it.

    Raises :class:`~indicaonline.errors.SettingError` where no such pull is held back.
    """
    by = decided_by or process_user()
    with warehouse(connect, settings) as connection:
        if not dismiss(connection, pull_id, by):
            raise SettingError(_not_held(connection, pull_id))
        connection.commit()
    log.info("Pull %s is dismissed by %s: it will not be applied.", pull_id, by)


def process_user() -> str:
    """The user of the operating system that runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a number that has no name
        return "unknown"


def _not_held(connection: Connection, pull_id: int) -> str:
    found = decided(connection, [pull_id])
    return _problem(pull_id, found[0] if found else None) or f"Pull {pull_id} is being decided by somebody else."


def _problem(pull_id: int, pull: Decided | None) -> str | None:
    """Why nothing can be decided about a pull, in a sentence; None where it is held back."""
    if pull is None:
        return f"There is no pull {pull_id}."
    if pull.status == "held_back":
        return None
    if pull.outcome is None:
        return f"Pull {pull_id} was never held back: it is {pull.status}."
    by = f"pull {pull.superseded_by}" if pull.superseded_by else pull.decided_by
    return f"Pull {pull_id} was {pull.outcome} by {by} at {pull.decided_at:%Y-%m-%d %H:%M} UTC."


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
