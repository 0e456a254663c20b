"""The connection in Airflow: validated, tested with a readable result, and with its key masked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from airflow.models.connection import Connection
from api_helpers import KEY

from indicaonline.errors import SettingError
from indicaonline.hooks.indicaonline import IndicaOnlineHook
from indicaonline.settings import Settings
from simulator import SimulatorServer

Connect = Callable[..., IndicaOnlineHook]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, simulator: SimulatorServer) -> Connect:
    """Make a connection, and a hook for it."""
    monkeypatch.setenv("INDICAONLINE_NOW", simulator.clock.now().isoformat())

    def connect(**fields: Any) -> IndicaOnlineHook:
        values = {"conn_type": "indicaonline", "host": simulator.url, "password": KEY, **fields}
        monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(values))
        return IndicaOnlineHook("shop")

    return connect


def test_the_connection_becomes_a_client(connect: Connect, simulator: SimulatorServer) -> None:
    hook = connect(extra={"page_size": 20, "office_ids": "101"})
    config = hook.config()
    assert (config.base_url, config.page_size, config.office_ids) == (simulator.url, 20, [101])
    client = hook.client(Settings(max_reads=2, max_clock_skew_minutes=1))
    assert client.config is config
    assert client.transport.max_clock_skew.total_seconds() == 60
    assert asyncio.run(hook.aconfig()) is config
    assert asyncio.run(connect().aclient()).config.base_url == simulator.url


@pytest.mark.parametrize("run", [lambda hook: hook.config(), lambda hook: asyncio.run(hook.aconfig())])
def test_a_missing_connection_is_one_line_that_says_what_to_do(run: Callable[[IndicaOnlineHook], Any]) -> None:
    with pytest.raises(SettingError, match="There is no connection 'nowhere'") as raised:
        run(IndicaOnlineHook("nowhere"))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("extra", ["[1]", "{", '"text"'])
def test_an_extra_that_is_no_object_is_named(connect: Connect, extra: str) -> None:
    with pytest.raises(SettingError, match="extra of connection 'shop'"):
        connect(extra=extra).config()


def test_a_connection_survives_its_uri(simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Test button hands the form to the hook as a URI in the environment."""
    form = Connection(
        conn_id="form",
        conn_type="indicaonline",
        host=simulator.url,
        password=KEY,
        extra=json.dumps({"page_size": 50, "office_ids": "101, 108", "path_offices": None, "version": "v2.2"}),
    )
    monkeypatch.setenv("AIRFLOW_CONN_FORM", form.get_uri())
    config = IndicaOnlineHook("form").config()
    assert config.base_url == simulator.url
    assert (config.key, config.page_size, config.office_ids, config.version) == (KEY, 50, [101, 108], "v2.2")
    monkeypatch.setenv("INDICAONLINE_NOW", simulator.clock.now().isoformat())
    assert form.conn_type == "indicaonline"
    form.conn_id = "form"
    status, message = form.test_connection()
    assert status, message


def test_the_test_says_how_many_offices(connect: Connect) -> None:
    assert connect().test_connection() == (True, "Connected: the key sees 2 offices (101, 108).")
    status, message = connect(extra={"office_ids": "101, 999"}).test_connection()
    assert status
    assert "999" in message


def test_the_test_works_beside_a_running_loop(connect: Connect) -> None:
    async def inside() -> tuple[bool, str]:
        return hook.test_connection()

    hook = connect()
    assert asyncio.run(inside())[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "not-the-right-key"}, "401 .*password field"),
        ({"password": None}, "API key is missing"),
        ({"host": "no-such-host.invalid"}, "is not known to DNS"),
        ({"host": "http://127.0.0.1:1"}, "cannot connect"),
        ({"extra": {"version": "v9.9"}}, "404 .*version"),
        ({"extra": {"path_offices": "shops"}}, "404 .*office_ids"),
        ({"extra": {"page_size": 0}}, "page_size"),
    ],
)
def test_the_test_says_what_is_wrong_and_what_to_do(connect: Connect, fields: dict[str, Any], words: str) -> None:
    status, message = connect(**fields).test_connection()
    assert not status
    assert re.search(words, message)
    assert "\n" not in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "html"}, "not JSON"),
        ({"kind": "status", "status": 503}, "503"),
        ({"kind": "status", "status": 403}, "403"),
        ({"kind": "reset"}, "connection broke"),
        ({"kind": "truncated"}, "cut short"),
    ],
)
def test_the_test_says_what_the_api_does(
    connect: Connect, simulator: SimulatorServer, fault: dict[str, Any], words: str
) -> None:
    simulator.faults.add(**fault)
    status, message = connect().test_connection()
    assert not status
    assert words in message


def test_the_test_says_when_a_clock_is_wrong(connect: Connect, simulator: SimulatorServer) -> None:
    simulator.switches.date_skew_seconds = 86_400
    status, message = connect().test_connection()
    assert not status
    assert "clock" in message


def test_without_an_offices_list_one_of_the_connections_offices_is_proof(
    connect: Connect, simulator: SimulatorServer
) -> None:
    simulator.switches.reference_missing = ["offices"]
    status, message = connect(extra={"office_ids": "108"}).test_connection()
    assert status
    assert "office 108" in message


def test_the_key_shows_in_no_representation(connect: Connect) -> None:
    hook = connect()
    assert KEY not in repr(hook.config())
    assert KEY not in repr(hook.client())
    assert KEY not in repr(vars(hook))
