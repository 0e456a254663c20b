"""Loads one pull of inventory: staged as it arrives, then applied by SQL, in one transaction."""

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


class Breach(msgspec.Struct, frozen=True):
    """Why the circuit breaker opens, in a sentence, with the products that would vanish of those with stock."""

    problem: str
    products_with_stock: int
    vanishing: list[int]


class Shrinkage(msgspec.Struct, frozen=True):
    """The number of products with stock in an office, and the ids of those that a pull no longer lists.

    ``is_empty_at_first``: the office never had a complete pull, and the first one lists nothing at all.
    """

    held: int
    vanishing: list[int]
    is_empty_at_first: bool

    def breach(self, share: float) -> Breach | None:
        """Return why the circuit breaker opens; None where no more than this share of the products would vanish."""
        # A first pull has no stock to compare with, so no share: an empty one may come from a wrong path or parameter.
        if self.is_empty_at_first:
            return Breach("The first answer for this office is empty.", self.held, self.vanishing)
        if len(self.vanishing) > share * self.held:
            problem = f"{len(self.vanishing)} of {self.held} products with stock would vanish."
            return Breach(problem, self.held, self.vanishing)
        return None


class LoadResult(msgspec.Struct, frozen=True):
    """The result of a load, in counts. ``republished`` are the published days that depend on what it changed.

    ``rejected`` counts quarantined items, ``set_aside`` quarantined fields, and ``deviations`` values that were used
    though they are not as documented, such as a number sent as text.
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
        """Find the products that a complete pull of an office, if applied, would make vanish."""
        return fetch_one(self.connection, Shrinkage, "load/find_vanishing", self.parameters(outcome))

    def hold_back(self, outcome: Outcome, breach: Breach) -> None:
        """Store raw, ledger and what would vanish, apply nothing, and commit.

        A person or a later complete pull ends it.
        """
        # Before the ledger: a complete pull that commits meanwhile has to supersede this one, or find it superseded.
        self._lock()
        parameters = self.write_ledger(msgspec.structs.replace(outcome, problem=breach.problem), "held_back")
        found = {"products_with_stock": breach.products_with_stock, "product_ids": breach.vanishing}
        self.connection.execute(read_sql("load/insert_held_back_products"), parameters | found)
        self._supersede()
        self.commit(outcome, "held_back")

    def apply(self, outcome: Outcome) -> LoadResult:
        """Write what the pull changed, republish the days that depend on it, and commit.

        Idempotent, and independent of order: the result depends on when something was observed, not on when it was
        applied. A pull that received nothing leaves only its ledger row and raw responses.
        """
        connection = self.connection
        # Before the lock, for which other loads and publications of the office wait.
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
            # In the transaction of the rows: a watermark that was committed alone could skip changes after a crash.
            connection.execute(read_sql("updates/move_watermark"), parameters)
        self._supersede()
        republished = republish_affected(connection, self.pull_id, offices)
        self.commit(outcome, status)
        return LoadResult(self.pull_id, status, republished=republished, **counts)

    def apply_again(self, outcome: Outcome) -> None:
        """Derive everything from the staged items again, for a rebuild, inside the caller's transaction."""
        self.connection.execute(read_sql("load/ensure_partitions_for_staged"))
        self.write_ledger(outcome, status_of(outcome))
        self._derive(outcome)
        self.connection.execute(read_sql("load/clear_staging"))

    def _derive(self, outcome: Outcome) -> tuple[list[int], int]:
        """Derive everything from the staged items; returns the offices concerned and the number of package changes."""
        has_late_arriving = self._observe(outcome)
        return self._offices(), self._write_changes(self.parameters(outcome), has_late_arriving)

    def _observe(self, outcome: Outcome) -> bool:
        """Fill the temporary table of observations with listed and absent products.

        Returns True if some are late-arriving; the table then also has the stored observations to replay.
        """
        parameters = self.parameters(outcome)
        self.connection.execute(read_sql("load/observe_listed"), parameters)
        # Absence is inferred here only: an incomplete pull may have missed products, a pull of changes lists only some.
        if outcome.complete and self.request.kind == "office":
            self.connection.execute(read_sql("load/observe_absent"), parameters)
        has_late_arriving = self.connection.execute(read_sql("load/find_late_arriving"), parameters).rowcount > 0
        if has_late_arriving:
            self.connection.execute(read_sql("load/replay_late_arriving"), parameters)
        return has_late_arriving

    def _offices(self) -> list[int]:
        """Return the offices that the pull concerns, by ascending id."""
        offices = {row[0] for row in self.connection.execute("SELECT DISTINCT office_id FROM observation")}
        # A complete pull of an office without products has no observation, but can be the closing pull of its day.
        if self.request.office_id is not None:
            offices.add(self.request.office_id)
        return sorted(offices)

    def _write_changes(self, parameters: dict[str, object], has_late_arriving: bool) -> int:
        """Write change logs, current stock and page presence; returns the number of package changes."""
        connection = self.connection
        # Two paths, because comparing with current stock is cheap, and right only for products seen in order.
        connection.execute(read_sql("load/compute_changes"), parameters)
        if has_late_arriving:
            connection.execute(read_sql("load/compute_late_arriving_changes"), parameters)
            connection.execute(read_sql("load/delete_replaced"), parameters)
        connection.execute(read_sql("load/insert_stock_changes"))
        package_changes = connection.execute(read_sql("load/insert_package_changes")).rowcount
        connection.execute(read_sql("load/upsert_stock"), parameters)
        if has_late_arriving:
            connection.execute(read_sql("load/restore_late_arriving_stock"))
        connection.execute(read_sql("load/insert_presence"), parameters)
        connection.execute(read_sql("load/upsert_offices"), parameters)
        return package_changes

    def _supersede(self) -> None:
        """End the held-back pulls of the office that a later complete pull makes obsolete; needs the office's lock."""
        if self.request.kind == "office":
            self.connection.execute(read_sql("load/supersede_held_back"), {"office_id": self.request.office_id})

    def _lock(self) -> None:
        self.connection.execute(read_sql("load/lock_offices"), {"office_id": self.request.office_id})
