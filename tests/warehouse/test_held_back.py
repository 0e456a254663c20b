"""The outcomes of a pull that was held back: accepted, dismissed or superseded, also after a rebuild."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline import cli
from indicaonline.errors import HeldBackError, SettingError
from indicaonline.jobs.held_pulls import accept_pull, decide_pulls, dismiss_pull, process_user, pull_numbers
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

DAY = dt.date(2025, 2, 28)
TABLES = (
    "inventory.stock",
    "inventory.stock_change",
    "inventory.package_change",
    "inventory.page_presence",
    "ops.pull",
)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An office whose day was published from a pull."""
    rig = make_rig(seed=5, offices=1, products=30, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    rig.snapshot(rig.day_start(DAY))
    return rig


def hold_back(rig: Rig) -> int:
    """Let an hour pass, and a pull be held back, by a fault that is gone afterwards; returns its number."""
    rig.step(hours=1)
    rig.simulator.faults.add("empty", path=f"office/{rig.offices[0]}")
    with pytest.raises(HeldBackError):
        rig.pull(rig.offices[0])
    rig.simulator.faults.clear()
    return int(rig.value("SELECT max(pull_id) FROM ops.pull"))


def ledger(rig: Rig, pull_id: int) -> dict[str, Any]:
    """The row of a pull in the ledger."""
    (row,) = rig.query("SELECT * FROM ops.pull WHERE pull_id = %s", [pull_id])
    return row


def everything(rig: Rig) -> dict[str, list[dict[str, Any]]]:
    """Every derived row, and the ledger."""
    tables = {table: rig.query(f"SELECT t::text FROM {table} AS t ORDER BY 1") for table in TABLES}
    days = "SELECT d::text FROM inventory.daily_stock AS d ORDER BY 1"
    return tables | {"inventory.daily_stock": rig.query(days)}


def assert_a_rebuild_changes_nothing(rig: Rig) -> None:
    """A rebuild applies accepted pulls, and no others that were held back."""
    before = everything(rig)
    rig.rebuild(DAY - dt.timedelta(days=1))
    assert everything(rig) == before


def test_a_later_complete_pull_supersedes_it(rig: Rig) -> None:
    first, second = hold_back(rig), hold_back(rig)
    rig.step(hours=1)
    rig.updates(rig.hour())
    assert ledger(rig, first)["status"] == "held_back", "a pull of changes does not see the office whole"
    later = rig.pull(rig.offices[0]).pull_id
    for held in (first, second):
        row = ledger(rig, held)
        assert (row["status"], row["superseded_by"], row["decided_by"]) == ("superseded", later, None)
        assert row["decided_at"] is not None
    assert_true_to_life(rig)
    assert_a_rebuild_changes_nothing(rig)
    with pytest.raises(SettingError, match=f"Pull {first} was superseded by pull {later} at "):
        accept_pull(rig.connect, rig.settings, first)


def test_an_incomplete_pull_supersedes_nothing(rig: Rig) -> None:
    held = hold_back(rig)
    rig.step(hours=1)
    rig.simulator.faults.add("status", path=f"office/{rig.offices[0]}", status=404)
    with pytest.raises(Exception, match="404"):
        rig.pull(rig.offices[0])
    assert ledger(rig, held)["status"] == "held_back"


def test_accepting_the_later_of_two_supersedes_the_earlier(rig: Rig) -> None:
    first, second = hold_back(rig), hold_back(rig)
    accept_pull(rig.connect, rig.settings, second, "somebody")
    assert ledger(rig, first)["superseded_by"] == second
    row = ledger(rig, second)
    assert (row["status"], row["decided_by"]) == ("complete", "somebody")
    assert rig.value("SELECT count(*) FROM mart.inventory_current WHERE quantity <> 0") == 0
    assert_a_rebuild_changes_nothing(rig)


def test_accepting_both_applies_both(rig: Rig) -> None:
    first, second = hold_back(rig), hold_back(rig)
    decide_pulls(rig.connect, rig.settings, accepted=[first, second], dismissed=[], decided_by="somebody")
    assert {ledger(rig, pull)["status"] for pull in (first, second)} == {"complete"}
    assert_a_rebuild_changes_nothing(rig)


def test_a_dismissed_pull_is_never_applied(rig: Rig) -> None:
    before = everything(rig)
    held = hold_back(rig)
    dismiss_pull(rig.connect, rig.settings, held, "somebody")
    row = ledger(rig, held)
    assert (row["status"], row["decided_by"]) == ("dismissed", "somebody")
    assert row["decided_at"] is not None
    assert_a_rebuild_changes_nothing(rig)
    after = everything(rig)
    assert {table for table in before if before[table] != after[table]} == {"ops.pull"}
    rig.step(hours=1)
    rig.pull(rig.offices[0])
    assert ledger(rig, held)["status"] == "dismissed"
    with pytest.raises(SettingError, match=f"Pull {held} was dismissed by somebody at "):
        accept_pull(rig.connect, rig.settings, held)


def test_a_decision_is_repeated_by_its_run_and_refused_to_another(rig: Rig) -> None:
    accepted, dismissed = hold_back(rig), hold_back(rig)

    def decide(by: str) -> None:
        decide_pulls(rig.connect, rig.settings, accepted=[accepted], dismissed=[dismissed], decided_by=by)

    decide("a run")
    before = everything(rig)
    decide("a run")
    assert everything(rig) == before
    with pytest.raises(SettingError, match=f"Pull {accepted} was accepted by a run at .* {dismissed} was dismissed by"):
        decide("another run")
    assert everything(rig) == before


def test_one_wrong_number_decides_nothing(rig: Rig) -> None:
    held = hold_back(rig)
    complete = rig.value("SELECT min(pull_id) FROM ops.pull WHERE status = 'complete'")
    with pytest.raises(SettingError, match=f"Pull {complete} was never held back: it is complete. There is no pull 77"):
        decide_pulls(rig.connect, rig.settings, accepted=[held, complete], dismissed=[77], decided_by="somebody")
    with pytest.raises(SettingError, match=f"Pull {held} is to be accepted and dismissed"):
        decide_pulls(rig.connect, rig.settings, accepted=[held], dismissed=[held], decided_by="somebody")
    assert ledger(rig, held)["status"] == "held_back"


def test_a_pull_whose_responses_are_gone_is_not_taken_for_an_empty_office(rig: Rig) -> None:
    held = hold_back(rig)
    before = rig.query("SELECT * FROM inventory.stock ORDER BY 1, 2")
    with rig.connect() as connection:
        connection.execute("DELETE FROM raw.response WHERE pull_id = %s", [held])
    with pytest.raises(SettingError, match="Raw no longer has every page"):
        accept_pull(rig.connect, rig.settings, held)
    assert rig.query("SELECT * FROM inventory.stock ORDER BY 1, 2") == before


@pytest.mark.parametrize(("command", "status"), [("accept", "complete"), ("dismiss", "dismissed")])
def test_from_a_shell(rig: Rig, capsys: pytest.CaptureFixture[str], command: str, status: str) -> None:
    held = hold_back(rig)
    assert cli.main([command, str(held), "--dsn", rig.dsn]) == 0
    assert f"Pull {held} is " in capsys.readouterr().out
    row = ledger(rig, held)
    assert (row["status"], row["decided_by"]) == (status, process_user())
    assert cli.main([command, str(held), "--dsn", rig.dsn]) == 1
    assert f"indicaonline: Pull {held} was " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "numbers"), [(None, []), ("", []), (" , ", []), ("6088, 6087;6087\n9", [9, 6087, 6088])]
)
def test_numbers_are_read_kindly(text: str | None, numbers: list[int]) -> None:
    assert pull_numbers(text, "accept_held_pulls") == numbers


@given(st.text(max_size=30))
def test_any_text_is_numbers_or_one_plain_error(text: str) -> None:
    readable = all(word.isascii() and word.isdigit() and len(word) <= 18 for word in re.findall(r"[^\s,;]+", text))
    if readable:
        numbers = pull_numbers(text, "accept_held_pulls")
        assert bool(numbers) == any(letter.isdigit() for letter in text)
    else:
        with pytest.raises(SettingError, match=r"\Aaccept_held_pulls: .+ is not the number of a pull[^\n]+\Z"):
            pull_numbers(text, "accept_held_pulls")
