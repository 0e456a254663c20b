"""The charts in a browser: with a strict content security policy, in a zone west of UTC, from untrusted rows."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from demo.plots.__main__ import fetch_rows
from demo.plots.drawing import to_json
from documents.past import as_analyst
from indicaonline.ui.charts import chart_names, count_panels, load_spec
from indicaonline.ui.vega_bundle import bundle

pytestmark = pytest.mark.browser
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src 'self'"
EVIL = "<img src=x onerror=document.title='ran'>"
PAGE = '<!doctype html><meta charset="utf-8"><div id="chart"></div><script type="module" src="page.js"></script>'
SCRIPT = """
import { vegaEmbed } from "./vega.js";
const spec = await (await fetch("spec.json")).json();
const chart = await vegaEmbed("#chart", spec, { actions: false, ast: true, renderer: "canvas" });
chart.view.addEventListener("click", (event, item) => { window.clicked = item?.datum; });
window.view = chart.view;
document.body.dataset.drawn = "yes";
"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Serves one chart, its script and the bundle."""

    texts: dict[str, str]

    def do_GET(self) -> None:
        text = self.texts.get(self.path)
        self.send_response(200 if text is not None else 404)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *_: object) -> None:
        """Keep the output of tests clean."""


@pytest.fixture(scope="module")
def rows(documents_dsn: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of every chart as JSON has them; quantities are text, as a server may send them."""
    return {
        name: [{column: _sent(value) for column, value in row.items()} for row in some]
        for name, some in fetch_rows(as_analyst(documents_dsn), chart_names()).items()
    }


def _sent(value: Any) -> Any:
    return str(value) if type(value).__name__ == "Decimal" else to_json(value)


@pytest.fixture(scope="module")
def browser_page(browser: Browser) -> Iterator[tuple[Page, dict[str, str], list[str]]]:
    """A page in Los Angeles, the texts it is served, and its errors."""
    texts = {"/": PAGE, "/page.js": SCRIPT, "/vega.js": bundle() or "", "/favicon.ico": ""}
    handler = type("Handler", (Pages,), {"texts": texts})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(
            base_url=f"http://127.0.0.1:{server.server_port}",
            timezone_id="America/Los_Angeles",
            viewport={"width": 1280, "height": 900},
        )
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type != "log" else None)
        yield page, texts, errors
        server.shutdown()


Show = Callable[..., Page]


@pytest.fixture
def show(browser_page: tuple[Page, dict[str, str], list[str]]) -> Iterator[Show]:
    """Draws a chart, and at the end checks that the browser reported nothing."""
    page, texts, errors = browser_page

    def draw(name: str, some: list[dict[str, Any]], theme: Any = "light") -> Page:
        spec = load_spec(name, theme, width=1240, **count_panels(load_spec(name), some))
        del spec["title"]
        texts["/spec.json"] = json.dumps({**spec, "datasets": {"rows": some}})
        page.goto("/")
        page.wait_for_selector("body[data-drawn]", timeout=60_000)
        return page

    yield draw
    found, errors[:] = list(errors), []
    assert not found


def point_at(page: Page, condition: str) -> tuple[float, float]:
    """Return where the middle of the item whose datum meets a condition in JavaScript is, on the page."""
    found: list[float] = page.evaluate(
        """([condition]) => {
            const wanted = (datum) => datum.business_date === condition.day && datum.office_id === condition.office;
            let at = null;
            const visit = (item, x, y) => {
                if (item.marktype === "rect" || item.marktype === "rule") for (const one of item.items) {
                    if (one.datum && wanted(one.datum)) {
                        const b = one.bounds; at = [x + (b.x1 + b.x2) / 2, y + (b.y1 + b.y2) / 2];
                    }
                } else if (item.marktype === "group") for (const group of item.items) {
                    for (const inner of group.items) visit(inner, x + (group.x || 0), y + (group.y || 0));
                }
            };
            visit(view.scenegraph().root, 0, 0);
            const [ox, oy] = view.origin(), box = document.querySelector("#chart canvas").getBoundingClientRect();
            return [at[0] + ox + box.x, at[1] + oy + box.y];
        }""",
        [json.loads(condition)],
    )
    return found[0], found[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", chart_names())
def test_every_chart_is_drawn_without_evaluating_text(
    name: str, theme: str, show: Show, rows: dict[str, list[dict[str, Any]]]
) -> None:
    page = show(name, rows[name], theme)
    assert page.get_attribute("#chart", "aria-label") == load_spec(name)["description"]
    box = page.locator("#chart canvas").bounding_box()
    assert box is not None
    assert 300 < box["width"] <= 1280
    colours = page.evaluate(
        """() => { const c = document.querySelector("#chart canvas");
        return new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size; }"""
    )
    assert colours > 20, "something is drawn"


def test_a_day_is_found_by_pointer_and_does_not_move(show: Show, rows: dict[str, list[dict[str, Any]]]) -> None:
    some = [{**row, "office_name": EVIL} if row["office_id"] == 101 else row for row in rows["coverage_calendar"]]
    page = show("coverage_calendar", some)
    x, y = point_at(page, '{"day": "2026-02-05", "office": 101}')
    page.mouse.move(x, y)
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.get_by_text("2026-02-05").wait_for()
    assert EVIL in tooltip.inner_text(), "a name is text"
    page.mouse.click(x, y)
    clicked = page.evaluate("[window.clicked.office_id, window.clicked.business_date, window.clicked.weekday]")
    assert clicked == [101, "2026-02-05", 3], "a Thursday"
    assert page.title() != "ran"


def test_the_stock_of_a_day_is_read_on_hover(show: Show, rows: dict[str, list[dict[str, Any]]]) -> None:
    some = [row for row in rows["stock_over_time"] if row["measurement"] == "unit" and row["office_id"] == 108]
    page = show("stock_over_time", some)
    (row,) = (row for row in some if row["business_date"] == "2026-02-12")
    page.mouse.move(*point_at(page, '{"day": "2026-02-12", "office": 108}'))
    page.locator("#vg-tooltip-element").get_by_text("carried forward").wait_for()
    assert f"{row['quantity']} (unit)" in page.locator("#vg-tooltip-element").inner_text()


def test_new_rows_replace_the_old_ones(show: Show, rows: dict[str, list[dict[str, Any]]]) -> None:
    page = show("coverage_calendar", rows["coverage_calendar"])
    count = """async ([rows]) => { if (rows) await view.data("rows", rows).runAsync();
        let crosses = 0;
        const visit = (item) => { if (item.name === "child_layer_1_marks") crosses += item.items.length;
        for (const inner of item.items || []) visit(inner); }; visit(view.scenegraph().root); return crosses; }"""
    assert page.evaluate(count, [None]) == 0
    missing = [{**row, "status": "missing"} for row in rows["coverage_calendar"][:7]]
    assert page.evaluate(count, [missing]) == 7
