"""Lands one pull in the warehouse: raw responses, staging, quarantine, and the row in the ledger."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, Self, TypeVar

import msgspec

from indicaonline.errors import AlreadyDecidedError
from indicaonline.measures import Tally
from indicaonline.records import Outcome, Page, RawResponse
from indicaonline.warehouse.ledger import Decision, PullRequest, Status, pull_parameters, report_pull, write_pulls
from indicaonline.warehouse.responses import ResponseOf, copy_responses
from indicaonline.warehouse.session import roll_back
from indicaonline.warehouse.sql import Connection, read_sql
from indicaonline.warehouse.staging import create_staging, ensure_partitions, stage_rejected

Item = TypeVar("Item")


class Landing(ABC, Generic[Item]):
    """The landing of one pull, in one transaction on a connection of its own.

    Call ``add`` any number of times while pages arrive, then end it once, which commits. Leaving the ``with`` block
    before that rolls everything back.
    """

    def __init__(self, connection: Connection, request: PullRequest, pull_id: int | None = None) -> None:
        self.connection = connection
        self.request = request
        self.pull_id = pull_id or 0
        self.decision: Decision | None = None
        """Who accepted the pull, where it was held back before."""
        self._reads_before = 0
        self._months: set[tuple[int, int]] = set()
        self._server_dated: bool | None = None
        self._requests = 0
        self._tallies: dict[int, Tally] = {}
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        # For this transaction only: it stores nothing that must survive a crash, so its commit need not wait for WAL.
        self.connection.execute("SET LOCAL synchronous_commit = off")
        if not self.pull_id:
            row = self.connection.execute("SELECT nextval('ops.pull_id')").fetchone()
            assert row is not None
            self.pull_id = row[0]
            # Committed before the first page: creating a partition locks out other sessions that create one until the
            # commit, and the transaction of a pull stays open for as long as its pages are fetched.
            ensure_partitions(self.connection, self.request.started_at)
        create_staging(self.connection)
        self.connection.commit()
        return self

    def __exit__(self, *exception: object) -> None:
        roll_back(self.connection)

    def add(self, pages: Sequence[Page[Item]], responses: Sequence[RawResponse] = ()) -> None:
        """Copy pages to staging, and the responses that contained them to raw."""
        if responses:
            self._ensure_months(responses)
            self._requests += len(responses)
            before = self._reads_before
            copy_responses(
                self.connection,
                [ResponseOf(self.pull_id, self.request, each.read + before, each) for each in responses],
            )
            # One response without a Date header makes the whole pull one of the client's clock.
            dated = all(response.server_dated for response in responses)
            self._server_dated = dated and self._server_dated is not False
        if pages:
            self.stage(pages, self._reads_before)
            stage_rejected(self.connection, pages, self._reads_before)
        for page in pages:
            self._tallies.setdefault(page.read + self._reads_before, Tally()).add(page)

    @abstractmethod
    def stage(self, pages: Sequence[Page[Item]], reads_before: int) -> None:
        """Copy the items of pages into the staging table of their kind; ``reads_before`` is added to their read."""

    def read_again(self, outcome: Outcome) -> None:
        """Start another reading for the same pull; its reads are counted after those of ``outcome``."""
        self._reads_before = outcome.reads

    def number(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a reading, its reads counted from the first of the pull."""
        # 0 stays 0: it means that no read returned anything.
        read = outcome.read + self._reads_before if outcome.read else 0
        return msgspec.structs.replace(outcome, read=read, reads=outcome.reads + self._reads_before)

    def tally(self, outcome: Outcome) -> Tally:
        """Return the counts of the read that counts."""
        return self._tallies.get(outcome.read) or Tally()

    def write_ledger(self, outcome: Outcome, status: Status) -> dict[str, Any]:
        """Write the row of the pull and its quarantine; returns the parameters that SQL files take. Does not commit."""
        parameters = self.parameters(outcome) | {"status": status}
        # No row is written where another session has accepted or dismissed the pull since this one read it.
        if write_pulls(self.connection, [parameters]) == 0:
            raise AlreadyDecidedError(
                f"Pull {self.pull_id} is no longer held back: somebody else decided about it meanwhile."
            )
        self.connection.execute(read_sql("load/insert_quarantine"), parameters)
        return parameters

    def commit(self, outcome: Outcome, status: Status) -> None:
        """Commit, and count the pull for metrics."""
        self.connection.commit()
        # An accepted pull was counted when it was held back.
        if self.decision is None:
            report_pull(self.pull_id, self.request, status, time.monotonic() - self._began, self.tally(outcome))

    def parameters(self, outcome: Outcome) -> dict[str, Any]:
        """Return the pull and its outcome as parameters of SQL files."""
        return pull_parameters(
            self.pull_id,
            self.request,
            outcome,
            self.tally(outcome),
            self._server_dated,
            self._requests,
            self.decision,
        )

    def _ensure_months(self, responses: Sequence[RawResponse]) -> None:
        # Usually none, or the next month where a pull runs past the end of one: a query for each page is spared.
        missing = [r.observed_at for r in responses if (r.observed_at.year, r.observed_at.month) not in self._months]
        if missing:
            ensure_partitions(self.connection, *missing)
            self._months.update((instant.year, instant.month) for instant in missing)
