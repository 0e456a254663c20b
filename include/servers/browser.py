"""A browser with a user who has logged in to Airflow, for the tests and for pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect, sync_playwright

from servers.airflow import USER, LocalAirflow

PATIENCE = 240_000
"""Milliseconds: a machine may be busy with other things."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: it cannot be had as root. The rest keeps a browser from calling home.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def logged_in(chromium: str, airflow: LocalAirflow, user: str = USER, *, dark: bool = False) -> Iterator[Page]:
    """Yield a page of a user who has just logged in; times are shown and entered in UTC."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        page = browser.new_page(
            viewport={"width": 1400, "height": 1200},
            # With a slash at its end, so that addresses without one at their start are below a prefix.
            base_url=f"{airflow.url}/",
            timezone_id="UTC",
            color_scheme="dark" if dark else "light",
        )
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.goto("./")
        page.fill("input[name=username]", user)
        page.fill("input[name=password]", airflow.password(user))
        page.click("button[type=submit]")
        page.get_by_text("Dags", exact=True).first.wait_for()
        yield page
        browser.close()


def find_chromium() -> str | None:
    """Return the browser that CHROMIUM names, or one on the path; None if there is none."""
    wished = os.environ.get("CHROMIUM")
    return shutil.which(wished) if wished else next(filter(None, map(shutil.which, NAMES)), None)
