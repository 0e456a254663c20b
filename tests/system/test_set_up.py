"""Missing and manually created objects in Airflow: the pool, the connections, a connection from the form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from servers.airflow import API_CONNECTION, API_POOL, WAREHOUSE_CONNECTION
from system_rig import PACKAGES, REFERENCE, SNAPSHOT, UPDATES, SystemRig
from system_stack import API_EXTRA

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

MADE = "made_in_the_form"


@pytest.fixture
def set_up_again(rig: SystemRig) -> Iterator[None]:
    """The pool and both connections, as they were, after a test that removes one."""
    yield
    rig.stack.airflow.set_up(rig.simulation.url, rig.stack.warehouse_dsn, API_EXTRA)


def test_airflow_finds_the_plugin_once(rig: SystemRig) -> None:
    assert rig.rest.call("GET", "plugins/importErrors") == {"import_errors": [], "total_entries": 0}
    assert [plugin["name"] for plugin in rig.rest.call("GET", "plugins")["plugins"]].count("indicaonline") == 1


@pytest.mark.usefixtures("set_up_again")
def test_a_run_makes_the_pool_that_is_missing(rig: SystemRig) -> None:
    rig.rest.call("DELETE", f"pools/{API_POOL}")
    run = rig.run_now(REFERENCE)
    assert run["state"] == "success"
    assert rig.rest.call("GET", f"pools/{API_POOL}")["slots"] == 8


@pytest.mark.usefixtures("set_up_again")
@pytest.mark.parametrize("connection", [API_CONNECTION, WAREHOUSE_CONNECTION])
def test_the_first_task_says_which_connection_is_missing(rig: SystemRig, connection: str) -> None:
    rig.rest.call("DELETE", f"connections/{connection}")
    first = {REFERENCE: "offices", SNAPSHOT: "plan_offices", UPDATES: "pull_updates", PACKAGES: "refresh_packages"}
    for dag_id, task_id in first.items():
        run = rig.run_now(dag_id)
        assert run["state"] == "failed"
        assert f"There is no connection '{connection}': add one of type" in rig.errors(run, task_id)
        tried = [task["try_number"] for task in rig.tasks(run, task_id)]
        assert set(tried) == {1}, "trying again cannot help"


@pytest.mark.browser
def test_a_connection_made_and_edited_in_the_form_can_be_tested(page: Page, rig: SystemRig) -> None:
    page.goto("/connections")
    page.get_by_role("button", name="Add Connection").click()
    form = page.get_by_role("dialog")
    form.locator("input[name=connection_id]").fill(MADE)
    form.get_by_role("combobox", name="Connection Type").fill("IndicaOnline")
    page.get_by_role("option", name="IndicaOnline", exact=True).click()
    form.locator("input[name=host]").fill(rig.simulation.url)
    form.locator("input[name=password]").fill(rig.stack.airflow.keys.api_key)
    _save(page, form)
    made = rig.rest.call("GET", f"connections/{MADE}")
    assert made["port"] is None, "what the form leaves empty is stored as nothing, which the test button took badly"
    assert _press_test(page) == (True, "Connected: the key sees 3 offices")

    page.get_by_role("row").filter(has_text=MADE).get_by_label("Edit Connection").click()
    form = page.get_by_role("dialog")
    form.locator("input[name=host]").fill("http://127.0.0.1:1")
    _save(page, form)
    worked, message = _press_test(page)
    assert not worked
    assert message.startswith("The API cannot be reached") or "127.0.0.1" in message


def _save(page: Page, form: Locator) -> None:
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)


def _press_test(page: Page) -> tuple[bool, str]:
    """Press the button; return True if the test succeeded, and the beginning of its message."""
    page.goto("/connections")
    with page.expect_response("**/connections/test") as answer:
        page.get_by_role("row").filter(has_text=MADE).get_by_label("Test Connection").click()
    found = answer.value.json()
    assert answer.value.ok, found
    return found["status"], str(found["message"]).split(" (")[0]
