"""Metadata of this provider for Airflow: the connection type ``indicaonline`` and its form."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

# Airflow reads this module at the start of each of its processes. So it imports neither the hook nor the client.
from indicaonline.api.config import DEFAULT_HOST, STANDARD_FIELDS, connection_fields
from indicaonline.declaration import Field, plain_text

DISTRIBUTION = "airflow-indicaonline"
# The parts of a JSON Schema that the form of a connection uses.
_IN_A_FORM = ("default", "minimum", "maximum", "enum", "format")
_AIRFLOWS = tuple(STANDARD_FIELDS.values())


def get_provider_info() -> dict[str, Any]:
    """Return the description of the provider. The entry point ``apache_airflow_provider``."""
    # The names, and their hyphens, are those of provider_info.schema.json in Airflow.
    return {
        "package-name": DISTRIBUTION,
        "name": "IndicaOnline",
        "description": "Inventory history from the IndicaOnline Open API.",
        "versions": [_version()],
        "hooks": [{"integration-name": "IndicaOnline", "python-modules": ["indicaonline.hooks.indicaonline"]}],
        "integrations": [
            {
                "integration-name": "IndicaOnline",
                "external-doc-url": "https://indicaonline.com/",
                "tags": ["service"],
            }
        ],
        "connection-types": [
            {
                "connection-type": "indicaonline",
                "hook-class-name": "indicaonline.hooks.indicaonline.IndicaOnlineHook",
                "hook-name": "IndicaOnline",
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
