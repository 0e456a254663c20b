"""The actions of a test of runs on the world and the warehouse, for any Airflow."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from servers import postgres
from servers.simulation import Simulation

State = dict[tuple[int, int], tuple[str, Decimal, int]]
"""Office and product -> measurement, quantity, packages."""


class WorldRig:
    """A simulated account and a warehouse."""

    def __init__(self, simulation: Simulation, dsn: str) -> None:
        self.simulation = simulation
        self.dsn = dsn

    def fault(self, kind: str, **options: Any) -> None:
        """Inject faults into responses."""
        self.simulation.admin("POST", "faults", {"kind": kind, **options})

    def event(self, kind: str, **fields: Any) -> None:
        """Order an event in the world."""
        self.simulation.admin("POST", f"events/{kind}", fields)

    def one_product_of_each_office(self) -> list[tuple[int, int]]:
        """Office and product, of one well-stocked product in each office."""
        stocked = (key for key, (_, quantity, _) in self.truth(self.now).items() if quantity > 5)
        return list({office: (office, product) for office, product in stocked}.values())

    def step(self, seconds: int) -> dt.datetime:
        """Let simulated time pass; returns the new instant."""
        return dt.datetime.fromisoformat(self.simulation.admin("POST", "clock", {"step": seconds})["now"])

    @property
    def now(self) -> dt.datetime:
        """The simulated time."""
        return dt.datetime.fromisoformat(self.simulation.admin("GET", "clock")["now"])

    @property
    def offices(self) -> list[int]:
        """The ids of the account's offices."""
        return list(self.simulation.admin("GET")["offices"])

    def requests(self) -> list[str]:
        """The paths that were asked of the API since the last time this was called."""
        asked = [entry["path"] for entry in self.simulation.admin("GET", "requests")]
        self.simulation.admin("DELETE", "requests")
        return asked

    def query(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query to the warehouse."""
        return postgres.query(self.dsn, text, parameters)

    def stock(self, where: str, *parameters: object) -> State:
        """Return the stock of each product in a mart."""
        columns = "office_id, product_id, measurement, quantity, package_count"
        rows = self.query(f"SELECT {columns} FROM {where}", *parameters)
        state = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
        assert len(state) == len(rows), "a product came twice"
        return state

    def truth(self, at: dt.datetime) -> State:
        """Return the true stock of the offices at an instant."""
        instant = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            (line["office_id"], line["product_id"]): (
                line["measurement"],
                Decimal(line["quantity"]),
                len(line["packages"]),
            )
            for office in self.offices
            for line in self.simulation.admin("GET", f"truth/offices/{office}?at={instant}")
        }

    def true_package(self, package_id: int, at: dt.datetime) -> dict[str, Any]:
        """Everything about a package at an instant."""
        instant = at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found: dict[str, Any] = self.simulation.admin("GET", f"truth/packages/{package_id}?at={instant}")
        return found


def in_stock(state: State) -> State:
    """Without what is at zero: the warehouse keeps what an office no longer lists, the truth does not."""
    return {key: value for key, value in state.items() if value[1] != 0}


def office_notes(values: list[Any]) -> set[str | None]:
    """Return the results of the tasks of a snapshot about their offices."""
    return {office["note"] for value in values for office in value["offices"]}
