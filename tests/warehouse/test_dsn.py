"""No part of a user or password is shown, however a DSN or a connection is mistyped."""

from __future__ import annotations

import json

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicaonline.cli import main
from indicaonline.errors import IndicaOnlineError, SettingError
from indicaonline.hooks.warehouse import warehouse_connect
from indicaonline.warehouse.connection import open_connection
from indicaonline.warehouse.dsn import check_dsn, without_user_info

PARTS = ("bob", "first", "SECOND")
MISTYPED = [
    "postgresql://bob:first@SECOND@127.0.0.1:1/db",
    "postgresql://bob:first/SECOND@127.0.0.1:1/db",
    "postgresql://bob:first:SECOND@127.0.0.1/SECOND@db",
    "postgresql://bob:first",
    "postgresql://bob:1/first@SECOND@127.0.0.1/db",
    "postgresql://bob:first%SECOND@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?first=SECOND",
    "host=127.0.0.1 port=1 password=first SECOND user=bob",
    "host=bob:first@SECOND port=1",
    "host=127.0.0.1 port=first",
    "host=127.0.0.1 port=1 dbname=postgresql://bob:first@SECOND/db",
    "bob:first@SECOND",
]
WELL_TYPED = [
    "postgresql://bob:first%40SECOND@127.0.0.1:1/db",
    "host=127.0.0.1 port=1 user=bob password='first SECOND'",
    f"postgresql://bob:first@{'a' * 70}.example/db",
]


def assert_nothing_is_shown(text: str) -> None:
    assert not [part for part in PARTS if part in text], text


@pytest.mark.parametrize("dsn", MISTYPED)
@pytest.mark.parametrize("command", [["migrate"], ["accept", "7"], ["rebuild", "2026-01-31"]])
def test_the_command_shows_nothing_of_a_mistyped_dsn(
    command: list[str], dsn: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--dsn", dsn]) == 1
    out, error = capfd.readouterr()
    assert_nothing_is_shown(out + error)
    assert error.count("\n") == 1
    assert "The DSN" in error
    assert "%40" in error


@pytest.mark.parametrize("dsn", WELL_TYPED)
def test_the_command_shows_nothing_where_the_server_cannot_be_reached(
    dsn: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--dsn", dsn]) == 1
    out, error = capfd.readouterr()
    assert_nothing_is_shown(out + error)
    assert "cannot be reached" in error


def test_a_dsn_with_blanks_and_without_quotes_is_not_quoted(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["migrate", "--dsn", "host=127.0.0.1", "user=bob", "password=first", "SECOND"])
    assert ended.value.code == 2
    error = capfd.readouterr().err
    assert_nothing_is_shown(error)
    assert "put a DSN with blanks in quotes" in error


@pytest.mark.parametrize(
    "connection",
    [
        *(dsn for dsn in MISTYPED if dsn.startswith("postgresql://")),
        json.dumps({"conn_type": "postgres", "host": "bob:first@SECOND@127.0.0.1"}),
        json.dumps({"conn_type": "postgres", "host": "postgresql://bob:first", "port": 1}),
        json.dumps({"conn_type": "postgres", "host": "127.0.0.1", "schema": "first@SECOND", "port": 1}),
        json.dumps({"conn_type": "postgres", "host": "127.0.0.1", "login": "bob", "password": "SECOND", "port": 1}),
    ],
)
def test_the_hook_shows_nothing_of_a_mistyped_connection(connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection)
    with pytest.raises(IndicaOnlineError) as raised:
        open_connection(warehouse_connect("warehouse"))
    assert_nothing_is_shown(str(raised.value))
    assert str(raised.value).isprintable()


@given(st.text(st.sampled_from("ab@:/?#%'\" =1"), max_size=12))
def test_no_password_is_shown_by_the_check(password: str) -> None:
    """Whatever the password does to the DSN: it is read as it was meant, or refused without a quotation."""
    try:
        check_dsn(f"postgresql://bob:QQ{password}QQ@127.0.0.1:1/db")
    except SettingError as error:
        assert "QQ" not in str(error)  # noqa: PT017 - either outcome is right


def test_the_words_of_the_server_lose_the_user() -> None:
    words = 'password authentication failed for user "bob", and no role "SECOND" at \'first@host\''
    assert without_user_info(words) == "password authentication failed for the user, and no the role at '***@host'"


def test_a_wrong_user_is_not_shown(warehouse_dsn: str) -> None:
    with pytest.raises(IndicaOnlineError) as raised:
        open_connection(lambda: psycopg.connect(warehouse_dsn, user="SECOND"))
    assert_nothing_is_shown(str(raised.value))
