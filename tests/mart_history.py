"""Writes histories by hand into an empty warehouse: what was seen of stock, packages and lab results, and when."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import sync_settings

NOON = dt.datetime(2025, 3, 10, 19, tzinfo=dt.UTC)
"""Noon of a Monday in Los Angeles, the day after the clocks went forward."""
Row = dict[str, Any]


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
        self._run(f"TRUNCATE {tables}, inventory.lab_version, inventory.page_presence, ops.publication")
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
            seen = instant if end is None else end - dt.timedelta(minutes=1)
            values = {"observed_at": seen, "product_id": 1, "is_gone": fields is None} | fixed | (fields or {})
            self._insert("inventory.package_state", package_id=package, valid_from=instant, valid_to=end, pull_id=0,
                         **values)  # fmt: skip

    def lab(
        self, package: int, analyte: int, *versions: tuple[dt.datetime, Row | None], code: int | None = 1, **fixed: Any
    ) -> None:
        """The results of one analyte of a package, each until the next one; None: it is no longer among them."""
        ends = [instant for instant, _ in versions[1:]]
        for (instant, fields), end in itertools.zip_longest(versions, ends):
            if fields is not None:
                values = {"product_id": 1, "event": "first_seen"} | fixed | fields
                self._insert("inventory.lab_version", package_id=package, analyte_id=analyte, measurement_code=code,
                             valid_from=instant, valid_to=end, pull_id=0, **values)  # fmt: skip

    def analytes(self, **names: int) -> None:
        """Name analytes."""
        for name, analyte in names.items():
            self.analyte(analyte, name)

    def analyte(self, analyte: int, name: str | None) -> None:
        """Name one."""
        self._insert("inventory.lab_analyte", analyte_id=analyte, name=name, observed_at=NOON)
