"""The outcomes of a pull that was held back: accepted, dismissed or superseded, also after a rebuild."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from indicaonline import cli
from indicaonline.errors import AlreadyDecidedError, HeldBackError, SettingError
from indicaonline.jobs.held_pulls import accept_pull, decide_pull, dismiss_pull, process_user, undecided_pulls
from oracle import assert_true_to_life
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

DAY = dt.date(2025, 2, 28)
TABLES = (
    "inventory.stock",
    "inventory.stock_change",
    "inventory.package_change",
    "inventory.page_presence",
    "ops.held_back_product",
    "ops.pull",
)


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """An office whose day was published from a pull."""
    return make_rig(past=published, seed=5, offices=1, products=30, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES)


def published(rig: Rig) -> None:
    rig.step(minutes=10)
    rig.snapshot(rig.day_start(DAY))


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
    with pytest.raises(AlreadyDecidedError, match=f"Pull {first} was superseded by pull {later} at "):
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
    for pull in (first, second):
        decide_pull(rig.connect, rig.settings, pull, accepts=True, decided_by="somebody")
    assert {ledger(rig, pull)["status"] for pull in (first, second)} == {"complete"}
    assert_a_rebuild_changes_nothing(rig)


def test_a_dismissed_pull_is_never_applied(rig: Rig) -> None:
    before = everything(rig)
    held = hold_back(rig)
    dismiss_pull(rig.connect, rig.settings, held, "somebody", "  a fault\nof the API  ")
    row = ledger(rig, held)
    assert (row["status"], row["decided_by"], row["decision_note"]) == ("dismissed", "somebody", "a fault of the API")
    assert row["decided_at"] is not None
    assert_a_rebuild_changes_nothing(rig)
    after = everything(rig)
    assert {table for table in before if before[table] != after[table]} == {"ops.pull", "ops.held_back_product"}
    rig.step(hours=1)
    rig.pull(rig.offices[0])
    assert ledger(rig, held)["status"] == "dismissed"
    with pytest.raises(AlreadyDecidedError, match=f"Pull {held} was dismissed by somebody at "):
        accept_pull(rig.connect, rig.settings, held)


def test_a_decision_is_repeated_by_its_run_and_refused_to_another(rig: Rig) -> None:
    accepted, dismissed = hold_back(rig), hold_back(rig)

    def decide(by: str) -> list[Any]:
        return [
            decide_pull(rig.connect, rig.settings, pull, accepts=pull == accepted, decided_by=by, note="counted")
            for pull in (accepted, dismissed)
        ]

    assert [bool(result) for result in decide("a run")] == [True, False]
    before = everything(rig)
    assert decide("a run") == [None, None]
    assert everything(rig) == before
    with pytest.raises(AlreadyDecidedError, match=f"Pull {accepted} was accepted by a run at "):
        decide("another run")
    with pytest.raises(AlreadyDecidedError, match=f"Pull {accepted} was accepted by a run at "):
        decide_pull(rig.connect, rig.settings, accepted, accepts=False, decided_by="a run")
    assert everything(rig) == before
    assert [ledger(rig, pull)["decision_note"] for pull in (accepted, dismissed)] == ["counted", "counted"]


def test_only_a_held_back_pull_can_be_decided(rig: Rig) -> None:
    held = hold_back(rig)
    complete = rig.value("SELECT min(pull_id) FROM ops.pull WHERE status = 'complete'")
    for pull, problem in (
        (complete, f"Pull {complete} was never held back: it is complete."),
        (77_000, "There is no pull 77000."),
    ):
        for accepts in (True, False):
            with pytest.raises(SettingError) as wrong:
                decide_pull(rig.connect, rig.settings, pull, accepts=accepts, decided_by="somebody")
            assert str(wrong.value) == problem
    assert undecided_pulls(rig.connect, rig.settings) == [held]
    assert ledger(rig, held)["status"] == "held_back"


def test_what_would_vanish_is_kept_with_the_stock_before_the_pull(rig: Rig) -> None:
    """Also after the decision, when the current stock is another one."""
    (office,) = rig.offices
    rig.simulator.world.remove_product(office, rig.value("SELECT min(product_id) FROM mart.inventory_current"))
    rig.step(hours=1)
    rig.pull(office)
    rig.reference()
    stocked = rig.query("SELECT * FROM mart.inventory_current WHERE quantity <> 0 ORDER BY product_id")
    held = hold_back(rig)
    columns = "product_id, product_name, measurement, quantity, observed_at, package_count"
    vanishing = f"SELECT {columns} FROM mart.held_back_product WHERE pull_id = %s ORDER BY product_id"
    wanted = [{name: row[name] for name in columns.split(", ")} for row in stocked]
    assert 0 < len(wanted) < rig.value("SELECT count(*) FROM mart.inventory_current"), "one is gone"
    assert rig.query(vanishing, [held]) == wanted

    with rig.connect() as connection:
        connection.execute("SET ROLE indicaonline_analyst")
        assert connection.execute("SELECT count(*) FROM mart.held_back_product").fetchone() == (len(wanted),)
    with rig.connect() as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute("EXPLAIN SELECT * FROM mart.held_back_pull").fetchall()
    assert any("pull_held_back" in line for (line,) in plan), "the ledger has millions of other pulls"
    (pull,) = rig.query("SELECT * FROM mart.held_back_pull")
    assert (pull["pull_id"], pull["status"], pull["office_id"]) == (held, "held_back", office)
    assert pull["products_with_stock"] == pull["would_vanish"] == len(wanted)
    assert pull["problem"] == f"{len(wanted)} of {len(wanted)} products with stock would vanish."

    accept_pull(rig.connect, rig.settings, held, "somebody", "it was sold")
    assert rig.query(vanishing, [held]) == wanted
    second = hold_back_nothing_but(rig, office)
    rows = rig.query("SELECT pull_id, status, decided_by, decision_note FROM mart.held_back_pull")
    assert [tuple(row.values()) for row in rows] == [
        (second, "held_back", None, None),
        (held, "accepted", "somebody", "it was sold"),
    ]
    assert_a_rebuild_changes_nothing(rig)


def hold_back_nothing_but(rig: Rig, office: int) -> int:
    """Restock the office, then let another pull be held back; returns its number."""
    rig.step(hours=1)
    rig.pull(office)
    return hold_back(rig)


def test_products_that_stay_are_not_among_those_that_vanish(rig: Rig) -> None:
    (office,) = rig.offices
    rig.step(hours=1)
    rig.pull(office)
    stocked = [
        row["product_id"]
        for row in rig.query("SELECT product_id FROM mart.inventory_current WHERE quantity <> 0 ORDER BY product_id")
    ]
    gone = stocked[: len(stocked) * 2 // 3]
    for product in gone:
        rig.simulator.world.remove_product(office, product)
    rig.step(hours=1)
    with pytest.raises(HeldBackError):
        rig.pull(office)
    found = rig.query("SELECT product_id FROM mart.held_back_product ORDER BY product_id")
    left = [row["product_id"] for row in found]
    assert set(gone) <= set(left)
    (pull,) = rig.query("SELECT * FROM mart.held_back_pull")
    assert (pull["products_with_stock"], pull["would_vanish"]) == (len(stocked), len(left))
    assert pull["items"] > 0


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
    assert cli.main([command, str(held), "--note", "counted by hand", "--dsn", rig.dsn]) == 0
    assert f"Pull {held} is " in capsys.readouterr().out
    row = ledger(rig, held)
    assert (row["status"], row["decided_by"]) == (status, process_user())
    assert row["decision_note"] == "counted by hand"
    assert cli.main([command, str(held), "--dsn", rig.dsn]) == 1
    assert f"indicaonline: Pull {held} was " in capsys.readouterr().err
