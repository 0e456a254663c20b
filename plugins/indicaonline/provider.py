"""What Airflow is told about this distribution: the connection type ``indicaonline`` and its form.

Read by the scheduler and the API server at start, so neither the hook nor the client is imported here.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from indicaonline.api.config import DEFAULT_HOST, STANDARD_FIELDS, connection_fields
from indicaonline.declaration import Field, plain_text

DISTRIBUTION = "airflow-indicaonline"
_AIRFLOWS = tuple(STANDARD_FIELDS.values())
_IN_A_FORM = ("default", "minimum", "maximum", "enum", "format")


def get_provider_info() -> dict[str, Any]:
    """The provider's description, as Airflow's ``provider_info.schema.json`` asks for it."""
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
    """The fields that have a label and that Airflow does not have itself."""
    fields = connection_fields()
    return {name: _widget(fields[name]) for name in fields if fields[name].title and name not in _AIRFLOWS}


def _widget(field: Field) -> dict[str, Any]:
    schema = {key: field.schema[key] for key in _IN_A_FORM if field.schema.get(key) not in (None, "", [])}
    kind = field.schema.get("type")
    # A form gives null for a field that was emptied: it means the default, as does a missing field.
    schema["type"] = [kind if kind in ("integer", "number") else "string", "null"]
    return {"label": field.title, "description": plain_text(field.description), "schema": schema}
