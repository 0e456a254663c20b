"""Metadata of this provider for Airflow: its modules, its connection type with the form, and its options."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

# Airflow reads this module at the start of each of its processes. So it imports neither the hook nor the client.
from indicaonline.airflow_cfg import SECTION
from indicaonline.api.config import DEFAULT_HOST, STANDARD_FIELDS, connection_fields
from indicaonline.declaration import Field, fields_of, plain_text, shown, texts_under_fields
from indicaonline.settings import Settings

DISTRIBUTION = "airflow-indicaonline"
NAME = "IndicaOnline"
OPERATORS = (
    "contract_check",
    "export",
    "freshness",
    "held_pulls",
    "inventory_snapshot",
    "inventory_updates",
    "maintenance",
    "metrc",
    "movements",
    "packages",
    "product_stock",
    "reference_data",
    "run_summary",
)
# The parts of a JSON Schema that the form of a connection uses.
_IN_A_FORM = ("default", "minimum", "maximum", "enum", "format")
_AIRFLOWS = tuple(STANDARD_FIELDS.values())


def get_provider_info() -> dict[str, Any]:
    """Return the description of the provider. The entry point ``apache_airflow_provider``."""
    # The names, and their hyphens, are those of provider_info.schema.json in Airflow.
    return {
        "package-name": DISTRIBUTION,
        "name": NAME,
        "description": "Inventory history from the IndicaOnline Open API.",
        "versions": [_version()],
        "hooks": [{"integration-name": NAME, "python-modules": ["indicaonline.hooks.indicaonline"]}],
        "operators": [
            {
                "integration-name": NAME,
                "python-modules": [f"indicaonline.operators.{module}" for module in OPERATORS],
            }
        ],
        "extra-links": ["indicaonline.links.OfficeLink", "indicaonline.links.PullLink"],
        "notifications": ["indicaonline.notifications.AlertNotifier"],
        "asset-uris": [
            {
                "schemes": ["indicaonline"],
                "handler": "indicaonline.assets.sanitize_uri",
                "factory": "indicaonline.assets.create_asset",
            }
        ],
        "config": {
            SECTION: {
                "description": "Settings of airflow-indicaonline. A variable INDICAONLINE_<NAME> overrides an option.",
                "options": _options(),
            }
        },
        "integrations": [
            {
                "integration-name": NAME,
                "external-doc-url": "https://indicaonline.com/",
                "tags": ["service"],
            }
        ],
        "connection-types": [
            {
                "connection-type": "indicaonline",
                "hook-class-name": "indicaonline.hooks.indicaonline.IndicaOnlineHook",
                "hook-name": NAME,
                "ui-field-behaviour": {
                    # Airflow stores conn-fields in extra, so a visible field for extra could contradict them.
                    "hidden-fields": ["login", "schema", "port", "extra"],
                    "relabeling": {name: connection_fields()[name].title for name in _AIRFLOWS},
                    "placeholders": {
                        "host": DEFAULT_HOST,
                        "password": "the static key from IndicaOnline",
                    },
                },
                "conn-fields": _form(),
            }
        ],
    }


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _options() -> dict[str, Any]:
    """Return the settings as options of Airflow's configuration."""
    texts = texts_under_fields(Settings)
    types = {"integer": "integer", "number": "float"}
    return {
        name: {
            "description": plain_text(texts[name]),
            "version_added": "0.1.0",
            "type": types.get(str(field.schema.get("type")), "string"),
            "example": None,
            "default": None if field.default in ("", {}) else shown(field.default),
        }
        for name, field in fields_of(Settings).items()
    }


def _form() -> dict[str, Any]:
    """Return the fields that have a label, except for standard fields of Airflow."""
    fields = connection_fields()
    return {name: _widget(fields[name]) for name in fields if fields[name].title and name not in _AIRFLOWS}


def _widget(field: Field) -> dict[str, Any]:
    schema = {key: field.schema[key] for key in _IN_A_FORM if field.schema.get(key) not in (None, "", [])}
    kind = field.schema.get("type")
    # The form sends null for a field that was emptied. It means the default, as a missing field does.
    schema["type"] = [kind if kind in ("integer", "number") else "string", "null"]
    return {"label": field.title, "description": plain_text(field.description), "schema": schema}
