"""The app of the page: it only reads, nothing of it is open but static files, and tasks do not import it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fastapi.routing import APIRoute
from starlette.routing import Mount

from indicaonline.plugin.page import REACT_APPS
from indicaonline.ui.access import may_read, may_read_any
from indicaonline.ui.app import STATIC, app

LIGHT = """
import sys
import indicaonline.plugin
heavy = [name for name in sys.modules if name.startswith(("airflow.api_fastapi", "fastapi", "indicaonline.ui"))]
sys.exit(", ".join(heavy) or 0)
"""


def test_every_route_reads_and_is_guarded() -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert routes
    for route in routes:
        assert route.methods == {"GET"}, route.path
        assert {may_read, may_read_any} & {each.call for each in route.dependant.dependencies}, route.path


def test_nothing_else_is_served_but_files() -> None:
    """Not even the generated documentation, which Airflow would serve to anybody."""
    others = [route for route in app.routes if not isinstance(route, APIRoute)]
    assert all(isinstance(route, Mount) for route in others), others


def test_the_plugin_is_light_for_tasks() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_addresses_are_relative_and_their_files_exist() -> None:
    """With a leading slash they would be wrong under a URL prefix."""
    for registered in REACT_APPS:
        for key in ("bundle_url", "icon", "icon_dark_mode"):
            if address := registered.get(key):
                assert not address.startswith("/")
                assert (STATIC / Path(address).name).is_file(), address


def test_no_script_makes_markup_of_data() -> None:
    for script in STATIC.rglob("*.js"):
        text = script.read_text()
        for forbidden in (
            "dangerouslySetInnerHTML",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "https://",
        ):
            assert forbidden not in text, f"{script.name} uses {forbidden}"
