"""The expected rows of the warehouse: a slow implementation of the design in Python, row by row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicaonline.records import InventoryItem, Rejected
from indicaonline.settings import Settings

Shown = InventoryItem | Rejected
Row = dict[str, Any]


@dataclass
class Pull:
    """A pull: its pages in the order of their numbers, their times in any. Later pulls have greater indexes."""

    kind: Any
    office_id: int | None
    complete: bool
    pages: list[tuple[dt.datetime, list[Shown]]]

    @property
    def first_page_at(self) -> dt.datetime:
        """The earliest time of a page."""
        return min(at for at, _ in self.pages)

    @property
    def last_page_at(self) -> dt.datetime:
        """The latest time of a page."""
        return max(at for at, _ in self.pages)

    def items(self) -> list[tuple[dt.datetime, Shown]]:
        """Every item with the time of its page."""
        return [(at, item) for at, shown in self.pages for item in shown]


@dataclass
class Observation:
    """The answer of one pull about one product at one time: an item, or its absence."""

    at: dt.datetime
    pull_id: int
    item: InventoryItem | None


class Model:
    """A history of pulls, and what follows from it."""

    def __init__(self, settings: Settings, history: list[Pull]) -> None:
        self._settings = settings
        self._history = history
        self._keys = sorted(
            {(i.office_id, i.product_id) for p in history for _, i in p.items() if isinstance(i, InventoryItem)}
        )
        self._changes = {key: self._changes_of(*key) for key in self._keys}

    @staticmethod
    def knows(office: int, history: list[Pull]) -> bool:
        """Return True if an office was observed in a part of the history."""
        return any(
            pull.office_id == office
            or any(isinstance(i, InventoryItem) and i.office_id == office for _, i in pull.items())
            for pull in history
        )

    def observations(self, office: int, product: int) -> list[Observation]:
        """Everything that was seen of a product, of each second only the latest word, from its first listing on."""
        latest: dict[dt.datetime, Observation] = {}
        for pull_id, pull in enumerate(self._history, start=1):
            mine = [(at, i) for at, i in pull.items() if (i.office_id, i.product_id) == (office, product)]
            for at, item in mine:
                if isinstance(item, InventoryItem):
                    latest[at] = Observation(at, pull_id, item)
            if pull.complete and pull.office_id == office and not mine:
                latest[pull.last_page_at] = Observation(pull.last_page_at, pull_id, None)
        ordered = [latest[at] for at in sorted(latest)]
        first = next((n for n, observation in enumerate(ordered) if observation.item is not None), len(ordered))
        return ordered[first:]

    def _changes_of(self, office: int, product: int) -> list[Row]:
        rows: list[Row] = []
        state: Row | None = None
        for observation in self.observations(office, product):
            row = self._next_state(state, observation) | {"office_id": office, "product_id": product}
            compared = ("measurement", "quantity", "packages_known", "package_ids", "package_quantities")
            if state is None or any(row[name] != state[name] for name in compared):
                same_unit = state is not None and row["measurement"] == state["measurement"]
                row["previous_quantity"] = state["quantity"] if state is not None and same_unit else None
                row["reason"] = self._reason(state, row, observation)
                row["source"] = self._history[observation.pull_id - 1].kind
                rows.append(row)
                state = row
        return rows

    @staticmethod
    def _next_state(before: Row | None, observation: Observation) -> Row:
        item = observation.item
        if item is None:
            assert before is not None
            measurement, quantity, held = before["measurement"], Decimal(0), []
        else:
            measurement, quantity = item.measurement, Decimal(item.quantity)
            held = None if item.packages is None else sorted(item.packages, key=lambda package: package.id)
        known = held is not None
        zero_since = None
        if quantity == 0:
            zero_since = before["zero_since"] if before and before["zero_since"] else observation.at
        return {
            "observed_at": observation.at,
            "pull_id": observation.pull_id,
            "measurement": measurement,
            "quantity": quantity,
            "packages_known": known,
            "package_ids": [p.id for p in held] if held is not None else before and before["package_ids"],
            "package_quantities": (
                [p.quantity for p in held] if held is not None else before and before["package_quantities"]
            ),
            "zero_since": zero_since,
            "was_above_zero": quantity > 0 or bool(before and before["was_above_zero"]),
        }

    @staticmethod
    def _reason(before: Row | None, row: Row, observation: Observation) -> str:
        if before is None:
            return "first_seen"
        if observation.item is None:
            return "absent"
        if row["measurement"] != before["measurement"]:
            return "measurement_changed"
        return "changed" if row["quantity"] != before["quantity"] else "packages_changed"

    def stock_changes(self) -> list[Row]:
        """The change log at product grain, as the table orders its columns."""
        columns = (
            "office_id", "product_id", "observed_at", "pull_id", "measurement", "quantity", "previous_quantity",
            "reason", "source", "packages_known", "package_ids", "package_quantities", "zero_since", "was_above_zero",
        )  # fmt: skip
        return [{name: row[name] for name in columns} for key in self._keys for row in self._changes[key]]

    def package_changes(self) -> list[Row]:
        """The change log at package grain."""
        rows = [row for key in self._keys for row in self._package_changes_of(*key)]
        return sorted(rows, key=lambda r: (r["office_id"], r["product_id"], r["package_id"], r["observed_at"]))

    def _package_changes_of(self, office: int, product: int) -> list[Row]:
        rows: list[Row] = []
        held: dict[int, Decimal] = {}
        for change in self._changes[office, product]:
            listed = dict(zip(change["package_ids"] or [], change["package_quantities"] or [], strict=True))
            for package in sorted(listed.keys() | held.keys()):
                quantity, before = listed.get(package, Decimal(0)), held.get(package)
                if quantity != before:
                    reason = "first_seen" if before is None else "changed" if package in listed else "absent"
                    rows.append(
                        {
                            "office_id": office,
                            "product_id": product,
                            "package_id": package,
                            "observed_at": change["observed_at"],
                            "quantity": quantity,
                            "previous_quantity": before,
                            "reason": reason,
                        }
                    )
                held[package] = quantity
        return rows

    def days(self, days: list[dt.date]) -> list[Row]:
        """The published snapshots of some days."""
        asked = {pull.office_id for pull in self._history if pull.office_id}
        offices = sorted({office for office, _ in self._keys} | asked)
        return [row for day in days for office in offices for row in self._day(office, day)]

    def _day(self, office: int, day: dt.date) -> list[Row]:
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), self._settings.zone(office)).astimezone(dt.UTC)
        closing_pull = self._closing_pull(office, end)
        if closing_pull is None and not self._is_carried(office, end):
            return []
        rows = []
        for product in sorted({product for o, product in self._keys if o == office}):
            found = self._row(office, product, closing_pull, end)
            if found is None:
                continue
            basis, state, seen_at = found
            if state["was_above_zero"] and (state["quantity"] != 0 or self._is_shown_at_zero(day, state, office)):
                known = state["packages_known"]
                rows.append(
                    {
                        "snapshot_date": day,
                        "office_id": office,
                        "product_id": product,
                        "measurement": state["measurement"],
                        "quantity": state["quantity"],
                        "package_count": len(state["package_ids"]) if known else None,
                        "package_quantity": sum(state["package_quantities"], Decimal(0)) if known else None,
                        "basis": basis,
                        "observed_at": seen_at,
                    }
                )
        return rows

    def _row(
        self, office: int, product: int, closing_pull: Pull | None, end: dt.datetime
    ) -> tuple[str, Row, dt.datetime] | None:
        """Basis, state and last observation of a product for a day; None where nothing was known of it."""
        basis, until = "carried_forward", end
        if closing_pull is not None:
            mine = [(at, i) for at, i in closing_pull.items() if (i.office_id, i.product_id) == (office, product)]
            hidden = any(isinstance(item, Rejected) for _, item in mine)
            basis = "carried_forward" if hidden else "observed"
            until = mine[0][0] if mine and not hidden else closing_pull.last_page_at
        changes = [row for row in self._changes[office, product] if row["observed_at"] <= until]
        if not changes:
            return None
        seen_at = max(observation.at for observation in self.observations(office, product) if observation.at <= until)
        return basis, changes[-1], seen_at

    def _closing_pull(self, office: int, end: dt.datetime) -> Pull | None:
        """The first complete pull of the office within the tolerance after the end of the day."""
        fit = [
            pull
            for pull in self._history
            if pull.complete
            and pull.office_id == office
            and end <= pull.first_page_at <= end + self._settings.snapshot_tolerance
        ]
        return min(fit, key=lambda pull: pull.first_page_at, default=None)

    def _is_carried(self, office: int, end: dt.datetime) -> bool:
        """Return True if a complete pull of the office or of changes is in the days before the end."""
        earliest = end - dt.timedelta(days=self._settings.carry_forward_max_days)
        return any(
            pull.complete
            and (pull.office_id == office or pull.kind == "updated")
            and pull.last_page_at <= end
            and pull.first_page_at > earliest
            for pull in self._history
        )

    def _is_shown_at_zero(self, day: dt.date, state: Row, office: int) -> bool:
        first = state["zero_since"].astimezone(self._settings.zone(office)).date()
        return bool(day < first + dt.timedelta(days=self._settings.zero_rows_days))
