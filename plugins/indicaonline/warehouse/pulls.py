"""Queries on the pull ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from psycopg.rows import class_row

from indicaonline.records import Outcome
from indicaonline.warehouse.ledger import Decision, Kind, PullRequest, Status
from indicaonline.warehouse.responses import StoredBody
from indicaonline.warehouse.sql import Connection, fetch_all, fetch_one, read_sql


class StoredPull(msgspec.Struct, frozen=True):
    """A pull as the ledger keeps it, to be applied from raw."""

    pull_id: int
    kind: Kind
    office_id: int | None
    product_id: int | None
    since: dt.datetime | None
    started_at: dt.datetime
    status: Status
    reads: int
    counted_read: int
    pages: list[int]
    total: int | None
    first_page_at: dt.datetime
    last_page_at: dt.datetime
    is_in_raw: bool

    @property
    def request(self) -> PullRequest:
        """The request of the pull."""
        return msgspec.convert(self, PullRequest, from_attributes=True)

    def outcome(self, *, complete: bool) -> Outcome:
        """Return the outcome of the pull; an accepted pull is complete, although its row is held back."""
        return Outcome(complete, self.counted_read, self.reads, self.total, self.first_page_at, self.last_page_at)


class StoredAnswer(StoredBody, frozen=True, kw_only=True):
    """A page of a fetch of packages, from raw; without a page where the fetch was empty, or raw no longer has it."""

    pull_id: int
    kind: Kind
    product_id: int
    package_id: int | None
    started_at: dt.datetime
    counted_read: int
    first_page_at: dt.datetime
    is_empty: bool
    pages: list[int]
    page: int | None
    observed_at: dt.datetime | None

    @property
    def request(self) -> PullRequest:
        """The request of the fetch."""
        return msgspec.convert(self, PullRequest, from_attributes=True)


class Decided(msgspec.Struct, frozen=True):
    """A pull and, if it was held back, how that ended (accepted, dismissed, superseded) and who decided.

    ``superseded_by`` is the number of the later pull that made it obsolete.
    """

    pull_id: int
    office_id: int | None
    status: str
    outcome: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    superseded_by: int | None


class HeldBack(msgspec.Struct, frozen=True):
    """A held-back pull of an office, and the number of products that it would make vanish."""

    pull_id: int
    office_id: int
    office_name: str | None
    first_page_at: dt.datetime
    items: int
    would_vanish: int
    problem: str


class Vanishing(msgspec.Struct, frozen=True):
    """A product that a held-back pull would make vanish, with its stock as last known before the pull."""

    product_id: int
    product_name: str | None
    category: str | None
    measurement: str | None
    quantity: Decimal | None
    observed_at: dt.datetime | None
    package_count: int | None


class StoredPage(StoredBody, frozen=True, kw_only=True):
    """A page of a pull, from raw."""

    page: int
    observed_at: dt.datetime


def closing_pull(connection: Connection, office_id: int, day: dt.date) -> int | None:
    """Return the number of the closing pull of a business day of an office; None if there is none."""
    row = connection.execute("SELECT inventory.closing_pull(%s, %s)", [office_id, day]).fetchone()
    return row[0] if row else None


def landed_since(connection: Connection, office_id: int, instant: dt.datetime) -> bool:
    """Return True if a complete pull of an office was committed at or after an instant."""
    parameters = {"office_id": office_id, "instant": instant}
    row = connection.execute(read_sql("pulls/landed_since"), parameters).fetchone()
    return row is not None and row[0] > 0


def held_pull(connection: Connection, pull_id: int) -> StoredPull | None:
    """Return a held-back pull; None if no such pull is held back."""
    found = fetch_all(connection, StoredPull, "pulls/select_stored", {"pull_id": pull_id, "start_at": None})
    return found[0] if found else None


def decided(connection: Connection, pull_id: int) -> Decided | None:
    """Return a pull with its decision; None if there is no such pull."""
    found = fetch_all(connection, Decided, "pulls/select_decided", {"pull_id": pull_id})
    return found[0] if found else None


def undecided(connection: Connection) -> list[int]:
    """Return the numbers of the held-back pulls that wait for a decision, the latest first; at most 1,000."""
    return [row[0] for row in connection.execute(read_sql("pulls/select_undecided"))]


def held_back(connection: Connection, pull_id: int) -> HeldBack:
    """Return what a person needs to know to decide about a held-back pull."""
    return fetch_one(connection, HeldBack, "pulls/select_held_back", {"pull_id": pull_id})


def vanishing(connection: Connection, pull_id: int, products: int) -> list[Vanishing]:
    """Return the first products, by name, that a held-back pull would make vanish."""
    return fetch_all(connection, Vanishing, "pulls/select_vanishing", {"pull_id": pull_id, "products": products})


def dismiss(connection: Connection, pull_id: int, decision: Decision) -> bool:
    """Dismiss a held-back pull; returns False if it was not held back. Does not commit."""
    parameters = {"pull_id": pull_id, "decided_by": decision.decided_by, "decision_note": decision.note}
    return connection.execute(read_sql("pulls/dismiss"), parameters).rowcount == 1


def pulls_since(connection: Connection, start_at: dt.datetime) -> list[StoredPull]:
    """Return the applied pulls of inventory since an instant, in the order in which they were made."""
    return fetch_all(connection, StoredPull, "pulls/select_stored", {"pull_id": None, "start_at": start_at})


def fetches_since(connection: Connection, start_at: dt.datetime) -> Iterator[StoredAnswer]:
    """Yield the fetches of packages since an instant, in the order in which they were made, from raw."""
    # A named cursor stays in the server: psycopg's other cursors load the whole result, here all bodies, into memory.
    with connection.cursor("stored_fetches", row_factory=class_row(StoredAnswer)) as cursor:
        cursor.itersize = 200
        yield from cursor.execute(read_sql("pulls/select_fetches"), {"start_at": start_at})


def stored_pages(connection: Connection, pull: StoredPull) -> Iterator[StoredPage]:
    """Yield the pages of the read of a pull that counts, in order, from raw."""
    parameters = {
        "pull_id": pull.pull_id,
        "read": pull.counted_read,
        # By number: the partition key, observed_at, only prunes months.
        "pages": pull.pages,
        "first_page_at": pull.first_page_at,
        "last_page_at": pull.last_page_at,
    }
    with connection.cursor("stored_pages", row_factory=class_row(StoredPage)) as cursor:
        # The bodies of so many pages are in memory at once.
        cursor.itersize = 10
        yield from cursor.execute(read_sql("pulls/select_pages"), parameters)
