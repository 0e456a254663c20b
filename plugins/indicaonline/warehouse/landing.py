"""What every pull leaves behind, whatever it asked for: raw responses, rejected items, and its row in the ledger."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Sequence
from typing import Any, Generic, Literal, Self, TypeVar

import msgspec
import psycopg

from indicaonline.errors import SettingError
from indicaonline.measures import PullMeasure, Tally, count_pull
from indicaonline.records import Outcome, Page, RawResponse
from indicaonline.warehouse.session import roll_back
from indicaonline.warehouse.sql import read_sql
from indicaonline.warehouse.staging import create_staging, ensure_partitions, land_responses, stage_rejected

log = logging.getLogger(__name__)

Kind = Literal["office", "updated", "product", "reference", "packages", "package"]
Status = Literal["complete", "incomplete", "held_back", "failed"]
Item = TypeVar("Item")

WHERE_TO_LOOK = "See ops.quarantine for what was not used, and contract_check for all fields."


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the API: all stock of one office, changes since an instant, one product, a list of names, the
    active packages of one product, or one package (with the product that inventory items list it under).
    """

    kind: Kind
    started_at: dt.datetime
    office_id: int | None = None
    resource: str | None = None
    since: dt.datetime | None = None
    product_id: int | None = None
    package_id: int | None = None

    def __str__(self) -> str:
        return {
            "office": f"office {self.office_id}",
            "updated": "changes",
            "product": f"product {self.product_id}",
            "reference": f"the list of {self.resource}",
            "packages": f"packages of product {self.product_id}",
            "package": f"package {self.package_id}",
        }[self.kind]


class Landing(Generic[Item]):
    """One pull on its way into the warehouse, on a connection of its own. Nothing of it is visible until it has ended.

    ``add`` any number of times while pages arrive, then end it once, which commits. Leaving the ``with`` block before
    that rolls everything back.
    """

    def __init__(self, connection: psycopg.Connection[Any], request: PullRequest, pull_id: int | None = None) -> None:
        self.connection = connection
        self.request = request
        self.pull_id = pull_id or 0
        self.decided_by: str | None = None
        """Who accepted the pull, where it was held back before."""
        self._reads_before = 0
        self._months: set[tuple[int, int]] = set()
        self._server_dated: bool | None = None
        self._pages: dict[int, list[int]] = {}
        self._tallies: dict[int, Tally] = {}
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        # Nothing is stored yet, so nothing has to reach the disk before the pull starts.
        self.connection.execute("SET LOCAL synchronous_commit = off")
        if not self.pull_id:
            row = self.connection.execute("SELECT nextval('ops.pull_id')").fetchone()
            assert row is not None
            self.pull_id = row[0]
            # In a transaction of its own: making a partition keeps others that want it waiting until the commit.
            ensure_partitions(self.connection, self.request.started_at)
        create_staging(self.connection)
        self.connection.commit()
        return self

    def __exit__(self, *exception: object) -> None:
        roll_back(self.connection)

    def add(self, pages: Sequence[Page[Item]], responses: Sequence[RawResponse] = ()) -> None:
        """Land pages in staging, and the responses they came in in raw."""
        if responses:
            self._ensure_months(responses)
            land_responses(self.connection, self.pull_id, responses, self._reads_before)
            dated = all(response.server_dated for response in responses)
            self._server_dated = dated and self._server_dated is not False
        if pages:
            self.stage(pages, self._reads_before)
            stage_rejected(self.connection, pages, self._reads_before)
        for page in pages:
            self._tallies.setdefault(page.read + self._reads_before, Tally()).add(page)
            self._pages.setdefault(page.read + self._reads_before, []).append(page.number)

    def stage(self, pages: Sequence[Page[Item]], reads_before: int) -> None:
        """Copy the items of pages into the staging table of their kind."""
        raise TypeError(f"{type(self).__name__} has no staging of its own.")

    def read_again(self, outcome: Outcome) -> None:
        """What follows is another reading for the same pull; its reads are counted after those of ``outcome``."""
        self._reads_before = outcome.reads

    def number(self, outcome: Outcome) -> Outcome:
        """The outcome of a reading, its reads counted from the first of the pull."""
        read = outcome.read + self._reads_before if outcome.read else 0
        return msgspec.structs.replace(outcome, read=read, reads=outcome.reads + self._reads_before)

    def tally(self, outcome: Outcome) -> Tally:
        """What the read that counts came to."""
        return self._tallies.get(outcome.read) or Tally()

    def write_ledger(self, outcome: Outcome, status: Status) -> dict[str, Any]:
        """Write the row of the pull and its quarantine; returns the parameters that SQL files take. Does not commit."""
        parameters = self.parameters(outcome) | {"status": status}
        if self.connection.execute(read_sql("load/insert_pull"), parameters).rowcount == 0:
            raise SettingError(f"Pull {self.pull_id} is no longer held back: somebody else decided about it meanwhile.")
        self.connection.execute(read_sql("load/insert_quarantine"), parameters)
        return parameters

    def commit(self, outcome: Outcome, status: Status) -> None:
        """Commit, and let the pull be counted; one that is only applied now was counted when it was made."""
        self.connection.commit()
        if self.decided_by is not None:
            return
        tally = self.tally(outcome)
        count_pull(
            PullMeasure(
                kind=self.request.kind,
                status=status,
                seconds=time.monotonic() - self._began,
                items=tally.items,
                rejected=tally.rejected,
                set_aside=tally.set_aside,
            )
        )
        if report := tally.report():
            log.warning("Pull %s of %s: %s. %s", self.pull_id, self.request, report, WHERE_TO_LOOK)

    def parameters(self, outcome: Outcome) -> dict[str, Any]:
        """What SQL files need to know of the pull and of how it ended."""
        tally = self.tally(outcome)
        return msgspec.structs.asdict(self.request) | {
            "pull_id": self.pull_id,
            "read": outcome.read,
            "reads": outcome.reads,
            "total": outcome.total,
            "problem": outcome.problem,
            "first_page_at": outcome.first_page_at,
            "last_page_at": outcome.last_page_at,
            "server_dated": self._server_dated,
            "items": tally.items,
            "rejected": tally.rejected,
            "set_aside": tally.set_aside,
            "deviations": tally.deviations,
            "pages": sorted(self._pages.get(outcome.read, [])),
            "decided_by": self.decided_by,
        }

    def _ensure_months(self, responses: Sequence[RawResponse]) -> None:
        missing = [r.observed_at for r in responses if (r.observed_at.year, r.observed_at.month) not in self._months]
        if missing:
            ensure_partitions(self.connection, *missing)
            self._months.update((instant.year, instant.month) for instant in missing)


def status_of(outcome: Outcome) -> Status:
    """Complete, incomplete (it saw something), or failed (it saw nothing)."""
    if outcome.complete:
        return "complete"
    return "incomplete" if outcome.first_page_at is not None else "failed"
