"""What Airflow mounts and shows of the page *Inventory*."""

from __future__ import annotations

from typing import Any

PREFIX = "/indicaonline"
_STATIC = "indicaonline/static"


class Apps:
    """``fastapi_apps`` of the plugin, imported where Airflow reads them: in the API server."""

    # Every task process loads the plugin, and the app imports Airflow's security: 1.8 s.
    def __get__(self, instance: object, owner: type) -> list[dict[str, Any]]:
        from indicaonline.ui.app import app

        return [{"app": app, "url_prefix": PREFIX, "name": "IndicaOnline inventory"}]


# Addresses are relative, without a leading slash, because Airflow may be served under a prefix.
REACT_APPS = [
    {
        "name": "Inventory",
        "bundle_url": f"{_STATIC}/page.js",
        "destination": "nav",
        "nav_top_level": True,
        "url_route": "inventory",
        "icon": f"{_STATIC}/icon.svg",
        "icon_dark_mode": f"{_STATIC}/icon-dark.svg",
    },
    {
        "name": "Inventory today",
        "bundle_url": f"{_STATIC}/strip.js",
        "destination": "dashboard",
        "url_route": "inventory-today",
    },
]
