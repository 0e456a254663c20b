"""The ledger in `mart`: pulls, quarantine, rebuilds, the queue and links, as the analyst's role reads them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from indicaonline.environment import load_settings
from indicaonline.errors import RetriableError, SettingError
from indicaonline.settings import PREFIX, Settings
from indicaonline.warehouse.kept_settings import apply_settings
from indicaonline.warehouse.session import RUN
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

FEBRUARY_28 = dt.date(2025, 2, 28)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """Two offices ten minutes after midnight, with names."""
    world = {"offices": 2, "products": 12, "start": MIDNIGHT_IN_LOS_ANGELES}
    return make_rig(Settings(unusable_share=0.9), past=named, **world)


def named(rig: Rig) -> None:
    rig.step(minutes=10)
    rig.reference()


def as_analyst(rig: Rig, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query by the role of analysts."""
    with rig.connect() as connection:
        connection.execute("SET ROLE indicaonline_analyst")
        return connection.execute(query.encode()).fetchall()


def test_the_ledger_names_the_run_that_made_a_pull_and_keeps_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for part, variable in RUN.items():
        monkeypatch.setenv(variable, "2" if part == "try_number" else f"the {part}")
    rig.snapshot(rig.day_start(FEBRUARY_28))
    for variable in RUN.values():
        monkeypatch.delenv(variable)
    rig.step(hours=1)
    rig.pull(rig.offices[0])
    rig.rebuild(FEBRUARY_28)
    columns = "office_id, dag_id, run_id, task_id, try_number"
    found = as_analyst(rig, f"SELECT {columns} FROM mart.pull WHERE kind = 'office' ORDER BY pull_id")
    made = ("the dag_id", "the run_id", "the task_id", 2)
    assert sorted(found[:2]) == [(office, *made) for office in rig.offices]
    assert found[2:] == [(rig.offices[0], None, None, None, None)]


def test_requests_are_all_answers_of_the_api(rig: Rig) -> None:
    rig.simulator.faults.add(kind="status", status=503, count=2)
    rig.pull(rig.offices[0])
    rig.packages()
    counted = "SELECT pull_id, requests FROM mart.pull WHERE requests > 0 ORDER BY 1"
    stored = rig.query("SELECT pull_id, count(*) AS requests FROM raw.response GROUP BY 1 ORDER BY 1")
    assert rig.query(counted) == stored
    assert rig.value("SELECT requests FROM mart.pull WHERE kind = 'office'") >= 3


def test_quarantine_shows_what_was_received(rig: Rig) -> None:
    rig.simulator.faults.add(kind="malformed", variant="null_quantity", probability=0.5)
    rig.pull(rig.offices[0])
    rows = rig.query("SELECT * FROM mart.quarantine")
    assert rows
    for row in rows:
        assert (row["kind"], row["office_id"], row["counted"]) == ("office", rig.offices[0], True)
        assert row["office_name"]
        assert row["product_name"]
        assert json.loads(row["body"])["product_id"] == row["product_id"]
    assert len(as_analyst(rig, "SELECT * FROM mart.quarantine")) == len(rows)


def test_the_queue_is_counted_by_reason(rig: Rig) -> None:
    rig.pull(rig.offices[0])
    assert rig.query("SELECT * FROM mart.package_refresh_queue") == []
    rig.simulator.faults.add(kind="status", status=503, path="packages")
    with pytest.raises(RetriableError):
        rig.packages()
    rows = rig.query("SELECT * FROM mart.package_refresh_queue")
    assert {row["reason"] for row in rows} == {"new"}
    assert sum(row["due"] for row in rows) == rig.value("SELECT count(*) FROM ops.package_refresh_queue")
    assert all(
        row["oldest_due_since"] == rig.value("SELECT min(due_since) FROM ops.package_refresh_queue") for row in rows
    )
    assert as_analyst(rig, "SELECT sum(failed) FROM mart.package_refresh_queue") == [
        (rig.value("SELECT count(*) FROM ops.package_refresh_queue WHERE failed_at IS NOT NULL OR tries > 0"),)
    ]


def test_links_come_from_the_templates_at_any_time(rig: Rig) -> None:
    links = "SELECT mart.office_url(7), mart.product_url(8), mart.package_url(9)"
    assert as_analyst(rig, links) == [(None, None, None)]
    rig.snapshot(rig.day_start(FEBRUARY_28))
    templates = Settings(
        unusable_share=0.9,
        office_url_template="https://a.example/o/{office_id}?again={office_id}",
        product_url_template="http://a.example/{product_id}",
    )
    # A published day does not depend on them.
    with psycopg.connect(rig.dsn) as connection:
        changed = apply_settings(connection, templates)
    assert [each.name for each in changed] == ["office_url_template", "product_url_template"]
    assert as_analyst(rig, links) == [("https://a.example/o/7?again=7", "http://a.example/8", None)]
    with psycopg.connect(rig.dsn) as connection:
        apply_settings(connection, rig.settings)
    assert as_analyst(rig, links) == [(None, None, None)]


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({office_id})",
        "https://a.example/",
        "https://a.example/{product_id}",
        "https://a.example/{office_id}/{product_id}",
        'https://a.example/{office_id}"onclick=',
        "https://{office_id",
        "ftp://a.example/{office_id}",
        "https://a.example/{office_id} ",
    ],
)
def test_a_template_that_makes_no_link_is_refused(template: str) -> None:
    with pytest.raises(
        SettingError, match=rf"{PREFIX}OFFICE_URL_TEMPLATE must begin with https:// or http://"
    ) as caught:
        Settings(office_url_template=template)
    assert "{office_id}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_templates_are_read_from_the_environment() -> None:
    url = "https://a.example/p/{package_id}"
    assert load_settings(environment={f"{PREFIX}PACKAGE_URL_TEMPLATE": url}).package_url_template == url


def test_coverage_names_the_closing_pull_and_the_bounds_of_the_day(rig: Rig) -> None:
    rig.snapshot(rig.day_start(FEBRUARY_28))
    pulls = {row["office_id"]: row["pull_id"] for row in rig.query("SELECT * FROM mart.pull WHERE kind = 'office'")}
    rows = rig.query("SELECT * FROM mart.coverage")
    assert {row["office_id"]: row["closing_pull_id"] for row in rows} == pulls
    assert {(row["day_start"], row["day_end"]) for row in rows} == {
        (rig.day_start(FEBRUARY_28), rig.day_start(FEBRUARY_28 + dt.timedelta(days=1)))
    }


def test_coverage_computes_only_the_days_that_are_asked_for(rig: Rig) -> None:
    rig.snapshot(rig.day_start(FEBRUARY_28))
    rig.step(days=60)
    assert calls_of_is_carried(rig, "") >= 2 * 59
    one_day = calls_of_is_carried(rig, f"WHERE office_id = {rig.offices[0]} AND business_date = '2025-04-01'")
    assert one_day == 1


def calls_of_is_carried(rig: Rig, condition: str) -> int:
    """Count how often a query of coverage calls the function that returns whether stock is carried forward."""
    with psycopg.connect(rig.dsn, options=f"-c indicaonline.now={rig.tick().isoformat()}") as connection:
        connection.execute("SET track_functions = 'all'")
        calls = "SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE funcname = 'is_carried'"
        connection.execute(f"SELECT * FROM mart.coverage {condition}".encode()).fetchall()
        row = connection.execute(calls.encode()).fetchone()
    assert row is not None
    return int(row[0])
