"""The datasets of the view Ledger: what a day is, and what each filter keeps."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from dataset_rows import read

from indicaonline.errors import SettingError
from indicaonline.ui.datasets import query

ZONE = "America/Los_Angeles"
NUMBERS = itertools.count(1)


def pulled(connection: psycopg.Connection[Any], started_at: str, kind: str = "updated", **more: object) -> int:
    """Insert a pull, and return its number."""
    number = next(NUMBERS)
    row = {"pull_id": number, "kind": kind, "status": "complete", "reads": 1, "counted_read": 1, "since": None}
    row |= dict.fromkeys(("started_at", "first_page_at", "last_page_at"), started_at)
    row |= {"since": started_at} if kind == "updated" else {}
    row |= more
    names, places = ", ".join(row), ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO ops.pull ({names}) VALUES ({places})".encode(), list(row.values()))
    return number


def quarantined(
    connection: psycopg.Connection[Any], pull: int, observed_at: str, reason: str, office: int = 101
) -> None:
    connection.execute(
        "INSERT INTO ops.quarantine (pull_id, counted, observed_at, office_id, reason, body)"
        " VALUES (%s, true, %s, %s, %s, '<b>')",
        (pull, observed_at, office, reason),
    )


@pytest.fixture
def connection(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    monkeypatch.setenv("INDICAONLINE_NOW", "2025-03-20T00:00:00Z")
    with psycopg.connect(warehouse_dsn) as connection:
        yield connection


def numbers(connection: psycopg.Connection[Any], name: str = "ledger_pulls", **given: object) -> list[int]:
    return [row["pull_id"] for row in read(connection, name, **given)]


def test_a_day_is_that_of_the_zone(connection: psycopg.Connection[Any]) -> None:
    """9 March 2025 has 23 hours in Los Angeles: from 08:00 to 07:00 in UTC."""
    before, first, last, after = (
        pulled(connection, f"2025-03-{instant}Z")
        for instant in ("09T07:59:59", "09T08:00:00", "10T06:59:59", "10T07:00:00")
    )
    day = dt.date(2025, 3, 9)
    assert numbers(connection, day=day, zone=ZONE) == [last, first]
    assert numbers(connection, day=day) == [first, before]
    assert numbers(connection) == [after, last, first, before]
    for name in ("ledger_quarantine", "ledger_reasons"):
        for pull, instant in (
            (before, "09T07:59:59"),
            (first, "09T08:00:00"),
            (last, "10T06:59:59"),
            (after, "10T07:00:00"),
        ):
            quarantined(connection, pull, f"2025-03-{instant}Z", name)
    assert numbers(connection, "ledger_quarantine", day=day, zone=ZONE, reason="ledger_quarantine") == [last, first]
    assert [row["quarantined"] for row in read(connection, "ledger_reasons", day=day, zone=ZONE)] == [2, 2]


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(SettingError, match="zone='Mars/Base' is not the IANA name"):
        query("ledger_pulls", {"zone": "Mars/Base"})


def test_filters_of_pulls_are_combined(connection: psycopg.Connection[Any]) -> None:
    instant = "2025-03-09T12:00:00Z"
    here = pulled(connection, instant, "office", office_id=101)
    held = pulled(connection, instant, "office", office_id=101, status="held_back")
    there = pulled(connection, instant, "office", office_id=102)
    other = pulled(connection, instant)
    assert numbers(connection, office=101) == [held, here]
    assert numbers(connection, kind="office") == [there, held, here]
    assert numbers(connection, kind="updated") == [other]
    assert numbers(connection, office=101, status="held_back") == [held]
    assert numbers(connection, office=101, kind="updated") == []
    assert numbers(connection, "ledger_pull", pull=held) == [held]


def test_a_duration_of_a_clock_that_was_set_back_is_unknown(connection: psycopg.Connection[Any]) -> None:
    instant = dt.datetime(2025, 3, 9, 12, tzinfo=dt.UTC)
    pulled(connection, instant.isoformat(), landed_at=instant + dt.timedelta(seconds=90))
    pulled(connection, instant.isoformat(), landed_at=instant + dt.timedelta(days=600))
    assert [row["seconds"] for row in read(connection, "ledger_pulls")] == [None, 90]


def test_reasons_are_counted_over_the_last_30_days(connection: psycopg.Connection[Any]) -> None:
    first, second = (
        pulled(connection, "2025-03-18T12:00:00Z", "office", office_id=101),
        pulled(connection, "2025-03-19T12:00:00Z"),
    )
    for pull, instant, reason, office in (
        (first, "2025-03-18T12:00:00Z", "no id", 101),
        (second, "2025-03-19T12:00:00Z", "no id", 101),
        (second, "2025-03-19T12:00:00Z", "no id", 102),
        (second, "2025-03-19T12:00:00Z", "bad date", 101),
        (first, "2025-02-17T12:00:00Z", "long ago", 101),
    ):
        quarantined(connection, pull, instant, reason, office)
    found = [
        (row["reason"], row["kind"], row["quarantined"], row["pulls"], row["offices"])
        for row in read(connection, "ledger_reasons")
    ]
    assert found == [("no id", "updated", 2, 1, 2), ("bad date", "updated", 1, 1, 1), ("no id", "office", 1, 1, 1)]
    assert [row["reason"] for row in read(connection, "ledger_reasons", kind="office")] == ["no id"]
    assert len(read(connection, "ledger_quarantine")) == 5


def test_only_decisions_are_listed(connection: psycopg.Connection[Any]) -> None:
    """Not the pulls that still wait for one."""
    instant, later = "2025-03-09T12:00:00Z", "2025-03-10T12:00:00Z"
    pulled(connection, instant, "office", office_id=101, status="held_back")
    gone = pulled(
        connection, instant, "office", office_id=101, status="dismissed", decided_at=instant, decided_by="ana"
    )
    kept = pulled(connection, instant, "office", office_id=102, decided_at=later, decided_by="ana")
    assert [(row["pull_id"], row["status"]) for row in read(connection, "ledger_decisions")] == [
        (kept, "accepted"), (gone, "dismissed"),
    ]  # fmt: skip
    assert numbers(connection, "ledger_decisions", status="accepted") == [kept]
    assert numbers(connection, "ledger_decisions", office=101) == [gone]
    assert numbers(connection, "ledger_decisions", day="2025-03-10", zone=ZONE) == [kept]
