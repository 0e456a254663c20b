"""Airflow's UI in a real browser. Pictures are saved in .pytest_cache/pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from servers.airflow import API_CONNECTION, WAREHOUSE_CONNECTION
from system_life import Landed
from system_rig import OFFICE_TASK, SNAPSHOT, SystemRig

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(900)]


def test_the_connection_has_a_form_of_its_own(page: Page, artefacts: Path) -> None:
    page.goto("/connections")
    page.get_by_role("button", name="Add Connection").click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox", name="Connection Type").fill("IndicaOnline")
    page.get_by_role("option", name="IndicaOnline", exact=True).click()
    for label in ("API host", "API key"):
        expect(form.get_by_text(label, exact=True)).to_be_visible()
    for hidden in ("Login", "Schema", "Port"):
        expect(form.get_by_text(hidden, exact=True)).to_have_count(0)
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    for label in ("API version", "Skip parameter", "Page size", "Requests per second", "Office ids"):
        expect(form.get_by_text(label, exact=True)).to_be_visible()
    page.wait_for_timeout(500)  # until the form has unfolded, for the picture
    page.screenshot(path=artefacts / "connection-form.png", full_page=True)


def test_a_stored_key_is_not_shown(page: Page, rig: SystemRig) -> None:
    page.goto("/connections")
    page.get_by_role("row").filter(has_text=API_CONNECTION).get_by_label("Edit Connection").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text("API key", exact=True)).to_be_visible()
    fields = [field.input_value() for field in form.locator("input").all()]
    assert rig.simulation.url in fields
    assert rig.stack.airflow.keys.api_key not in fields
    assert rig.stack.airflow.keys.api_key not in page.content()


def test_the_test_button_shows_the_result(page: Page, rig: SystemRig) -> None:
    assert _press_test(page, API_CONNECTION)["status"] is True
    assert _press_test(page, WAREHOUSE_CONNECTION)["status"] is True
    rig.set_key("not-the-key-of-this-account")
    answer = _press_test(page, API_CONNECTION)
    assert answer["status"] is False
    assert "key" in answer["message"]


def test_the_runs_are_seen_office_by_office(page: Page, rig: SystemRig, landed: Landed, artefacts: Path) -> None:
    run = landed.snapshot
    page.goto(f"/dags/{SNAPSHOT}")
    expect(page.get_by_role("heading", name=SNAPSHOT)).to_be_visible()
    expect(page.get_by_text(f"{OFFICE_TASK} [ ]").first).to_be_visible()
    page.wait_for_timeout(1000)
    page.screenshot(path=artefacts / "inventory-snapshot-daily.png")
    page.goto(f"/dags/{SNAPSHOT}/runs/{run['dag_run_id']}/tasks/{OFFICE_TASK}/mapped")
    for (name,) in rig.query("SELECT DISTINCT office_name FROM mart.inventory_current"):
        expect(page.get_by_text(name).first).to_be_visible()
    page.screenshot(path=artefacts / "offices-of-a-run.png")


def _press_test(page: Page, connection: str) -> dict[str, object]:
    page.goto("/connections")
    button = page.get_by_role("row").filter(has_text=connection).get_by_label("Test Connection")
    with page.expect_response("**/connections/test") as answer:
        button.click()
    found: dict[str, object] = answer.value.json()
    return found
