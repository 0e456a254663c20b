"""The benchmark's years are in the shape that loads leave behind: what it measures is what analysts will meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.bench.years_questions import ask_all
from tests.bench.years_world import SETTINGS, World, build

from indicaonline.settings import NOW
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.kept_settings import sync_settings
from indicaonline.warehouse.migrate import migrate
from indicaonline.warehouse.publish import publish_again
from servers.postgres import Server

WORLD = World(offices=2, products=60, days=45)
NEVER = {"inferred transfers of a month", "current discrepancies"}
"""Questions to which this world has no answer: nothing is moved between its offices, and its books are right."""

EXPECTED_CHANGES = """
    SELECT office_id, product_id, observed_at, previous_quantity, lag(quantity) OVER (
        PARTITION BY office_id, product_id ORDER BY observed_at
    ) AS quantity_before
    FROM inventory.stock_change
"""
LAST_CHANGES = """
    SELECT DISTINCT ON (office_id, product_id)
        office_id, product_id, measurement, quantity, package_ids, package_quantities
    FROM inventory.stock_change ORDER BY office_id, product_id, observed_at DESC
"""


@pytest.fixture(scope="module")
def years(postgres: Server) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a small world of the benchmark's, whose clock is frozen where that world ends."""
    dsn = postgres.create_database("years")
    migrate(lambda: psycopg.connect(dsn), SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(NOW, WORLD.now.isoformat())
        build(lambda: psycopg.connect(dsn), WORLD)
        with open_connection(lambda: psycopg.connect(dsn)) as connection:
            sync_settings(connection, SETTINGS)
            connection.commit()
            yield connection
    postgres.drop_database("years")


@pytest.fixture(autouse=True)
def _nothing_is_kept(years: psycopg.Connection[Any]) -> Iterator[None]:
    yield
    years.rollback()


def ask(years: psycopg.Connection[Any], statement: str) -> list[Any]:
    with years.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode()).fetchall()


def test_each_change_goes_on_from_the_one_before_it(years: psycopg.Connection[Any]) -> None:
    changes = ask(years, EXPECTED_CHANGES)
    assert len(changes) > 0.1 * WORLD.offices * WORLD.products * WORLD.days
    assert [row for row in changes if row["previous_quantity"] != row["quantity_before"]] == []


def test_current_stock_is_the_last_change(years: psycopg.Connection[Any]) -> None:
    columns = "office_id, product_id, measurement, quantity, package_ids, package_quantities"
    assert ask(years, f"SELECT {columns} FROM inventory.stock ORDER BY 1, 2") == ask(years, LAST_CHANGES)


def test_publishing_a_day_again_gives_the_same_rows(years: psycopg.Connection[Any]) -> None:
    everything = "SELECT * FROM inventory.daily_stock ORDER BY snapshot_date, office_id, product_id"
    before = ask(years, everything)
    for day in ask(years, "SELECT office_id, snapshot_date FROM ops.publication"):
        publish_again(years, day["office_id"], day["snapshot_date"])
    assert ask(years, everything) == before
    assert len(before) > 0.9 * WORLD.offices * WORLD.products * WORLD.days


def test_every_day_is_published_and_was_seen(years: psycopg.Connection[Any]) -> None:
    days = ask(years, "SELECT * FROM ops.publication_check")
    assert len(days) == WORLD.offices * WORLD.days
    assert all(d["is_published"] and d["row_count"] == d["rows_found"] and not d["rows_out_of_time"] for d in days)
    assert {row["status"] for row in ask(years, "SELECT status FROM mart.coverage")} == {"observed"}


def test_packages_have_versions_and_results(years: psycopg.Connection[Any]) -> None:
    (counts,) = ask(
        years,
        """
        SELECT
            (SELECT count(*) FROM mart.package_history) AS versions,
            (SELECT count(*) FROM mart.package_lifecycle WHERE depleted_at IS NOT NULL) AS used_up,
            (SELECT count(*) FROM inventory.lab_version WHERE event = 'retested') AS retests,
            (SELECT count(*) FROM mart.stockout_day) AS days_out
        """,
    )
    assert all(counts.values()), counts


def test_every_question_has_an_answer(years: psycopg.Connection[Any]) -> None:
    with psycopg.connect(years.info.dsn, password=years.info.password) as connection:
        answers = [answer for answer in ask_all(connection, WORLD) if ": " not in answer.question]
    assert {answer.question for answer in answers if answer.rows == 0} <= NEVER
    assert all(answer.pages > 0 for answer in answers)
