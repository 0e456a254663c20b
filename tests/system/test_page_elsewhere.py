"""The page below a URL prefix, over a warehouse of two hundred offices, with a product whose name is an attack."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from demo.history import Moment, Observer, project_clock
from indicaonline.settings import Settings
from indicaonline.warehouse.kept_settings import sync_settings
from servers import postgres
from servers.airflow import LocalAirflow
from servers.browser import Logins, logged_in
from servers.ports import free_port
from servers.processes import Processes
from servers.simulation import Simulation
from servers.stack import Stack, migrate

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(900)]

PREFIX = "/shops/airflow"
OFFICES = 200
ATTACK = "<img src=x onerror=\"document.title='taken over'\">"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def airflow(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    """A second API server of the Airflow of the system tests: its own prefix, and its own warehouse."""
    folder = tmp_path_factory.mktemp("elsewhere")
    dsn = stack.server.create_database("elsewhere")
    there = dataclasses.replace(
        stack.airflow,
        port=free_port(),
        prefix=PREFIX,
        settings={**stack.airflow.settings, "AIRFLOW_CONN_INVENTORY_WAREHOUSE": dsn},
    )
    migrate(dsn, there, folder)
    with Processes(folder) as processes:
        _live(stack, processes, dsn)
        there.start_api_server(processes, "api-server")
        processes.wait_until(there.rest.is_up, "the API server below a prefix", 300)
        yield there


def _live(stack: Stack, processes: Processes, dsn: str) -> None:
    """Pull two midnights of an account with many offices."""
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    world = {"offices": str(OFFICES), "products": "4", "clock": "frozen", "start": (midnight - 72 * HOUR).isoformat()}
    key = stack.airflow.keys.api_key
    simulation = Simulation(free_port(), key, world)
    simulation.start(processes, stack.airflow.environment())
    simulation.wait_until_up(processes)
    settings = Settings(business_time_zone="UTC")
    with psycopg.connect(dsn) as connection:
        sync_settings(connection, settings)
    observer = Observer(simulation, dsn, key, settings)
    nights = [midnight - 24 * HOUR, midnight]
    with project_clock():
        observer.see(nights[0])
        asyncio.run(observer.pull_names())
        asyncio.run(
            observer.live_through(
                [Moment(night + dt.timedelta(seconds=30), night - HOUR, (night - 24 * HOUR,)) for night in nights]
            )
        )
    postgres.execute(dsn, f"UPDATE inventory.product SET name = $attack${ATTACK}$attack$")


@pytest.fixture
def page(airflow: LocalAirflow, browser: Browser, logins: Logins) -> Iterator[Page]:
    """A page of the administrator, below the prefix. The browser is opened after the account has lived."""
    with logged_in(browser, airflow, logins=logins) as page:
        yield page


def test_two_hundred_offices_below_a_prefix(page: Page, airflow: LocalAirflow, artefacts: Path) -> None:
    page.goto("./")
    expect(page.get_by_role("region", name="Inventory", exact=True)).to_contain_text(f"{OFFICES} offices")
    page.get_by_role("link", name="Inventory", exact=True).click()
    expect(page).to_have_url(f"{airflow.url}/plugin/inventory")
    expect(page.get_by_label("Offices and their freshness").get_by_role("row")).to_have_count(1 + OFFICES)
    page.get_by_role("link", name="Coverage", exact=True).click()
    expect(page.get_by_label("Days of each office, by how they are known").get_by_role("row")).to_have_count(
        1 + OFFICES
    )
    page.wait_for_timeout(1000)  # until the chart is drawn, for the picture
    page.screenshot(path=artefacts / "page-200-offices.png")


def test_a_name_is_text_and_nothing_else(page: Page, artefacts: Path) -> None:
    for path in ("stock?office=101", "stock"):
        page.goto(f"plugin/inventory/{path}")
        page.get_by_role("combobox", name="Product").fill("onerror")
        expect(page.get_by_role("option", name=ATTACK).first).to_be_visible()
    page.get_by_role("option", name=ATTACK).first.click()
    expect(page.get_by_role("heading", name=ATTACK)).to_be_visible()
    page.wait_for_timeout(1000)  # until its charts are drawn: their tooltips and legends hold names, too
    page.screenshot(path=artefacts / "page-hostile-name.png")
    assert page.title() != "taken over"
    assert page.locator("img[src='x']").count() == 0
    printed = page.goto("indicaonline/print/find_products")
    assert printed is not None
    assert printed.headers["content-security-policy"].startswith("default-src 'none'")
    expect(page.get_by_text(ATTACK).first).to_be_visible()
    assert page.title() != "taken over"


def test_only_the_prefix_is_served(airflow: LocalAirflow) -> None:
    root = airflow.url.removesuffix(PREFIX)
    assert httpx.get(f"{root}/indicaonline/static/page.js", trust_env=False).status_code == 404
    assert httpx.get(f"{airflow.url}/indicaonline/static/page.js", trust_env=False).status_code == 200
    assert httpx.get(f"{airflow.url}/indicaonline/me", trust_env=False).status_code == 401
