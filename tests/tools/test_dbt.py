"""The dbt project, built by a login with the documented rights: its marts and metrics are those of the warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt_project import Project
from psycopg.rows import dict_row

GUMMIES = "Dry Creek Blood Orange gummies 100mg"
"""The product that runs out in Mission Street: include/simulator/stories.py."""
FALLING = "Mesa Verde"
"""The vendor whose potencies fall."""


@pytest.fixture(scope="module")
def built(programs: Path, analyst: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The project after `dbt build`, and what it printed."""
    project = Project(programs, tmp_path_factory.mktemp("built"), analyst)
    (model,) = re.findall(r"```jinja\n(.*?)```", (project.folder / "README.md").read_text(), re.DOTALL)
    (project.folder / "models" / "weekly_depletion.sql").write_text(model)
    done = project.run("dbt", "--no-use-colors", "build")
    assert done.returncode == 0, done.stdout[-6000:]
    return project, done.stdout


@pytest.fixture
def ask(built: tuple[Project, str], past: str) -> Iterator[Any]:
    """Returns the rows of a query on what was built, as dictionaries."""
    with psycopg.connect(past, options="-c search_path=bob_models,mart", row_factory=dict_row) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_an_analyst_builds_and_tests(built: tuple[Project, str], ask: Any) -> None:
    _, printed = built
    assert "WARN=0 ERROR=0 SKIP=0" in printed, printed[-2000:]
    assert "Deprecat" not in printed, printed
    (owner,) = ask(
        "SELECT DISTINCT relowner::regrole::text AS name FROM pg_class WHERE relnamespace = 'bob_models'::regnamespace"
    )
    assert owner == {"name": "bob"}


def test_the_model_of_the_readme_is_built(ask: Any) -> None:
    assert ask("SELECT sum(depletion) FROM weekly_depletion") == ask("SELECT sum(depletion) FROM stock_movement_daily")


def test_staging_keeps_names_and_comments(ask: Any) -> None:
    columns = """
        SELECT c.relname AS name, a.attname, col_description(c.oid, a.attnum) AS comment
        FROM pg_class AS c
        INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0
        WHERE c.relnamespace = '{}'::regnamespace
    """
    marts = {(row["name"], row["attname"]): row["comment"] for row in ask(columns.format("mart"))}
    staged = {
        (row["name"].removeprefix("stg_indicaonline__"), row["attname"]): row["comment"]
        for row in ask(columns.format("bob_models"))
        if row["name"].startswith("stg_")
    }
    assert staged == {column: comment for column, comment in marts.items() if column[0] in {name for name, _ in staged}}
    assert len(staged) > 50


def test_the_stock_of_a_week_adds_up(ask: Any) -> None:
    rows = ask("""
        SELECT
            opening + increase - depletion AS closing,
            lead(opening) OVER (PARTITION BY office_id, category, measurement ORDER BY week) AS next_opening,
            (
                SELECT sum(closing - increase + depletion)
                FROM stock_movement_daily AS m
                WHERE
                    m.office_id = w.office_id AND m.category = w.category AND m.measurement = w.measurement
                    AND m.opening IS NULL AND m.business_date BETWEEN w.week + 7 AND w.week + 13
            ) AS first_seen,
            sell_through
        FROM sell_through_weekly AS w
    """)
    followed = [row for row in rows if row["next_opening"] is not None]
    assert len(followed) > 100
    assert [row for row in followed if row["closing"] + (row["first_seen"] or 0) != row["next_opening"]] == []
    assert all(row["sell_through"] is None or 0 <= row["sell_through"] <= 1 for row in rows)
    assert any(row["sell_through"] for row in rows)


def test_all_movements_are_in_a_week(ask: Any) -> None:
    assert ask(
        "SELECT measurement, sum(increase), sum(depletion) FROM sell_through_weekly GROUP BY 1 ORDER BY 1"
    ) == ask("SELECT measurement, sum(increase), sum(depletion) FROM stock_movement_daily GROUP BY 1 ORDER BY 1")


def test_hours_without_stock_are_those_of_the_story(ask: Any) -> None:
    hours = ask(f"""
        SELECT business_date::text AS day, stockout_hours, day_hours
        FROM stockout_hours_daily
        WHERE product_name = '{GUMMIES}' AND office_name = 'Mission Street'
        ORDER BY business_date
    """)
    assert [row["day"] for row in hours] == [f"2026-02-{day:02}" for day in range(6, 12)]
    assert all(0 < row["stockout_hours"] <= row["day_hours"] for row in hours)
    missing = ask("""
        SELECT d.business_date, d.office_id, d.product_id
        FROM stockout_day AS d
        WHERE NOT EXISTS (
            SELECT
            FROM stockout_hours_daily AS h
            WHERE
                h.office_id = d.office_id AND h.product_id = d.product_id
                -- The pull after midnight may be the first that sees it.
                AND h.business_date IN (d.business_date, d.business_date + 1)
        )
    """)
    assert missing == [], "a day that ends without stock is followed by hours without stock"


def test_the_vendor_of_the_story_drifts(ask: Any) -> None:
    drifts = ask("""
        SELECT vendor, unit, avg(drift_share) AS drift
        FROM potency_drift_monthly
        WHERE analyte_name = 'THCa'
        GROUP BY vendor, unit
        ORDER BY drift
    """)
    assert drifts[0]["vendor"] == FALLING
    assert drifts[0]["drift"] < Decimal("-0.03") < drifts[1]["drift"]


def test_metrics_sum_movements_and_take_the_last_stock(built: tuple[Project, str], past: str, ask: Any) -> None:
    project, _ = built
    with psycopg.connect(past) as connection:
        # The last day of a month is missing for one office: its stock is that of the day before, and not zero.
        connection.execute("DELETE FROM ops.publication WHERE office_id = 101 AND snapshot_date = '2026-01-31'")
    rows = project.metrics("depletion_weight,quantity_weight", "metric_time__month,product__category")
    expected = ask("""
        WITH last_day AS (
            SELECT office_id, date_trunc('month', snapshot_date) AS month, max(snapshot_date) AS snapshot_date
            FROM inventory_daily
            GROUP BY 1, 2
        ),
        stock AS (
            SELECT month, p.category, sum(quantity) AS quantity
            FROM last_day INNER JOIN inventory_daily AS d USING (office_id, snapshot_date)
            INNER JOIN product AS p USING (product_id)
            WHERE d.measurement = 'weight'
            GROUP BY 1, 2
        ),
        movement AS (
            SELECT date_trunc('month', business_date) AS month, p.category, sum(depletion) AS depletion
            FROM stock_movement_daily AS m INNER JOIN product AS p USING (product_id)
            WHERE m.measurement = 'weight'
            GROUP BY 1, 2
        )
        SELECT to_char(month, 'YYYY-MM') AS month, category, depletion, quantity
        FROM stock FULL JOIN movement USING (month, category)
    """)
    assert {
        (row["metric_time__month"][:7], row["product__category"]): (
            Decimal(row["depletion_weight"] or 0), Decimal(row["quantity_weight"] or 0)
        )
        for row in rows if row["depletion_weight"] or row["quantity_weight"]
    } == {(row["month"], row["category"]): (row["depletion"], row["quantity"]) for row in expected}  # fmt: skip


def test_what_is_over_is_stale(built: tuple[Project, str]) -> None:
    """A past on fixed days is over: dbt measures by the clock of the server."""
    project, _ = built
    assert project.freshness() == (1, dict.fromkeys(("freshness", "inventory_current", "inventory_daily"), "error"))
