"""The connection type in Airflow: its registration, and the agreement of form and code."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk import Asset

from indicaonline import operators
from indicaonline.api.config import ApiConfig
from indicaonline.assets import create_asset, inventory_daily
from indicaonline.environment import load_settings
from indicaonline.errors import SettingError
from indicaonline.provider import get_provider_info
from indicaonline.settings import Settings

KEY = "a-secret-key-0123456789"
INFO = get_provider_info()
(CONNECTION,) = INFO["connection-types"]
FIELDS: dict[str, Any] = CONNECTION["conn-fields"]


def test_it_is_what_airflows_schema_asks_for() -> None:
    root = Path(airflow.__file__).parent
    jsonschema.validate(INFO, json.loads((root / "provider_info.schema.json").read_text()))
    behaviour = {name.replace("-", "_"): value for name, value in CONNECTION["ui-field-behaviour"].items()}
    schema = json.loads((root / "customized_form_field_behaviours.schema.json").read_text())
    jsonschema.validate(behaviour, schema)


def test_airflow_finds_the_installed_provider_and_its_form() -> None:
    manager = ProvidersManager()
    assert "airflow-indicaonline" in manager.providers
    hook = manager.hooks["indicaonline"]
    assert hook is not None
    assert hook.hook_class_name == "indicaonline.hooks.indicaonline.IndicaOnlineHook"
    assert hook.connection_id_attribute_name == "indicaonline_conn_id"
    assert hook.connection_testable
    assert "extra__indicaonline__skip_parameter" in manager.connection_form_widgets
    assert manager.field_behaviours["indicaonline"]["relabeling"]["host"] == "API host"


def test_airflow_finds_everything_else_that_is_named() -> None:
    manager = ProvidersManager()
    assert set(INFO["extra-links"]) <= set(manager.extra_links_class_names)
    assert set(INFO["notifications"]) <= {str(name) for name in manager.notification}
    for name in (*INFO["extra-links"], *INFO["notifications"]):
        module, _, thing = name.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), thing), type)
    folder = Path(operators.__file__).parent
    declared = {name.rpartition(".")[2] for name in INFO["operators"][0]["python-modules"]}
    assert declared == {path.stem for path in folder.glob("*.py")} - {"__init__", "account"}


def test_an_asset_has_one_of_the_uris_of_the_project() -> None:
    settings = Settings(account="north")
    for account, each in (("", Settings()), ("north", settings)):
        made = create_asset(table="inventory_daily", account=account)
        assert made.uri == inventory_daily(each).uri == made.normalized_uri
    with pytest.raises(ValueError, match="An asset URI of IndicaOnline is indicaonline://warehouse/mart/<table>"):
        Asset("indicaonline://warehouse/inventory_daily")


def test_every_setting_is_an_option_of_airflow() -> None:
    options = INFO["config"]["indicaonline"]["options"]
    assert list(options) == list(Settings.__struct_fields__)
    for name, option in options.items():
        assert option["description"].endswith("."), name
        if option["default"] is not None:
            assert load_settings(environment={f"INDICAONLINE_{name.upper()}": option["default"]}) == Settings()


def test_the_forms_defaults_are_the_codes_defaults() -> None:
    extra = {name: field["schema"].get("default") for name, field in FIELDS.items()}
    assert ApiConfig.from_connection_fields(password=KEY, extra=extra) == ApiConfig(key=KEY)


def test_the_form_explains_each_field_in_plain_text() -> None:
    for field in FIELDS.values():
        assert field["label"]
        assert field["description"].endswith(".")
        assert not re.search(r"`|\]\(", field["description"])
        assert field["schema"]["type"] in (["string", "null"], ["integer", "null"], ["number", "null"])
    assert FIELDS["proxy_password"]["schema"]["format"] == "password"


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if "minimum" in field["schema"]])
def test_a_limit_of_the_form_is_that_of_the_check(name: str) -> None:
    schema = FIELDS[name]["schema"]
    expected = f"{name} must be .* from {schema['minimum']:g} to {schema['maximum']:g}"
    for bound, beyond in (("minimum", -0.001), ("maximum", 1)):
        extra = {name: schema[bound]}
        assert ApiConfig.from_connection_fields(password=KEY, extra=extra)
        with pytest.raises(SettingError, match=expected):
            ApiConfig.from_connection_fields(password=KEY, extra={name: schema[bound] + beyond})


@pytest.mark.parametrize("module", ["airflow", "aiohttp", "requests", "indicaonline.hooks", "indicaonline.api.client"])
def test_importing_it_is_cheap(module: str) -> None:
    code = f"import sys, indicaonline.provider as p; p.get_provider_info(); sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
