"""Every story and every incident of the demo is found by a query over the marts of the documents' past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from demo.incidents import INCIDENTS, OUTAGE_DAY
from documents.past import PAST, as_analyst

FIRST_DAY = dt.date(2026, 1, 19)
"""Day 0 of that past."""
Ask = Callable[..., list[tuple[Any, ...]]]


def day(number: int) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=number)


@pytest.fixture
def ask(documents_dsn: str) -> Ask:
    """Runs a query as the analyst and returns its rows."""

    def run(query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(as_analyst(documents_dsn), row_factory=tuple_row) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    return run


def test_the_past_begins_on_that_day() -> None:
    assert PAST.missed_day == day(OUTAGE_DAY)


def test_a_product_runs_out_for_days_and_is_restocked(ask: Ask) -> None:
    rows = ask(
        "SELECT office_name, product_name, min(business_date), max(business_date), count(*),"
        " bool_and(is_received_since) FROM mart.stockout_day GROUP BY office_name, product_name HAVING count(*) > 3"
    )
    assert rows == [("Mission Street", "Dry Creek Blood Orange gummies 100mg", day(17), day(22), 6, True)]


def test_a_batch_expires_with_stock_left(ask: Ask) -> None:
    rows = ask(
        "SELECT office_name, product_name, best_by, quantity, at_risk_quantity"
        " FROM mart.expiring_stock WHERE days_left < 0"
    )
    assert rows == [("Sunset", "Foxglove Sleep balm 60g", day(40), 10, 10)]
    assert ask("SELECT count(*) FROM mart.expiring_stock WHERE days_left BETWEEN 0 AND 90 AND quantity > 0") > [(5,)]


def test_fifo_is_breached_once(ask: Ask) -> None:
    rows = ask(
        "SELECT business_date, office_name, product_name, newer_depletion, older_check_in_date < newer_check_in_date"
        " FROM mart.fifo_breach"
    )
    assert rows == [(day(30), "Oakland", "Amber Ridge Sour Diesel 3.5g", 7, True)]


def test_one_package_moves_from_shop_to_shop(ask: Ask) -> None:
    rows = ask(
        "SELECT from_office_name, to_office_name, product_name, quantity, observed_at AT TIME ZONE %s"
        " FROM mart.transfer_inferred WHERE from_office_name <> 'Warehouse'",
        PAST.zone,
    )
    ((*moved, at),) = rows
    assert moved == ["Mission Street", "Sunset", "Coastline OG Kush cartridge 0.5g", 36]
    assert at.date() == day(18)
    assert ask("SELECT count(*) > 20 FROM mart.transfer_inferred WHERE from_office_name = 'Warehouse'") == [(True,)]


def test_a_pull_is_held_back_and_its_day_is_carried_forward(ask: Ask, documents_dsn: str) -> None:
    (held,) = (incident for incident in INCIDENTS if incident.holds_back)
    rows = ask(
        "SELECT c.business_date, c.pulls FROM mart.coverage AS c JOIN mart.office AS o USING (office_id)"
        " WHERE o.office_name = %s AND c.status = 'carried_forward' ORDER BY c.business_date",
        held.office,
    )
    assert rows == [(day(OUTAGE_DAY), 0), (day(held.day), 1)]
    with psycopg.connect(documents_dsn) as connection:
        pulls = connection.execute("SELECT problem FROM ops.pull WHERE status = 'held_back'").fetchall()
    ((problem,),) = pulls
    assert problem.endswith("products with stock would vanish.")


def test_the_outage_is_the_only_other_day_that_is_not_observed(ask: Ask) -> None:
    rows = ask("SELECT DISTINCT business_date FROM mart.coverage WHERE status <> 'observed' AND office_id = 101")
    assert rows == [(day(OUTAGE_DAY),)]


def test_items_were_quarantined(ask: Ask, documents_dsn: str) -> None:
    with psycopg.connect(documents_dsn) as connection:
        rows = connection.execute("SELECT office_id, count(*) FROM ops.quarantine GROUP BY office_id").fetchall()
    offices = dict(ask("SELECT office_id, office_name FROM mart.office"))
    assert {offices[office]: count for office, count in rows} == {"Mission Street": 2, "Sunset": 1}


def test_one_vendor_drifts_and_no_other(ask: Ask) -> None:
    rows = ask(
        "SELECT vendor, product_name, (array_agg(median ORDER BY month))[1],"
        " (array_agg(median ORDER BY month DESC))[1]"
        " FROM mart.potency_trend WHERE analyte_name = 'THCa' AND month BETWEEN '2025-12-01' AND '2026-02-01'"
        " AND unit = 'percent' AND median > 10 GROUP BY vendor, product_name HAVING count(*) = 3"
    )
    changes = {(vendor, name): last / first - 1 for vendor, name, first, last in rows}
    drifting = [change for (vendor, _), change in changes.items() if vendor == "Mesa Verde"]
    assert len(drifting) >= 3
    assert max(drifting) < Decimal("-0.08")
    assert min(change for (vendor, _), change in changes.items() if vendor != "Mesa Verde") > Decimal("-0.08")


def test_potency_of_a_product_is_within_a_few_percent(ask: Ask) -> None:
    rows = ask(
        "SELECT product_name, min(p10), max(p90), max(unit) FROM mart.potency_trend"
        " WHERE analyte_name = 'THC' AND vendor = 'Pine & Salt' AND median > 50 GROUP BY product_name"
    )
    assert len(rows) > 5
    assert all(highest < Decimal("1.1") * lowest and unit == "mg" for _, lowest, highest, unit in rows)


def test_weekdays_have_a_rhythm(ask: Ask) -> None:
    rows = ask(
        "SELECT extract(isodow FROM business_date)::integer, sum(depletion) FROM mart.stock_movement_daily"
        " WHERE measurement = 'unit' AND office_id <> 122 AND business_date BETWEEN %s AND %s GROUP BY 1",
        day(0),
        day(20),
    )
    by_weekday = dict(rows)
    assert max(by_weekday, key=by_weekday.__getitem__) in (5, 6)
    assert min(by_weekday, key=by_weekday.__getitem__) in (1, 2)


def test_every_category_is_in_its_measurement(ask: Ask) -> None:
    rows = ask("SELECT DISTINCT category, measurement FROM mart.product WHERE category IS NOT NULL")
    assert {measurement for _, measurement in rows} == {"unit", "unit_range", "weight", "weight_range"}
    for category, measurement in rows:
        if measurement.startswith("weight"):
            assert category in ("Flower", "Concentrates")
