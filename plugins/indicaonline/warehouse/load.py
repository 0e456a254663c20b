"""One pull of inventory into the warehouse: staged as it arrives, then applied by SQL, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from indicaonline.records import InventoryItem, Outcome, Page
from indicaonline.warehouse.landing import Landing
from indicaonline.warehouse.ledger import Status, status_of
from indicaonline.warehouse.publish import Publication, republish_affected
from indicaonline.warehouse.sql import fetch_one, read_sql
from indicaonline.warehouse.staging import stage_items


class Shrinkage(msgspec.Struct, frozen=True):
    """How many products with stock an office has, and how many of these a pull no longer lists.

    ``is_empty_at_first``: the office never had a complete pull, and the first one shows nothing at all.
    """

    held: int
    vanishing: int
    is_empty_at_first: bool

    def breach(self, share: float) -> str | None:
        """Return why the circuit breaker opens, in a sentence; None where no more than this share would vanish."""
        if self.is_empty_at_first:
            return "The first answer for this office is empty."
        if self.vanishing > share * self.held:
            return f"{self.vanishing} of {self.held} products with stock would vanish."
        return None


class LoadResult(msgspec.Struct, frozen=True):
    """What a load did. ``republished`` are days that had been published and depend on what it changed.

    ``rejected`` items went to quarantine, ``set_aside`` are fields that did, and ``deviations`` are values that were
    used though they are not as documented, such as a number sent as text.
    """

    pull_id: int
    status: Status
    items: int = 0
    rejected: int = 0
    set_aside: int = 0
    deviations: int = 0
    changes: int = 0
    package_changes: int = 0
    republished: list[Publication] = []


class Load(Landing[InventoryItem]):
    """The load of one pull of inventory. It ends with ``apply`` or ``hold_back``, which commit."""

    def stage(self, pages: Sequence[Page[InventoryItem]], reads_before: int) -> None:
        """Copy items into ``staged_item``."""
        stage_items(self.connection, pages, reads_before)

    def shrinkage(self, outcome: Outcome) -> Shrinkage:
        """What a complete pull of an office, were it applied, would make vanish."""
        return fetch_one(self.connection, Shrinkage, "load/count_vanishing", self.parameters(outcome))

    def hold_back(self, outcome: Outcome, problem: str) -> None:
        """Keep raw and ledger, apply nothing, and commit: a person decides, or a later complete pull does."""
        self._lock()
        self.write_ledger(msgspec.structs.replace(outcome, problem=problem), "held_back")
        self._supersede()
        self.commit(outcome, "held_back")

    def apply(self, outcome: Outcome) -> LoadResult:
        """Write what the pull changed, republish the days that depend on it, and commit.

        Safe to repeat, late or out of order: the warehouse depends on what was observed when, not on when it was
        applied. A pull that saw nothing leaves only its ledger row and raw responses.
        """
        connection = self.connection
        connection.execute(read_sql("load/ensure_partitions_for_staged"))
        self._lock()
        status = status_of(outcome)
        parameters = self.write_ledger(outcome, status)
        if status == "failed":
            self.commit(outcome, status)
            return LoadResult(self.pull_id, status)
        offices, package_changes = self._derive(outcome)
        counted = parameters | {"package_changes": package_changes}
        counts = fetch_one(connection, dict[str, Any], "load/count_changes", counted)
        if self.request.kind == "updated" and outcome.complete:
            connection.execute(read_sql("updates/move_watermark"), parameters)
        self._supersede()
        republished = republish_affected(connection, self.pull_id, offices)
        self.commit(outcome, status)
        return LoadResult(self.pull_id, status, republished=republished, **counts)

    def apply_again(self, outcome: Outcome) -> None:
        """Derive everything from the staged items once more, for a rebuild: inside the caller's transaction."""
        self.connection.execute(read_sql("load/ensure_partitions_for_staged"))
        self.write_ledger(outcome, status_of(outcome))
        self._derive(outcome)
        self.connection.execute(read_sql("load/clear_staging"))

    def _derive(self, outcome: Outcome) -> tuple[list[int], int]:
        """Bring everything derived up to the staged items; returns the offices concerned and the package changes."""
        is_late = self._observe(outcome)
        return self._offices(), self._write_changes(self.parameters(outcome), is_late)

    def _observe(self, outcome: Outcome) -> bool:
        """Fill the temporary table of observations: what was listed, and what is absent.

        Returns whether some of it is late; then it also holds what has to be replayed.
        """
        parameters = self.parameters(outcome)
        self.connection.execute(read_sql("load/observe_listed"), parameters)
        if outcome.complete and self.request.kind == "office":
            self.connection.execute(read_sql("load/observe_absent"), parameters)
        is_late = self.connection.execute(read_sql("load/find_late_arriving"), parameters).rowcount > 0
        if is_late:
            self.connection.execute(read_sql("load/replay_late_arriving"), parameters)
        return is_late

    def _offices(self) -> list[int]:
        """The offices that the pull is about, by ascending id."""
        offices = {row[0] for row in self.connection.execute("SELECT DISTINCT office_id FROM observation")}
        if self.request.office_id is not None:
            offices.add(self.request.office_id)
        return sorted(offices)

    def _write_changes(self, parameters: dict[str, object], is_late: bool) -> int:
        """Bring change logs, current stock and page presence up to the observations; returns the package changes."""
        connection = self.connection
        connection.execute(read_sql("load/compute_changes"), parameters)
        if is_late:
            connection.execute(read_sql("load/compute_late_arriving_changes"), parameters)
            connection.execute(read_sql("load/delete_replaced"), parameters)
        connection.execute(read_sql("load/insert_stock_changes"))
        package_changes = connection.execute(read_sql("load/insert_package_changes")).rowcount
        connection.execute(read_sql("load/upsert_stock"), parameters)
        if is_late:
            connection.execute(read_sql("load/restore_late_arriving_stock"))
        connection.execute(read_sql("load/insert_presence"), parameters)
        connection.execute(read_sql("load/upsert_offices"), parameters)
        return package_changes

    def _supersede(self) -> None:
        """End what was held back of the office and is obsolete now; it is the office's lock that makes this exact."""
        if self.request.kind == "office":
            self.connection.execute(read_sql("load/supersede_held_back"), {"office_id": self.request.office_id})

    def _lock(self) -> None:
        self.connection.execute(read_sql("load/lock_offices"), {"office_id": self.request.office_id})
