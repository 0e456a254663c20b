"""Questions to the pull ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec
from psycopg.rows import class_row

from indicaonline.records import Outcome
from indicaonline.warehouse.ledger import Kind, PullRequest, Status
from indicaonline.warehouse.sql import Connection, fetch_all, read_sql


class StoredPull(msgspec.Struct, frozen=True):
    """A pull as the ledger keeps it, to be applied from raw."""

    pull_id: int
    kind: Kind
    office_id: int | None
    resource: str | None
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
        """What was asked."""
        return msgspec.convert(self, PullRequest, from_attributes=True)

    def outcome(self, *, complete: bool) -> Outcome:
        """How it ended, or, accepted, is to be taken."""
        return Outcome(complete, self.counted_read, self.reads, self.total, self.first_page_at, self.last_page_at)


class StoredAnswer(msgspec.Struct, frozen=True):
    """A page of a fetch of packages as raw keeps it; without a page where the fetch was empty, or raw has lost it."""

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
    body: bytes | None

    @property
    def request(self) -> PullRequest:
        """What was asked."""
        return msgspec.convert(self, PullRequest, from_attributes=True)


class Decided(msgspec.Struct, frozen=True):
    """A pull and, if it was held back and no longer is, how that ended (accepted, dismissed, superseded), and by whom.

    ``superseded_by`` is the number of the later pull that made it obsolete.
    """

    pull_id: int
    office_id: int | None
    status: str
    outcome: str | None
    decided_by: str | None
    decided_at: dt.datetime | None
    superseded_by: int | None


class StoredPage(msgspec.Struct, frozen=True):
    """A page as raw keeps it."""

    page: int
    observed_at: dt.datetime
    body: bytes


def closing_pull(connection: Connection, office_id: int, day: dt.date) -> int | None:
    """The number of the closing pull of a business day of an office; None if there is none."""
    row = connection.execute("SELECT inventory.closing_pull(%s, %s)", [office_id, day]).fetchone()
    return row[0] if row else None


def landed_since(connection: Connection, office_id: int, instant: dt.datetime) -> bool:
    """Whether a complete pull of an office has landed at or after an instant."""
    parameters = {"office_id": office_id, "instant": instant}
    row = connection.execute(read_sql("pulls/landed_since"), parameters).fetchone()
    return row is not None and row[0] > 0


def held_pull(connection: Connection, pull_id: int) -> StoredPull | None:
    """A pull that waits to be accepted; None if it does not wait."""
    found = fetch_all(connection, StoredPull, "pulls/select_stored", {"pull_id": pull_id, "start_at": None})
    return found[0] if found else None


def decided(connection: Connection, pull_ids: Sequence[int]) -> list[Decided]:
    """The pulls of some numbers, as far as there are such."""
    return fetch_all(connection, Decided, "pulls/select_decided", {"pull_ids": list(pull_ids)})


def dismiss(connection: Connection, pull_id: int, decided_by: str) -> bool:
    """End a held-back pull; returns whether it was held back. Does not commit."""
    parameters = {"pull_id": pull_id, "decided_by": decided_by}
    return connection.execute(read_sql("pulls/dismiss"), parameters).rowcount == 1


def pulls_since(connection: Connection, start_at: dt.datetime) -> list[StoredPull]:
    """The applied pulls of inventory from an instant on, in the order in which they were made."""
    return fetch_all(connection, StoredPull, "pulls/select_stored", {"pull_id": None, "start_at": start_at})


def fetches_since(connection: Connection, start_at: dt.datetime) -> Iterator[StoredAnswer]:
    """The fetches of packages from an instant on, in the order in which they were made, from raw, a few at a time."""
    with connection.cursor("stored_fetches", row_factory=class_row(StoredAnswer)) as cursor:
        cursor.itersize = 200
        yield from cursor.execute(read_sql("pulls/select_fetches"), {"start_at": start_at})


def stored_pages(connection: Connection, pull: StoredPull) -> Iterator[StoredPage]:
    """The pages of the read of a pull that counts, in their order, from raw, a few at a time."""
    parameters = {
        "pull_id": pull.pull_id,
        "read": pull.counted_read,
        "pages": pull.pages,
        "first_page_at": pull.first_page_at,
        "last_page_at": pull.last_page_at,
    }
    with connection.cursor("stored_pages", row_factory=class_row(StoredPage)) as cursor:
        cursor.itersize = 10
        yield from cursor.execute(read_sql("pulls/select_pages"), parameters)
