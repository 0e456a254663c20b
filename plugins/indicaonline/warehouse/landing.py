"""One pull on its way into the warehouse: raw responses, staging, quarantine, and its row in the ledger."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Generic, Self, TypeVar

import msgspec

from indicaonline.errors import SettingError
from indicaonline.measures import Tally
from indicaonline.records import Outcome, Page, RawResponse
from indicaonline.warehouse.ledger import PullRequest, Status, pull_parameters, report_pull, write_pulls
from indicaonline.warehouse.session import roll_back
from indicaonline.warehouse.sql import Connection, read_sql
from indicaonline.warehouse.staging import create_staging, ensure_partitions, land_responses, stage_rejected

Item = TypeVar("Item")


class Landing(Generic[Item]):
    """One pull on its way into the warehouse, on a connection of its own. Nothing of it is visible until it has ended.

    ``add`` any number of times while pages arrive, then end it once, which commits. Leaving the ``with`` block before
    that rolls everything back.
    """

    def __init__(self, connection: Connection, request: PullRequest, pull_id: int | None = None) -> None:
        self.connection = connection
        self.request = request
        self.pull_id = pull_id or 0
        self.decided_by: str | None = None
        """Who accepted the pull, where it was held back before."""
        self._reads_before = 0
        self._months: set[tuple[int, int]] = set()
        self._server_dated: bool | None = None
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
        if write_pulls(self.connection, [parameters]) == 0:
            raise SettingError(f"Pull {self.pull_id} is no longer held back: somebody else decided about it meanwhile.")
        self.connection.execute(read_sql("load/insert_quarantine"), parameters)
        return parameters

    def commit(self, outcome: Outcome, status: Status) -> None:
        """Commit, and let the pull be counted; one that is only applied now was counted when it was made."""
        self.connection.commit()
        if self.decided_by is not None:
            return
        report_pull(self.pull_id, self.request, status, time.monotonic() - self._began, self.tally(outcome))

    def parameters(self, outcome: Outcome) -> dict[str, Any]:
        """What SQL files need to know of the pull and of how it ended."""
        return pull_parameters(
            self.pull_id, self.request, outcome, self.tally(outcome), self._server_dated, self.decided_by
        )

    def _ensure_months(self, responses: Sequence[RawResponse]) -> None:
        missing = [r.observed_at for r in responses if (r.observed_at.year, r.observed_at.month) not in self._months]
        if missing:
            ensure_partitions(self.connection, *missing)
            self._months.update((instant.year, instant.month) for instant in missing)
