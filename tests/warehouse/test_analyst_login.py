"""The logins of analysts: the documented one, and those that the demo and docker compose make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

REPOSITORY = Path(__file__).resolve().parents[2]
SETTINGS = {"search_path": "mart", "default_transaction_read_only": "on", "statement_timeout": "5min"}
SOURCES = ("docs/operations.md", "deploy/databases.sql", "include/servers/stack.py")
_SET = r"ALTER ROLE \w+ SET (\w+) = '?(\w+)'?;"


def login_statements() -> str:
    """Return the statements of the documents with which an administrator creates a login."""
    (shown,) = re.findall(r"```sql\n(CREATE ROLE bob .*?)```", (REPOSITORY / SOURCES[0]).read_text(), re.DOTALL)
    return shown


@pytest.fixture
def bob(warehouse_dsn: str) -> Iterator[str]:
    """A login made as documented. Roles belong to the whole server."""
    with psycopg.connect(warehouse_dsn, autocommit=True) as connection:
        connection.execute(login_statements().encode())
        yield make_conninfo(warehouse_dsn, user="bob", password="choose one")
        connection.execute("DROP OWNED BY bob")
        connection.execute("DROP ROLE bob")


@pytest.mark.parametrize("source", SOURCES)
def test_every_login_that_is_made_gets_the_same_settings(source: str) -> None:
    first = (REPOSITORY / source).read_text().partition("CREATE SCHEMA")[0]
    assert dict(re.findall(_SET, first)) == SETTINGS


def test_the_role_that_a_migration_makes_has_them(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        (found,) = connection.execute(
            "SELECT rolconfig FROM pg_roles WHERE rolname = 'indicaonline_analyst'"
        ).fetchall()
    assert dict(setting.split("=") for setting in found[0]) == SETTINGS


def test_an_analyst_needs_no_schema_cannot_write_and_is_bounded(bob: str) -> None:
    with psycopg.connect(bob, autocommit=True) as connection:
        connection.execute("SELECT office_name FROM office")
        connection.execute("SELECT quantity FROM inventory_as_of(now())")
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5min",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TEMPORARY TABLE mine (a integer)")
        # The time-out that a session sets holds as well.
        connection.execute("SET statement_timeout = 1")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(60)")
        # Without the read-only default, rights still forbid it.
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mart.mine (a integer)")
