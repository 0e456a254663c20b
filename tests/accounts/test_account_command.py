"""The command ``indicaonline`` with several accounts."""

from __future__ import annotations

import json
from collections.abc import Callable

import psycopg
import pytest

from indicaonline.cli import main
from indicaonline.settings import DSN
from servers.ports import free_port
from servers.postgres import Server, query

REVISION = "The warehouse is at revision 0001_baseline."
Command = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def dsns(new_warehouse: Callable[..., str], monkeypatch: pytest.MonkeyPatch, postgres: Server) -> dict[str, str]:
    """Three accounts: empty databases of north and west, and a server of south that is down."""
    found = {"north": new_warehouse("template1"), "west": new_warehouse("template1")}
    down = f"postgresql://me:secret-word@127.0.0.1:{free_port()}/nothing"
    monkeypatch.setenv("INDICAONLINE_ACCOUNTS", json.dumps({"north": {}, "south": {}, "west": {}}))
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    monkeypatch.delenv(DSN, raising=False)
    for account, dsn in {**found, "south": down}.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_INVENTORY_WAREHOUSE_{account.upper()}", dsn)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command; gives its exit code, and the lines that it printed and reported."""

    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


def kept_account(dsn: str) -> object:
    """The account that a warehouse says it belongs to."""
    return query(dsn, "SELECT value FROM ops.setting WHERE name = 'account'")


def test_migrate_goes_on_after_an_account_that_is_down(dsns: dict[str, str], run: Command) -> None:
    code, printed, reported = run("migrate")
    assert code == 1
    assert printed == [f"north: {REVISION}", f"west: {REVISION}"]
    (line,) = reported
    assert line.startswith("indicaonline: south: The warehouse cannot be reached")
    assert "secret-word" not in line
    assert [kept_account(dsn) for dsn in dsns.values()] == [[("north",)], [("west",)]]

    code, printed, reported = run("migrate", "--check")
    assert (code, printed, len(reported)) == (
        1,
        ["north: Nothing would change.", "west: Nothing would change."],
        1,
    )
    code, printed, reported = run("settings")
    assert (code, len(reported)) == (1, 1)
    assert {line.split(": ")[0] for line in printed} == {"north", "west"}
    assert "north: Settings that differ in this environment: 0." in printed


def test_a_command_works_on_one_account(dsns: dict[str, str], run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--account", "north", "migrate") == (0, [f"north: {REVISION}"], [])
    code, _, (reason,) = run("accept", "1")
    assert (code, "names accounts: name one of north, south, west" in reason) == (1, True)
    code, _, (reason,) = run("--account", "north", "accept", "1")
    assert (code, reason.startswith("indicaonline: north: ")) == (1, True)
    monkeypatch.setenv("INDICAONLINE_ACCOUNT", "west")
    assert run("migrate") == (0, [f"west: {REVISION}"], [])
    code, _, (reason,) = run("--account", "east", "migrate")
    assert (code, "There is no account 'east'" in reason) == (1, True)


def test_a_dsn_is_the_warehouse_of_one_account(
    dsns: dict[str, str], run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DSN, dsns["north"])
    code, printed, (reason,) = run("migrate")
    assert (code, printed) == (1, [])
    assert "is the warehouse of one account: name the account with --account" in reason
    assert run("--account", "north", "migrate") == (0, [f"north: {REVISION}"], [])
    # A DSN that was left over from another account.
    for command in (("migrate",), ("settings", "--apply"), ("rebuild", "2025-03-01")):
        code, _, (reason,) = run("--account", "west", *command)
        assert (code, "This is the warehouse of account north, not of west" in reason) == (1, True), command
    with psycopg.connect(dsns["north"]) as connection:
        assert connection.execute("SELECT count(*) FROM ops.rebuild").fetchone() == (0,)
    assert kept_account(dsns["north"]) == [("north",)]
