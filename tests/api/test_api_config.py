"""The connection's fields: defaults, kinds of input, and errors that name the field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.api.config import DEFAULT_PATHS, ApiConfig
from indicaonline.errors import SettingError

KEY = "a-secret-key-0123456789"
build = ApiConfig.from_connection_fields


def test_an_empty_form_but_for_the_key_is_the_public_api() -> None:
    config = build(password=f" {KEY}\n")
    assert config == ApiConfig(key=KEY)
    assert config.base_url == "https://api.indicaonline.com"
    assert config.path("offices") == "/open_api/v2.3/offices"
    assert config.page_size == 500
    assert config.office_ids == []


@pytest.mark.parametrize(
    ("host", "schema", "port", "url"),
    [
        ("api.example.com", None, None, "https://api.example.com"),
        ("api.example.com/", "http", 8080, "http://api.example.com:8080"),
        ("http://127.0.0.1:8080", None, None, "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080", "https", 1, "http://127.0.0.1:8080"),
        ("https://[::1]:8443", None, None, "https://[::1]:8443"),
        (" https://API.example.com ", "", None, "https://api.example.com"),
    ],
)
def test_host_schema_and_port_make_one_address(host: str, schema: str | None, port: int | None, url: str) -> None:
    assert build(host, schema, port, KEY).base_url == url


def test_extras_come_as_json_or_as_text() -> None:
    typed = {"page_size": 50, "requests_per_second": 2.5, "office_ids": [12, 15], "timestamp_unit": "milliseconds"}
    text = {"page_size": "50", "requests_per_second": "2.5", "office_ids": "12, 15", "timestamp_unit": "milliseconds"}
    assert build(password=KEY, extra=typed) == build(password=KEY, extra=text)
    assert build(password=KEY, extra=text).office_ids == [12, 15]


@pytest.mark.parametrize("ids", ["12,15", "12 15", "[12, 15]", [12, "15", 12], "12;15,"])
def test_office_ids_are_read_in_many_forms(ids: object) -> None:
    assert build(password=KEY, extra={"office_ids": ids}).office_ids == [12, 15]


def test_emptied_fields_mean_the_default() -> None:
    extra = {"version": "", "page_size": None, "office_ids": "", "path_offices": ""}
    assert build("", "", None, KEY, extra) == ApiConfig(key=KEY)


def test_paths_are_overridden_one_by_one() -> None:
    config = build(password=KEY, extra={"paths": '{"brands": "brands"}', "path_offices": "/locations/"})
    assert config.paths == {**DEFAULT_PATHS, "brands": "brands", "offices": "locations"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"password": None}, "password field"),
        ({"password": "abc"}, "password field"),
        ({"password": "two words here"}, "password field"),
        ({"host": "ftp://x"}, "schema"),
        ({"host": "https://x/open_api"}, "host"),
        ({"host": "https://x:port"}, "host"),
        ({"host": "https://me:pw@x"}, "host"),
        ({"extra": {"page_size": 501}}, "page_size"),
        ({"extra": {"page_size": "many"}}, "page_size"),
        ({"extra": {"page_size": 0}}, "page_size"),
        ({"extra": {"concurrency": 0}}, "concurrency"),
        ({"extra": {"requests_per_second": 0}}, "requests_per_second"),
        ({"extra": {"office_ids": "twelve"}}, "office_ids"),
        ({"extra": {"office_ids": [0]}}, "office_ids"),
        ({"extra": {"office_ids": True}}, "office_ids"),
        ({"extra": {"timestamp_unit": "minutes"}}, "timestamp_unit"),
        ({"extra": {"version": "2.3/../x"}}, "version"),
        ({"extra": {"header": "X Key"}}, "header"),
        ({"extra": {"skip_parameter": "a&b"}}, "skip_parameter"),
        ({"extra": {"paths": "offices"}}, "paths"),
        ({"extra": {"paths": {"shops": "shops"}}}, "shops"),
        ({"extra": {"path_offices": "a b"}}, "offices"),
        ({"extra": {"page_sise": 5}}, "page_sise"),
    ],
)
def test_errors_are_one_line_that_names_the_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingError, match=named) as raised:
        build(**{"password": KEY, **fields})
    assert "\n" not in str(raised.value)
    assert KEY not in str(raised.value)


def test_the_key_is_in_no_representation() -> None:
    config = ApiConfig(key=KEY)
    assert KEY not in repr(config)
    assert KEY not in f"{config}"
    assert "v2.3" in repr(config)


@given(st.dictionaries(st.sampled_from(["page_size", "version", "office_ids", "paths"]), st.text() | st.floats()))
def test_no_extra_raises_anything_else(extra: dict[str, object]) -> None:
    try:
        config = build(password=KEY, extra=extra)
    except SettingError as error:
        assert KEY not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert 1 <= config.page_size <= 500
