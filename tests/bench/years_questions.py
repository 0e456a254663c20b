"""Typical questions of analysts over years of history, and the cost of each answer."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from tests.bench.years_page import page_questions
from tests.bench.years_world import World

REPETITIONS = 3
PATIENCE = 20.0
"""Seconds after which a question is not asked again."""
ONE_OFFICE, ALL_OFFICES = 1.0, 5.0
"""Seconds that a question may take, warm."""

QUESTIONS = {
    "stock of one product, all days": """
        SELECT snapshot_date, office_id, measurement, quantity
        FROM mart.inventory_daily
        WHERE product_id = %(product)s {and_office}
        ORDER BY snapshot_date, office_id
    """,
    "stock on one day": """
        SELECT product_id, product_name, brand, category, measurement, quantity
        FROM mart.inventory_daily
        WHERE snapshot_date = %(day)s {and_office}
    """,
    "stockouts of a month": """
        SELECT office_id, product_id, count(*) AS days
        FROM mart.stockout_day
        WHERE business_date >= %(month)s AND business_date < %(month)s + interval '1 month' {and_office}
        GROUP BY office_id, product_id
    """,
    "days of supply": """
        SELECT * FROM mart.days_of_supply {where_office} ORDER BY days_of_supply
    """,
    "depletion by category and week, a year": """
        SELECT category, measurement, date_trunc('week', business_date) AS week, sum(depletion) AS depletion
        FROM mart.stock_movement_daily
        WHERE business_date > %(last)s - interval '1 year' {and_office}
        GROUP BY 1, 2, 3
    """,
    "potency trend of a vendor": """
        SELECT month, product_id, analyte_name, packages, p10, median, p90
        FROM mart.potency_trend
        WHERE vendor = 'Vendor 8'
    """,
    "expiring stock now": """
        SELECT * FROM mart.expiring_stock {where_office} ORDER BY best_by
    """,
    "stock as of an instant": """
        SELECT * FROM mart.inventory_as_of(%(instant)s) {where_office}
    """,
    "stock now": """
        SELECT * FROM mart.inventory_current {where_office}
    """,
    "movements of one product, all days": """
        SELECT * FROM mart.stock_movement_daily WHERE product_id = %(product)s {and_office} ORDER BY business_date
    """,
    "lifetime of a vendor's packages": """
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY days_to_deplete)
        FROM mart.package_lifecycle
        WHERE vendor = 'Vendor 8'
    """,
    "FIFO breaches of a month": """
        SELECT * FROM mart.fifo_breach
        WHERE business_date >= %(month)s AND business_date < %(month)s + interval '1 month' {and_office}
    """,
    "inferred transfers of a month": """
        SELECT * FROM mart.transfer_inferred
        WHERE observed_at >= %(month)s AND observed_at < %(month)s + interval '1 month'
    """,
    "coverage of a month": """
        SELECT * FROM mart.coverage
        WHERE business_date >= %(month)s AND business_date < %(month)s + interval '1 month' {and_office}
    """,
    "current discrepancies": "SELECT * FROM mart.discrepancy {where_office}",
}


@dataclass(frozen=True)
class Answer:
    """The cost of an answer: seconds (the median), its rows, the rows its plan read, the pages of 8 kB it touched."""

    question: str
    scope: str
    seconds: float
    planning: float
    rows: int
    rows_read: int
    pages: int

    @property
    def is_in_time(self) -> bool:
        """True if it was as fast as required."""
        return self.seconds < (ONE_OFFICE if self.scope == "one" else ALL_OFFICES)


def ask_all(connection: psycopg.Connection[Any], world: World, only: str = "") -> Iterator[Answer]:
    """Ask every question, of one office and of all, warm: once unmeasured, then the median counts.

    What takes very long is asked once only, cold.
    """
    connection.execute("SET ROLE indicaonline_analyst")
    connection.execute("SELECT set_config('indicaonline.now', %s, false)", [world.now.isoformat()])
    connection.commit()
    for name, text in QUESTIONS.items():
        if only and only not in name:
            continue
        for scope in ("one", "all") if "office}" in text else ("all",):
            statement, values = _statement(text, scope, world)
            yield _ask(connection, name, scope, statement, values)
    for name, statement, values in page_questions(connection, world):
        if only in name:
            yield _ask(connection, name, "one" if values.get("office") else "all", statement, values)


def _statement(text: str, scope: str, world: World) -> tuple[str, dict[str, Any]]:
    office = "office_id = %(office)s" if scope == "one" else "true"
    middle = world.first_day + dt.timedelta(days=world.days // 2)
    values: dict[str, Any] = {
        "office": 101 + world.offices // 2,
        "product": 2146000001 + world.products // 2 + 7,
        "day": middle,
        "month": middle.replace(day=1),
        "last": world.now.date() - dt.timedelta(days=1),
        "instant": dt.datetime.combine(middle, dt.time(15, 21, 7), tzinfo=dt.UTC),
    }
    statement = text.format(and_office=f"AND {office}", where_office=f"WHERE {office}")
    return statement, values


def _ask(connection: psycopg.Connection[Any], name: str, scope: str, statement: str, values: dict[str, Any]) -> Answer:
    explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}".encode()
    cursor = psycopg.ClientCursor(connection)  # the values stand in the text, as an analyst writes them
    plans: list[dict[str, Any]] = []
    for _ in range(1 + REPETITIONS):
        row = cursor.execute(explain, values).fetchone()
        connection.rollback()
        assert row is not None
        plans.append(row[0][0])
        if plans[0]["Execution Time"] > PATIENCE * 1000:
            break
    measured = plans[1:] or plans
    root = plans[-1]["Plan"]
    return Answer(
        name,
        scope,
        statistics.median(plan["Planning Time"] + plan["Execution Time"] for plan in measured) / 1000,
        statistics.median(plan["Planning Time"] for plan in measured) / 1000,
        root["Actual Rows"],
        sum(_leaves(root)),
        root["Shared Hit Blocks"] + root["Shared Read Blocks"],
    )


def _leaves(plan: dict[str, Any]) -> Iterator[int]:
    """Rows that each scan of a plan read, those it threw away included."""
    children = plan.get("Plans", [])
    if not any(child["Parent Relationship"] in ("Outer", "Inner", "Member") for child in children):
        thrown = sum(plan.get(key, 0) for key in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
        yield round((plan["Actual Rows"] + thrown) * plan["Actual Loops"])
    for child in children:
        yield from _leaves(child)


def heading() -> str:
    """The line above the answers."""
    return f"{'question':44}{'offices':>9}{'seconds':>9}{'planning':>10}{'rows':>10}{'rows read':>12}{'pages':>12}"


def line(answer: Answer) -> str:
    """An answer as a line of the table."""
    warning = "" if answer.is_in_time else "  slower than it may be"
    return (
        f"{answer.question:44}{answer.scope:>9}{answer.seconds:9.3f}{answer.planning:10.3f}{answer.rows:10,.0f}"
        f"{answer.rows_read:12,}{answer.pages:12,}{warning}"
    )
