"""A person decides about held-back pulls in a real Airflow: by an answer, or by a trigger with the decision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from servers.rest import RestError
from system_decisions import answer, answered, decision, end_waiting, hold_back, states, user
from system_rig import ASK_TASK, HELD_BACK, SNAPSHOT, SystemRig

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


@pytest.fixture
def rig(rig: SystemRig) -> Iterator[SystemRig]:
    """The stack, whose pulls are complete again in the end: nothing waits for a decision."""
    yield rig
    end_waiting(rig)


def test_a_person_accepts_a_pull_and_nobody_without_the_right_does(rig: SystemRig) -> None:
    office = rig.offices[0]
    pull, run_id = hold_back(rig, office)
    viewer = user(rig, "viewer")
    conf = {"pull_id": pull, "decision": "accept"}
    for refused in (
        lambda: answer(viewer, run_id, "Accept"),
        lambda: viewer.call("POST", f"dags/{HELD_BACK}/dagRuns", {"logical_date": None, "conf": conf}),
    ):
        with pytest.raises(RestError) as error:
            refused()
        assert error.value.status == 403
    (question,) = viewer.call("GET", f"dags/~/dagRuns/~/hitlDetails?dag_id={HELD_BACK}&response_received=false")[
        "hitl_details"
    ]
    assert question["task_instance"]["dag_run_id"] == run_id
    assert f"Accept pull {pull} of " in question["subject"]
    assert decision(rig, pull) == ("held_back", None, None)

    operator = user(rig, "operator")
    run = answered(rig, run_id, "Accept", operator, note="counted: the shelves are empty")
    assert run["state"] == "success"
    assert decision(rig, pull) == ("accepted", f"operator, run {run_id}", "counted: the shelves are empty")
    assert states(rig, run_id) == {"ask": "success", "accept": "success", "roll_up": "success", "dismiss": "skipped"}
    left = rig.query("SELECT count(*) FROM mart.inventory_current WHERE office_id = %s AND quantity <> 0", office)
    assert left == [(0,)]
    with pytest.raises(RestError, match="409"):
        answer(rig.rest, run_id, "Dismiss")


def test_a_pull_is_dismissed_by_a_trigger_and_its_question_changes_nothing_then(rig: SystemRig) -> None:
    office = rig.offices[1]
    stock = "mart.inventory_current WHERE office_id = %s"
    before = rig.stock(stock, office)
    pull, run_id = hold_back(rig, office)
    rest = user(rig, "operator")
    triggered = rest.trigger(HELD_BACK, pull_id=pull, decision="dismiss", note="a fault of the API")
    assert rig.ended(HELD_BACK, triggered)["state"] == "success", "a run that waits does not block another one"
    assert decision(rig, pull) == ("dismissed", f"operator, run {triggered}", "a fault of the API")
    assert states(rig, run_id)[ASK_TASK] == "awaiting_input"
    assert answered(rig, run_id, "Accept")["state"] == "success"
    assert states(rig, run_id) == {"ask": "success", "accept": "skipped", "roll_up": "skipped", "dismiss": "skipped"}
    assert decision(rig, pull)[0] == "dismissed"
    assert rig.stock(stock, office) == before


def test_a_pull_that_is_superseded_while_it_waits_is_not_applied(rig: SystemRig) -> None:
    pull, run_id = hold_back(rig, rig.offices[2])
    rig.step(60)
    assert rig.run_now(SNAPSHOT)["state"] == "success"
    assert decision(rig, pull) == ("superseded", None, None)
    assert answered(rig, run_id, "Accept")["state"] == "success"
    assert states(rig, run_id)["accept"] == "skipped"
    assert decision(rig, pull) == ("superseded", None, None)


@pytest.mark.browser
def test_the_question_is_a_required_action_in_the_ui(rig: SystemRig, page: Page, artefacts: Path) -> None:
    pull, run_id = hold_back(rig, rig.offices[0])
    page.goto("/required_actions")
    link = page.get_by_role("link").filter(has_text=f"Accept pull {pull} of ").first
    expect(link).to_be_visible()
    page.screenshot(path=artefacts / "required-actions.png")
    link.click()
    expect(page.get_by_role("columnheader", name="last seen")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=artefacts / "held-back-pull.png", full_page=True)
    page.get_by_role("button", name="Dismiss").click()
    rig.ended(HELD_BACK, run_id)
    assert decision(rig, pull) == ("dismissed", f"admin, run {run_id}", None)
