"""A warehouse into which tests put packages by hand, and exports to compare it with."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from indicaonline.jobs.metrc import reconcile_export
from indicaonline.records import MetrcExport
from indicaonline.settings import Settings
from indicaonline.warehouse.metrc import Reconciliation

HEAD = "Tag,Item,Quantity,Unit of Measure,Facility License Number"
AT = dt.datetime(2025, 3, 10, 12, tzinfo=dt.UTC)
BEFORE, AFTER, NOW_IS = AT - dt.timedelta(hours=3), AT + dt.timedelta(hours=3), AT + dt.timedelta(days=1)
ANOTHER_DAY = AT + dt.timedelta(hours=12)
NORTH, SOUTH, STORE = 7, 8, 9
"""Offices: two with licences, and a store without."""


def tag(number: int) -> str:
    return f"1A4{number:021d}"


def line(number: int, quantity: object = 10, unit: str = "Each", licence: str = "A-7") -> str:
    return f"{tag(number)},Item {number},{quantity},{unit},{licence}"


class Books:
    """A warehouse with three offices and the packages that a test puts into it, and exports to compare it with."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._run("SELECT ops.ensure_partitions('2025-03-01', '2025-03-31')")
        for office, medical, adult_use in ((NORTH, "M-7", "A-7"), (SOUTH, None, "a-8"), (STORE, None, None)):
            self._run(
                "INSERT INTO inventory.office (office_id, medical_license, adult_use_license) VALUES (%s, %s, %s)",
                [office, medical, adult_use],
            )
        self.package(99, uid=None)  # something was fetched, long before

    def _run(self, text: str, values: Sequence[object] | Mapping[str, object] = ()) -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(text.encode(), values)

    def package(self, package_id: int, **columns: Any) -> None:
        """A version of a package: 10 units in the north, seen some hours before the export by default.

        Where it ends and no version follows, the API no longer knows the package.
        """
        row = {
            "valid_from": BEFORE, "observed_at": BEFORE, "valid_to": None, "product_id": 5, "uid": tag(package_id),
            "available_in_office": [NORTH], "available_quantity": 10, "available_unit": "unit", **columns,
        }  # fmt: skip
        begin, end, seen = row.pop("valid_from"), row.pop("valid_to"), row.pop("observed_at")
        left, offices = row.pop("available_quantity"), row.pop("available_in_office")
        places = ", ".join(["%s"] * len(row))
        self._run(
            "WITH gone AS (INSERT INTO inventory.package_state (package_id, valid_from, observed_at)"
            " SELECT %(package)s, g.valid_from, g.valid_from FROM (SELECT %(end)s::timestamptz AS valid_from) AS g"
            " WHERE g.valid_from IS NOT NULL ON CONFLICT (package_id, valid_from) DO NOTHING)"
            " INSERT INTO inventory.package_state AS s VALUES"
            " (%(package)s, %(begin)s, %(end)s, %(seen)s, %(begin)s, %(left)s, %(offices)s)"
            " ON CONFLICT (package_id, valid_from) DO UPDATE SET valid_to = excluded.valid_to,"
            " observed_at = excluded.observed_at, attributes_from = excluded.attributes_from,"
            " available_quantity = excluded.available_quantity, available_in_office = excluded.available_in_office",
            {"package": package_id, "begin": begin, "end": end, "seen": seen, "left": left, "offices": offices},
        )
        self._run(
            f"INSERT INTO inventory.package_attributes (package_id, valid_from, {', '.join(row)})"
            f" VALUES (%s, %s, {places})",
            [package_id, begin, *row.values()],
        )

    def seen(self, package_id: int, at: dt.datetime) -> None:
        """An answer with the detail of a package."""
        self._run("INSERT INTO inventory.package_presence VALUES (%s, 1, 1, %s)", [at, [package_id]])

    def compare(
        self,
        *rows: str,
        head: str = HEAD,
        at: dt.datetime = AT,
        tolerance: str = "0.05",
        source: str = "file:///export.csv",
        given: str | None = None,
    ) -> Reconciliation:
        """Compare an export of these rows."""
        file = io.BufferedReader(io.BytesIO("\n".join((head, *rows)).encode()))  # type: ignore[arg-type]
        export = MetrcExport(source, at, True, Decimal(tolerance), given)
        return reconcile_export(lambda: psycopg.connect(self.dsn), Settings(), file, export)

    def rows(self, text: str, *values: object) -> list[dict[str, Any]]:
        """Return the rows that an analyst reads."""
        with psycopg.connect(self.dsn, row_factory=dict_row) as connection:
            connection.execute("SET LOCAL ROLE indicaonline_analyst")
            return connection.execute(text.encode(), values).fetchall()

    def found(self) -> list[tuple[str, str]]:
        """Tag and kind of every difference."""
        found = self.rows("SELECT tag, kind FROM mart.metrc_discrepancy ORDER BY tag, kind")
        return [(row["tag"], row["kind"]) for row in found]
