"""A browser with users who have logged in to Airflow, for the tests and for pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

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

Logins = dict[tuple[str, str], StorageState]
"""The cookies of who has logged in, by the address of an Airflow and the user."""


@contextmanager
def open_browser(chromium: str) -> Iterator[Browser]:
    """Yield a browser; until it is closed in the end, this thread can run no event loop of its own."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium, args=OPTIONS) as browser:
        yield browser


@contextmanager
def logged_in(
    browser: Browser, airflow: LocalAirflow, user: str = USER, *, dark: bool = False, logins: Logins | None = None
) -> Iterator[Page]:
    """Yield a page of a user who is logged in; times are shown and entered in UTC.

    It has a profile of its own, which ends with it. Only the login of a user is kept, in ``logins``: later pages need
    no form.
    """
    logins = {} if logins is None else logins
    who = airflow.url, user
    with browser.new_context(
        viewport={"width": 1400, "height": 1200},
        # With a slash at its end, so that addresses without one at their start are below a prefix.
        base_url=f"{airflow.url}/",
        timezone_id="UTC",
        color_scheme="dark" if dark else "light",
        storage_state=logins.get(who),
    ) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if who not in logins:
            _log_in(page, user, airflow.password(user))
            logins[who] = {"cookies": context.storage_state()["cookies"], "origins": []}
        yield page


def _log_in(page: Page, user: str, password: str) -> None:
    page.goto("./")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.get_by_text("Dags", exact=True).first.wait_for()


def find_chromium() -> str | None:
    """Return the browser that CHROMIUM names, or one on the path; None if there is none."""
    wished = os.environ.get("CHROMIUM")
    return shutil.which(wished) if wished else next(filter(None, map(shutil.which, NAMES)), None)
