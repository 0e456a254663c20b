"""Writes histories by hand into an empty warehouse: what was seen of stock, packages and lab results, and when."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import sync_settings

NOON = dt.datetime(2025, 3, 10, 19, tzinfo=dt.UTC)
"""Noon of a Monday in Los Angeles, the day after the clocks went forward."""
Row = dict[str, Any]
Results = list[tuple[dt.datetime, Row | None]]
STATE = ("observed_at", "available_quantity", "available_in_office", "available")
"""The fields of a version that are in ``inventory.package_state``; the others are attributes."""


def at(days: float = 0, hours: float = 0) -> dt.datetime:
    """An instant by its distance from noon of 10 March 2025."""
    return NOON + dt.timedelta(days=days, hours=hours)


class History:
    """A warehouse whose now is noon of 10 March 2025, by default."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._stock: dict[tuple[int, int], Row] = {}
        self._listed: dict[tuple[int, int, int], Decimal] = {}
        self._results: dict[int, dict[tuple[int, int | None], Results]] = defaultdict(dict)
        self.sync()
        self.now(NOON)
        self._run("SELECT ops.ensure_partitions(%s, %s)", dt.date(2024, 9, 1), dt.date(2025, 12, 31))

    def _run(self, text: str, *values: object) -> None:
        self._connection.execute(text.encode(), values)

    def _insert(self, table: str, **values: object) -> None:
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self._run(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())

    def forget(self) -> None:
        """Delete all histories; offices and settings stay."""
        tables = "inventory.stock, inventory.stock_change, inventory.package_change, inventory.package_state"
        self._run(f"TRUNCATE {tables}, inventory.package_attributes, inventory.lab_panel")
        self._run("TRUNCATE inventory.page_presence, ops.publication")
        self._results.clear()
        self._stock.clear()
        self._listed.clear()

    def sync(self, **settings: Any) -> None:
        """Give the warehouse these settings, and defaults for the others."""
        sync_settings(self._connection, Settings(**settings))

    def now(self, instant: dt.datetime) -> None:
        """Set the clock of this session."""
        self._run("SELECT set_config('indicaonline.now', %s, false)", instant.isoformat())

    def rows(self, mart: str, columns: str = "*", where: str = "true") -> list[Row]:
        """Rows of a mart, as an analyst reads them, in the order of their columns."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SET ROLE indicaonline_analyst")
            found = cursor.execute(
                f"SELECT {columns} FROM mart.{mart} AS m WHERE {where} ORDER BY m.*".encode()
            ).fetchall()
            cursor.execute("RESET ROLE")
        return found

    def values(self, mart: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """The same as tuples."""
        return [tuple(row.values()) for row in self.rows(mart, columns, where)]

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of any query."""
        return self._connection.execute(text.encode()).fetchall()

    def pull(self, office: int, instant: dt.datetime, *, complete: bool = True) -> None:
        """A pull of an office that lists all that it had last."""
        pull = next(self._numbers)
        self._insert(
            "ops.pull",
            pull_id=pull,
            kind="office",
            office_id=office,
            status="complete" if complete else "incomplete",
            started_at=instant,
            first_page_at=instant,
            last_page_at=instant,
            reads=1,
            counted_read=1,
        )
        products = [product for (place, product), row in self._stock.items() if place == office]
        self._insert(
            "inventory.page_presence", office_id=office, observed_at=instant, pull_id=pull, page=1, product_ids=products
        )
        self._run("INSERT INTO inventory.office (office_id, first_seen_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                  office, instant)  # fmt: skip

    def stock(
        self,
        office: int,
        product: int,
        instant: dt.datetime,
        packages: dict[int, str | int] | None,
        quantity: str | int | None = None,
        measurement: str = "weight",
    ) -> None:
        """Insert an observation of a product in an office; the default quantity is the sum of its packages."""
        self._run("INSERT INTO inventory.office (office_id, first_seen_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                  office, instant)  # fmt: skip
        before = self._stock.get((office, product))
        listed = {key: Decimal(value) for key, value in sorted((packages or {}).items())}
        amount = sum(listed.values(), Decimal(0)) if quantity is None else Decimal(quantity)
        row: Row = {"measurement": measurement, "quantity": amount, "packages_known": packages is not None}
        if packages is None:
            row |= {key: before[key] if before else None for key in ("package_ids", "package_quantities")}
        else:
            row |= {"package_ids": list(listed), "package_quantities": list(listed.values())}
        row |= {"zero_since": instant if amount == 0 else None, "was_above_zero": amount > 0}
        self._insert(
            "inventory.stock_change",
            office_id=office,
            product_id=product,
            observed_at=instant,
            pull_id=0,
            previous_quantity=before["quantity"] if before and before["measurement"] == measurement else None,
            reason="changed" if before else "first_seen",
            source="updated",
            **row,
        )
        self._run("DELETE FROM inventory.stock WHERE office_id = %s AND product_id = %s", office, product)
        self._insert("inventory.stock", office_id=office, product_id=product, changed_at=instant, **row)
        if packages is not None:
            self._changes(office, product, instant, listed)
        self._stock[office, product] = row

    def _changes(self, office: int, product: int, instant: dt.datetime, listed: dict[int, Decimal]) -> None:
        here = {key[2] for key in self._listed if key[:2] == (office, product)}
        for package in sorted(here | set(listed)):
            key = (office, product, package)
            old, new = self._listed.get(key), listed.get(package, Decimal(0))
            if old != new:
                self._insert(
                    "inventory.package_change",
                    office_id=office,
                    product_id=product,
                    package_id=package,
                    observed_at=instant,
                    pull_id=0,
                    quantity=new,
                    previous_quantity=old,
                    reason="first_seen" if old is None else "changed",
                )
                self._listed[key] = new

    def publish(self, office: int, *days: dt.date, basis: str = "observed") -> None:
        """Say that business days (in Los Angeles) were published."""
        for day in days:
            self._run(
                "INSERT INTO ops.publication (snapshot_date, office_id, basis, day_end, depends_until, row_count)"
                " SELECT %s::date, %s, %s, day_end, day_end, 0 FROM inventory.business_day_end(%s, %s) AS day_end",
                day, office, basis, office, day,
            )  # fmt: skip

    def versions(self, package: int, *versions: tuple[dt.datetime, Row | None], **fixed: Any) -> None:
        """The versions of a package, each until the next one; None: the API no longer knows it."""
        ends = [instant for instant, _ in versions[1:]]
        for (instant, fields), end in itertools.zip_longest(versions, ends):
            values = {"product_id": 1} | fixed | (fields or {})
            seen = instant if end is None else end - dt.timedelta(minutes=1)
            state = {"observed_at": seen} | {name: values.pop(name) for name in STATE if name in values}
            if fields is not None:
                state["attributes_from"] = instant
                self._insert("inventory.package_attributes", package_id=package, valid_from=instant, **values)
            self._insert("inventory.package_state", package_id=package, valid_from=instant, valid_to=end, **state)

    def lab(
        self, package: int, analyte: int, *versions: tuple[dt.datetime, Row | None], code: int | None = 1, **fixed: Any
    ) -> None:
        """The results of one analyte of a package, each until the next one; None: it is no longer among them.

        Test date, product, tag, vendor and batch are those of the package: the latest ones given count for all results.
        """
        series = self._results[package]
        series[analyte, code] = [(instant, None if fields is None else fixed | fields) for instant, fields in versions]
        self._run(
            "WITH old AS (DELETE FROM inventory.lab_panel WHERE package_id = %s RETURNING package_id, attributes_from)"
            " DELETE FROM inventory.package_attributes AS a USING old"
            " WHERE a.package_id = old.package_id AND a.valid_from = old.attributes_from",
            package,
        )
        moments = sorted({instant for results in series.values() for instant, _ in results})
        for instant, end in itertools.zip_longest(moments, moments[1:]):
            self._panel(package, instant, end)

    def _panel(self, package: int, instant: dt.datetime, end: dt.datetime | None) -> None:
        """The panel of a package from an instant on: of each analyte, the last result until then."""
        last = {
            key: max(
                ((at, fields) for at, fields in results if at <= instant), key=lambda result: result[0], default=None
            )
            for key, results in self._results[package].items()
        }
        held = {key: result for key, result in last.items() if result is not None and result[1] is not None}
        labels: Row = {"product_id": 1}
        for _, fields in sorted(held.values(), key=lambda result: result[0]):
            labels |= {name: value for name, value in (fields or {}).items() if name != "potency"}
        # Apart from the attributes that a version of the package may have from the same instant on.
        key = instant + dt.timedelta(microseconds=1)
        self._insert("inventory.package_attributes", package_id=package, valid_from=key, **labels)
        self._insert(
            "inventory.lab_panel", package_id=package, valid_from=instant, valid_to=end, attributes_from=key,
            analyte_ids=[analyte for analyte, _ in held], measurement_codes=[code for _, code in held],
            potencies=[(fields or {}).get("potency") for _, fields in held.values()],
        )  # fmt: skip

    def analytes(self, **names: int) -> None:
        """Name analytes."""
        for name, analyte in names.items():
            self.analyte(analyte, name)

    def analyte(self, analyte: int, name: str | None) -> None:
        """Name one."""
        self._insert("inventory.lab_analyte", analyte_id=analyte, name=name, observed_at=NOON)
