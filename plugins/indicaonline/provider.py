"""What Airflow is told about this distribution: the connection type ``indicaonline`` and its form.

Read by the scheduler and the API server at start, so nothing heavy is imported here.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

DISTRIBUTION = "airflow-indicaonline"


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
                    "relabeling": {"password": "API key", "host": "API host"},
                    "placeholders": {
                        "host": "https://api.indicaonline.com",
                        "password": "the static key from IndicaOnline",
                    },
                },
                "conn-fields": _fields(),
            }
        ],
    }


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _field(label: str, description: str, **schema: object) -> dict[str, Any]:
    kind = schema.pop("type")
    # A form gives null for a field that was emptied: it means the default, as does a missing field.
    return {"label": label, "description": description, "schema": {"type": [kind, "null"], **schema}}


def _fields() -> dict[str, Any]:
    """The form's own fields; :meth:`ApiConfig.from_connection_fields` checks what they are given."""
    return {
        "version": _field("API version", "The version in the path, after /open_api/.", type="string", default="v2.3"),
        "header": _field("Key header", "The header that carries the API key.", type="string", default="X-Api-Key"),
        "skip_parameter": _field(
            "Skip parameter",
            "How the API calls the number of rows to skip. If pages repeat, the contract check finds the right name.",
            type="string",
            default="offset",
        ),
        "page_size": _field(
            "Page size", "Rows asked for at once.", type="integer", default=500, minimum=1, maximum=500
        ),
        "concurrency": _field(
            "Requests in flight",
            "At most so many requests at once, per task.",
            type="integer",
            default=8,
            minimum=1,
            maximum=64,
        ),
        "requests_per_second": _field(
            "Requests per second",
            "At most so many requests a second, per task.",
            type="number",
            default=10,
            minimum=0.01,
            maximum=10_000,
        ),
        "office_ids": _field(
            "Office ids",
            "The offices to read, such as 12, 15. Empty: all that the API lists.",
            type="string",
        ),
        "timestamp_unit": _field(
            "Timestamp unit",
            "The unit of the Unix time in inventory/updated.",
            type="string",
            default="seconds",
            enum=["seconds", "milliseconds"],
        ),
        "read_timeout": _field(
            "Time for an answer",
            "Seconds until a request is given up.",
            type="number",
            default=60,
            minimum=0.1,
            maximum=3_600,
        ),
        "retry_seconds": _field(
            "Time for retries",
            "Seconds a request is tried again within one try of a task.",
            type="number",
            default=120,
            minimum=0,
            maximum=3_600,
        ),
        "proxy": _field(
            "Proxy",
            "Such as http://user@proxy.example.com:3128. Empty: HTTPS_PROXY and NO_PROXY of the environment."
            " direct: none.",
            type="string",
        ),
        "proxy_password": _field("Proxy password", "Of the user in the proxy.", type="string", format="password"),
        **{
            f"path_{name}": _field(f"Path of {words}", "Below /open_api/<version>/.", type="string", default=path)
            for name, words, path in (
                ("offices", "the offices", "offices"),
                ("products", "the products", "products"),
                ("brands", "the brands", "products/brands"),
                ("categories", "the categories", "products/categories"),
                ("lab_results", "the lab-result names", "products/lab-results"),
            )
        },
    }
