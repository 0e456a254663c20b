"""The page *Inventory* of two accounts and a third whose warehouse is down, in a real browser."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from indicaonline.environment import load_settings
from rig import Rig
from servers import postgres
from servers.airflow import LocalAirflow
from servers.browser import Logins, logged_in
from servers.ports import free_port
from servers.processes import Processes
from servers.stack import Stack, migrate
from simulator import SimulatorServer

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(900)]

ACCOUNTS = {"north": {}, "south": {"business_time_zone": "America/Denver"}, "west": {}}
HOME = "plugin/inventory"
OFFICES = {"north": 2, "south": 3}


@pytest.fixture(scope="module")
def airflow(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    """A second API server of the Airflow of the system tests, with three accounts."""
    folder = tmp_path_factory.mktemp("accounts")
    accounts = {"INDICAONLINE_ACCOUNTS": json.dumps(ACCOUNTS)}
    dsns = {account: stack.server.create_database(f"accounts_{account}") for account in OFFICES}
    dsns["west"] = f"postgresql://me:secret-word@127.0.0.1:{free_port()}/nothing"
    connections = {f"AIRFLOW_CONN_INVENTORY_WAREHOUSE_{account.upper()}": dsn for account, dsn in dsns.items()}
    settings = {**stack.airflow.settings, **accounts, **connections}
    there = dataclasses.replace(stack.airflow, port=free_port(), settings=settings)
    for account, offices in OFFICES.items():
        migrate(dsns[account], there, folder / account, account)
        with (
            SimulatorServer(key="a-key-of-an-account", offices=offices, products=4) as simulator,
            pytest.MonkeyPatch.context() as patch,
        ):
            rig = Rig(simulator, dsns[account], load_settings(account, environment=accounts), patch)
            rig.reference("offices", "products")
            rig.snapshot(None)
        postgres.execute(dsns[account], f"UPDATE inventory.office SET name = 'Shop of {account} ' || office_id")
    with Processes(folder) as processes:
        there.start_api_server(processes, "api-server")
        processes.wait_until(there.rest.is_up, "the API server of several accounts", 300)
        yield there


@pytest.fixture
def page(airflow: LocalAirflow, browser: Browser, logins: Logins) -> Iterator[Page]:
    """A page of the administrator. The browser is opened after the accounts have lived."""
    with logged_in(browser, airflow, logins=logins) as page:
        yield page


def offices(page: Page) -> list[str]:
    """The names of the offices that Now shows."""
    names = page.get_by_label("Offices and their freshness").get_by_role("link")
    expect(names.first).to_be_visible()
    return names.all_inner_texts()


def test_the_account_is_chosen_and_stays_in_the_address(page: Page, airflow: LocalAirflow, artefacts: Path) -> None:
    page.goto(HOME)
    # The first account, and from now on its address.
    expect(page).to_have_url(f"{airflow.url}/{HOME}/account/north")
    found = offices(page)
    assert len(found) == OFFICES["north"]
    assert all(name.startswith("Shop of north") for name in found)
    page.screenshot(path=artefacts / "page-accounts.png")

    page.get_by_role("link", name="Stock", exact=True).click()
    expect(page).to_have_url(f"{airflow.url}/{HOME}/account/north/stock")
    page.get_by_label("Account", exact=True).select_option("south")
    expect(page).to_have_url(f"{airflow.url}/{HOME}/account/south/stock")
    expect(page.get_by_text("business days in America/Denver")).to_be_visible()
    page.get_by_role("link", name="Now", exact=True).click()
    expect(page).to_have_url(f"{airflow.url}/{HOME}/account/south")
    found = offices(page)
    assert len(found) == OFFICES["south"]
    assert all(name.startswith("Shop of south") for name in found)

    # A link and a bookmark keep the account; so does the SQL and the CSV of a table.
    page.get_by_role("link", name="Shop of south").first.click()
    expect(page).to_have_url(f"{airflow.url}/{HOME}/account/south/coverage?office=101")
    page.reload()
    expect(page.get_by_label("Account", exact=True)).to_have_value("south")
    page.go_back()
    csv = page.get_by_role("link", name="CSV of offices", exact=True).get_attribute("href")
    assert csv is not None
    assert "account=south" in csv
    assert "Shop of south" in page.request.get(csv).text()


def test_one_that_is_down_shows_its_error_and_the_other_works(page: Page) -> None:
    page.goto(f"{HOME}/account/west")
    expect(page.get_by_text("The warehouse cannot be reached").first).to_be_visible()
    assert page.get_by_text("secret-word").count() == 0
    page.get_by_label("Account", exact=True).select_option("north")
    assert len(offices(page)) == OFFICES["north"]

    page.goto("./")
    for account, count in OFFICES.items():
        strip = page.get_by_role("region", name=f"Inventory of {account}", exact=True)
        expect(strip).to_contain_text(f"{count} offices")
    expect(page.get_by_role("region", name="Inventory of west", exact=True)).to_contain_text("cannot be read")
    page.get_by_role("link", name="inventory of south").click()
    expect(page.get_by_label("Account", exact=True)).to_have_value("south")


def test_buttons_run_the_dags_of_the_account(page: Page, airflow: LocalAirflow) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{HOME}/account/south")
    offices(page)
    expect(page.get_by_text("API contract")).to_be_visible()
    runs = [url for url in asked if "/dagRuns" in url]
    assert runs
    assert all("/dags/south__contract_check/" in url for url in runs)
    me = page.request.get(f"{airflow.url}/indicaonline/me?account=south").json()
    assert all(dag_id.startswith("south__") for dag_id in me["may"])
    assert (me["account"], me["accounts"]) == ("south", list(ACCOUNTS))
    dates = page.request.get(
        f"{airflow.url}/indicaonline/backfill?account=south&first_day=2026-01-01&last_day=2026-01-02"
    )
    assert dates.json()["dag_id"] == "south__inventory_snapshot_daily"
    assert dates.json()["from_date"].startswith("2026-01-01T07:00:00")


def test_rows_need_a_login_and_an_account(page: Page, airflow: LocalAirflow) -> None:
    route = f"{airflow.url}/indicaonline/rows/offices"
    for account in ("north", "nobody"):
        assert httpx.get(f"{route}?account={account}", trust_env=False).status_code == 401
    for query, reason in (("", "name one of"), ("?account=nobody", "There is no account 'nobody'")):
        answer = page.request.get(f"{route}{query}")
        assert (answer.status, reason in answer.json()["problem"]) == (400, True)
