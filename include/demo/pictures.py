"""``make pictures``: takes the pictures of docs/page.md, of the page *Inventory* in the running demo."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from playwright.sync_api import Page, expect
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from demo.folder import FOLDER, analyst_login
from indicaonline.warehouse.sql import read_sql
from servers.airflow import REPOSITORY, LocalAirflow
from servers.browser import find_chromium, logged_in, open_browser
from servers.console import Stop, say
from servers.keys import kept_keys

PICTURES = {
    "now": "plugin/inventory",
    "coverage": "plugin/inventory/coverage",
    "coverage-day": "plugin/inventory/coverage?office={office}&day={carried_day}",
    "held-back": "plugin/inventory/held-back",
    "stock": "plugin/inventory/stock?product={product}",
    "packages": "plugin/inventory/packages?vendor={vendor}",
    "package": "plugin/inventory/packages?package={package}",
    "ledger": "plugin/inventory/ledger",
    "home": "./",
}
"""The address of each picture; names in braces are columns of ``include/sql/demo/picture_examples.sql``."""


def main() -> int:
    """Take all pictures; returns the exit code."""
    try:
        for path in take(REPOSITORY / "docs" / "images"):
            say(f"  {path.relative_to(REPOSITORY)}")
    except Stop as reason:
        say(str(reason))
        return 1
    return 0


def take(folder: Path) -> Iterator[Path]:
    """Yield each picture once it is taken. Raises :class:`~servers.console.Stop` without a demo or a browser."""
    examples = _examples()
    chromium = find_chromium()
    if chromium is None:
        raise Stop("No Chromium found: install it, or name it with CHROMIUM=<path>.")
    port = int(os.environ.get("DEMO_PORT") or 8080)
    airflow = LocalAirflow(FOLDER / "airflow", port, "", kept_keys(FOLDER / "keys.json"))
    with open_browser(chromium) as browser, logged_in(browser, airflow) as page:
        page.set_viewport_size({"width": 1280, "height": 900})
        for name, address in PICTURES.items():
            page.goto(address.format_map(examples))
            _wait(page)
            path = folder / f"page-{name}.png"
            page.screenshot(path=path)
            yield path


def _examples() -> dict[str, str]:
    with psycopg.connect(make_conninfo(**analyst_login()), row_factory=dict_row) as connection:
        row = connection.execute(read_sql("demo/picture_examples").encode()).fetchone()
    if row is None:
        raise Stop("The demo has no history yet: wait until it has printed its addresses.")
    return {name: str(value) for name, value in row.items()}


def _wait(page: Page) -> None:
    page.get_by_role("heading").first.wait_for()
    expect(page.get_by_label("Reading the warehouse")).to_have_count(0)
    page.wait_for_timeout(1500)  # charts have no end that can be awaited


if __name__ == "__main__":
    sys.exit(main())
