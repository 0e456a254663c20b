"""The page *Inventory* in a real Airflow and a real browser: its views, its buttons, and who may use them.

Pictures of every view are saved in .pytest_cache/pictures, in light and dark.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from indicaonline.ui.app import app
from servers import postgres
from servers.rest import RestError
from system_decisions import answered, decision, end_waiting, hold_back
from system_life import Past
from system_rig import HELD_BACK, UPDATES, SystemRig

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.timeout(900)]

HOME = "plugin/inventory"
VIEWS = {
    "now": ("", "Offices"),
    "coverage": ("/coverage", "All offices"),
    "held-back": ("/held-back", "Pulls that wait for a decision"),
    "stock": ("/stock?product={product}", "Stock now, in all offices"),
    "stock-of-an-office": ("/stock?office={office}", "Stock now"),
    "packages": ("/packages?package={package}", "Lab results"),
    "ledger": ("/ledger", "Pulls"),
}


Visit = Callable[..., AbstractContextManager[Page]]


def read(rig: SystemRig, path: str) -> httpx.Response:
    """Request a route of the page without a login."""
    return httpx.get(f"{rig.stack.airflow.url}/indicaonline/{path}", trust_env=False, timeout=60)


def address(rig: SystemRig, path: str) -> str:
    """The address of a view, with a product, an office and a package that have a history."""
    ((product, package),) = rig.query(
        "SELECT product_id, package_id FROM mart.lab_result ORDER BY product_id, package_id LIMIT 1"
    )
    return HOME + path.format(product=product, package=package, office=rig.offices[0])


def heading(page: Page, text: str) -> None:
    """Wait until a panel is shown, and the rows of all panels with it."""
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()
    expect(page.get_by_label("Reading the warehouse")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_is_shown(visit: Visit, rig: SystemRig, theme: str, artefacts: Path) -> None:
    problems: list[str] = []
    with visit(dark=theme == "dark") as page:
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        for name, (path, title) in VIEWS.items():
            page.goto(address(rig, path))
            heading(page, title)
            assert page.get_by_role("alert").all_text_contents() == [], name
            width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert width[0] <= width[1], f"{name} is wider than the window"
            page.wait_for_timeout(500)  # until charts are drawn, for the picture
            page.screenshot(path=artefacts / f"page-{name}-{theme}.png")
            page.set_viewport_size({"width": 820, "height": 1180})  # a tablet
            assert page.evaluate("document.documentElement.scrollWidth") <= 820, name
            page.set_viewport_size({"width": 1280, "height": 1000})
        page.goto("./")
        expect(page.get_by_role("region", name="Inventory", exact=True)).to_contain_text("changes pulled")
        page.screenshot(path=artefacts / f"page-home-{theme}.png")
    assert problems == []


def test_a_view_shows_its_sql_and_gives_a_csv(page: Page, rig: SystemRig) -> None:
    page.goto(HOME)
    heading(page, "Offices")
    page.get_by_role("button", name="SQL of offices").click()
    sql = page.get_by_role("dialog").locator("pre")
    expect(sql).to_contain_text("FROM mart.office")
    assert len(rig.query(sql.inner_text().replace("%", "%%"))) == len(rig.offices)
    page.get_by_role("button", name="Close").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of offices").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith("office_id,office_name,")
    assert len(lines) == 1 + len(rig.offices)


def test_hours_are_closed_from_the_calendar(page: Page, rig: SystemRig, past: Past) -> None:
    """The hours of a past day that nobody pulled: a dry run says what will happen, a second click does it."""
    office = rig.offices[0]
    covered = "SELECT hours_covered FROM mart.coverage WHERE office_id = %s AND business_date = %s"
    open_days = "SELECT min(business_date) FROM mart.coverage WHERE office_id = %s AND hours_covered < 20"
    ((day,),) = rig.query(open_days, office)
    assert day == past.day(6), "the hours before the first pull"
    with rig.unpaused(UPDATES):
        page.goto(f"{HOME}/coverage?office={office}&day={day}")
        before = {backfill["id"] for backfill in rig.rest.call("GET", f"backfills?dag_id={UPDATES}")["backfills"]}
        page.get_by_role("button", name="Close the hours from").first.click()
        dialog = page.get_by_role("dialog")
        runs = dialog.get_by_role("list", name="Runs of the dry run")
        expect(runs.get_by_role("listitem").first).to_be_visible()
        dialog.get_by_role("button", name="Close these hours").click()
        expect(dialog).to_contain_text("The backfill is created")
        (made,) = [
            each
            for each in rig.rest.call("GET", f"backfills?dag_id={UPDATES}")["backfills"]
            if each["id"] not in before
        ]
        rig.stack.processes.wait_until(lambda: rig.query(covered, office, day)[0][0] >= 23, "covered hours", 600)
        if not made["completed_at"]:
            # The other hours of the gap are covered now: their runs would send no request.
            # It may have just ended.
            with suppress(RestError):
                rig.rest.call("PUT", f"backfills/{made['id']}/cancel")


def test_a_missing_day_has_no_button(page: Page, rig: SystemRig, past: Past) -> None:
    page.goto(f"{HOME}/coverage?office={rig.offices[0]}&day={past.day(2)}")
    expect(page.get_by_text("The stock of this day cannot be known, and no backfill can change that.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=False)).to_have_count(0)


@pytest.mark.parametrize(("button", "status"), [("Accept", "accepted"), ("Dismiss", "dismissed")])
def test_a_held_back_pull_is_decided(page: Page, rig: SystemRig, button: str, status: str) -> None:
    pull, question = hold_back(rig, rig.offices[0])
    try:
        page.goto(f"{HOME}/held-back")
        page.get_by_role("button", name="What would vanish").click()
        heading(page, f"Products that pull {pull} lacks")
        page.get_by_role("button", name=f"{button}…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Note").fill("counted by hand")
        dialog.get_by_role("button", name=f"{button} pull {pull}").click()
        expect(page.get_by_text(f"{button} pull {pull}: done")).to_be_visible()
        assert decision(rig, pull)[0] == status
        assert decision(rig, pull)[1].startswith("admin, run manual__")
        assert decision(rig, pull)[2] == "counted by hand"
        # The question under Required Actions is answered with it.
        assert answered(rig, question, button)["state"] == "success"
        assert decision(rig, pull)[0] == status
    finally:
        end_waiting(rig)


def test_a_product_is_checked_now(page: Page, rig: SystemRig) -> None:
    """The button runs a DAG that asks the API, and the answer is an observation of this moment."""
    ((product,),) = rig.query("SELECT product_id FROM mart.inventory_current WHERE quantity > 0 ORDER BY 1 LIMIT 1")
    before = rig.query("SELECT max(pull_id) FROM mart.pull")[0][0]
    page.goto(f"{HOME}/stock?product={product}")
    page.get_by_role("button", name="Check stock now").click()
    page.get_by_role("button", name="Send the request").click()
    seen = page.get_by_role("table", name="Stock seen just now")
    expect(seen.get_by_role("row").nth(1)).to_be_visible()
    ((kind, status, dag, run),) = rig.query(
        "SELECT kind, status, dag_id, run_id FROM mart.pull WHERE pull_id > %s AND product_id = %s",
        before,
        product,
    )
    assert (kind, status, dag) == ("product", "complete", "product_stock")
    assert rig.ended("product_stock", run)["state"] == "success"


def test_a_counted_sheet_is_compared_in_the_browser(page: Page, rig: SystemRig, tmp_path: Path) -> None:
    office = rig.offices[0]
    stock = rig.query(
        "SELECT product_id, quantity FROM mart.inventory_current WHERE office_id = %s AND quantity <> 0"
        " ORDER BY quantity DESC",
        office,
    )
    sheet = tmp_path / "counted.csv"
    (missing, _), (wrong, known), *same = stock
    lines = [f"{product},{quantity}" for product, quantity in same]
    sheet.write_text("\n".join(["product_id,counted", f"{wrong},{known - 1}", *lines]) + "\n")
    page.goto(f"{HOME}/stock?office={office}&show=count&at={rig.now.isoformat().replace('+00:00', 'Z')}")
    page.get_by_label("Counted sheet (CSV)").set_input_files(sheet)
    expect(page.get_by_text("1 product differs from the stock as of")).to_be_visible()
    table = page.get_by_role("table", name="The counted sheet, compared with the stock")
    expect(table.get_by_role("row").nth(1)).to_contain_text("-1")
    assert page.get_by_role("button", name="not counted").inner_text().startswith("not counted (1"), missing


def test_charts_and_calendars_are_read_by_keyboard(page: Page, rig: SystemRig, past: Past) -> None:
    page.goto(address(rig, "/stock?product={product}"))
    heading(page, "Stock over time")
    values = page.get_by_label("Values of Stock at the end of each business day")
    values.focus()
    page.keyboard.press("End")
    expect(values).to_contain_text("business date")
    page.goto(f"{HOME}/coverage?office={rig.offices[0]}&day={past.day(5)}")
    day = page.get_by_role("gridcell", selected=True).get_by_role("button")
    day.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"day={past.day(4)}"))


def test_without_vega_the_page_has_tables(page: Page, rig: SystemRig) -> None:
    """As where the extra is not installed: the server has no JavaScript for charts then."""
    page.route("**/indicaonline/vega.js", lambda route: route.fulfill(status=404))
    page.goto(f"{HOME}/coverage")
    expect(page.get_by_text('Charts need the extra "ui"')).to_be_visible()
    table = page.get_by_role("table", name="Coverage of each business day of each office")
    expect(table.get_by_role("row").nth(len(rig.offices))).to_be_visible()


def test_a_viewer_sees_all_and_may_do_nothing(visit: Visit, rig: SystemRig, past: Past) -> None:
    with visit("viewer") as page:
        page.goto(f"{HOME}/coverage?office={rig.offices[0]}&day={past.day(4)}")
        expect(page.get_by_role("button", name="Publish", exact=False).first).to_be_disabled()
        expect(page.get_by_text("You may not run the DAG inventory_snapshot_daily").first).to_be_visible()
        # The button is a courtesy. Airflow refuses the request itself.
        refused = page.evaluate(
            """async ([path, body]) => (await fetch(new URL(path, document.baseURI), {
                method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body)})).status""",
            [f"api/v2/dags/{HELD_BACK}/dagRuns", {"logical_date": None, "conf": {"pull_id": 1, "decision": "accept"}}],
        )
        assert refused == 403


def test_nothing_is_open_but_static_files(rig: SystemRig) -> None:
    for route in app.routes:
        path = route.path.removeprefix("/").format(name="offices")  # type: ignore[attr-defined]
        if path == "static":
            assert read(rig, "static/page.js").status_code == 200
        else:
            answer = read(rig, path)
            assert answer.status_code == 401, path
            assert "office" not in answer.text
    for path in ("docs", "redoc", "openapi.json", "static/", "static/../app.py", "static/%2e%2e/app.py"):
        assert read(rig, path).status_code in (401, 404), path


def test_a_warehouse_that_is_down_gives_a_sentence(page: Page, rig: SystemRig) -> None:
    warehouse, other = rig.stack.warehouse_dsn, rig.stack.server.dsn()
    page.goto(HOME)
    heading(page, "Offices")
    postgres.execute(other, "ALTER DATABASE indicaonline ALLOW_CONNECTIONS false")
    try:
        postgres.execute(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'indicaonline'")
        page.reload()
        expect(page.get_by_text("The warehouse cannot be read")).to_be_visible()
        expect(page.get_by_text("The warehouse cannot be reached: ").first).to_be_visible()
        page.goto("./")
        expect(page.get_by_role("region", name="Inventory", exact=True)).to_contain_text("the warehouse cannot be read")
    finally:
        postgres.execute(other, "ALTER DATABASE indicaonline ALLOW_CONNECTIONS true")
    assert postgres.query(warehouse, "SELECT 1") == [(1,)]
    page.goto(HOME)
    heading(page, "Offices")
    assert page.get_by_role("alert").all_text_contents() == []
