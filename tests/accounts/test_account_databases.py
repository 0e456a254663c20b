"""The databases of two accounts on one server: each with its own analysts, and one query over both for the owner."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from indicaonline.environment import load_settings
from indicaonline.errors import WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.analyst import AnalystPool
from indicaonline.warehouse.migrate import migrate
from installed import postgres_of
from rig import Rig
from servers.postgres import Server, execute, program
from simulator import SimulatorServer

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "deploy" / "account_database.sql"
IDS = ("north", "south")
ROLES = ("owner_north", "owner_south", "indicaonline_analyst_north", "indicaonline_analyst_south", "indicaonline")
COMMANDS = re.findall(r"```postgresql\n(.*?)```", (REPOSITORY / "docs" / "accounts.md").read_text(), re.DOTALL)


def settings_of(account: str) -> Settings:
    """The settings of an account."""
    return load_settings(account, environment={"INDICAONLINE_ACCOUNTS": json.dumps({each: {} for each in IDS})})


@contextmanager
def two_databases(server: Server) -> Iterator[dict[str, str]]:
    """What an administrator does, by the script and by the document; gives the pipeline's DSN of each account."""
    try:
        # Migrations of other tests leave the roles of their accounts.
        _drop_roles(server)
        execute(server.dsn(), "CREATE ROLE indicaonline LOGIN PASSWORD 'pipeline' NOSUPERUSER")
        for account in IDS:
            command = [str(program(server.version, "psql")), "--no-psqlrc", "-v", "ON_ERROR_STOP=1", server.dsn()]
            with SCRIPT.open() as script:
                subprocess.run(
                    [*command, "-v", f"account={account}"], stdin=script, check=True, capture_output=True, cwd="/"
                )
        dsns = {each: server.dsn(f"indicaonline_{each}", "indicaonline", "pipeline") for each in IDS}
        for account, dsn in dsns.items():
            assert migrate(lambda dsn=dsn: psycopg.connect(dsn), settings_of(account))  # type: ignore[misc]
        execute(server.dsn(), COMMANDS[0])
        yield dsns
    finally:
        for account in IDS:
            server.drop_database(f"indicaonline_{account}")
        _drop_roles(server)


def _drop_roles(server: Server) -> None:
    execute(server.dsn(), f"DROP ROLE IF EXISTS {', '.join(ROLES)}")


def test_an_analyst_of_one_account_cannot_read_the_other(postgres: Server) -> None:
    with two_databases(postgres) as dsns:
        for mine, other in (IDS, IDS[::-1]):
            user = f"owner_{mine}"
            with psycopg.connect(postgres.dsn(f"indicaonline_{mine}", user, "choose%20one")) as connection:
                assert connection.execute("SELECT count(*) FROM mart.inventory_current").fetchone() == (0,)
                for statement in ("SELECT * FROM ops.pull", f"SET ROLE indicaonline_analyst_{other}"):
                    with pytest.raises(errors.InsufficientPrivilege):
                        connection.execute(statement.encode())
                    connection.rollback()
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(postgres.dsn(f"indicaonline_{other}", user, "choose%20one"))
            # The page reads with the pipeline's user, as the analysts of this account.
            role = settings_of(mine).analyst_role
            pool = AnalystPool(lambda dsn=dsns[mine]: psycopg.connect(dsn), role=role)  # type: ignore[misc]
            assert pool.read("SELECT current_user::text, count(*) FROM mart.office", {}, 5).rows == [(role, 0)]
            pool.close()
            theirs = settings_of(other).analyst_role
            wrong = AnalystPool(lambda dsn=dsns[mine]: psycopg.connect(dsn), role=theirs)  # type: ignore[misc]
            with pytest.raises(WarehouseError, match="permission denied"):
                wrong.read("SELECT count(*) FROM mart.office", {}, 5)
            wrong.close()


def test_a_role_is_a_name_and_nothing_else(new_warehouse: Callable[..., str]) -> None:
    """It is quoted where it becomes part of a statement."""
    dsn = new_warehouse("template1")
    role = "select"
    migrate(lambda: psycopg.connect(dsn), Settings(analyst_role=role))
    try:
        pool = AnalystPool(lambda: psycopg.connect(dsn), role=role)
        assert pool.read("SELECT current_user::text, count(*) FROM mart.office", {}, 5).rows == [(role, 0)]
        pool.close()
    finally:
        execute(dsn, f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')


def test_the_owner_queries_all_accounts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the commands of docs/accounts.md. Only Debian's PostgreSQL has postgres_fdw here, not the wheel's."""
    with postgres_of(15) as server, two_databases(server) as dsns:
        for seed, account in enumerate(IDS, start=3):
            with SimulatorServer(key="a-key-of-an-account", seed=seed, offices=1, products=8) as simulator:
                rig = Rig(simulator, dsns[account], settings_of(account), monkeypatch)
                rig.pull(rig.offices[0])
        owner = server.create_database("all_accounts")
        foreign, query = (text.replace("'5432'", f"'{server.port}'") for text in COMMANDS[1:])
        execute(owner, foreign)
        with psycopg.connect(owner) as connection:
            found = connection.execute(query.encode()).fetchall()
            marts = connection.execute("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'north'")
            assert marts.fetchone() != (0,)
        expected = []
        for account, dsn in dsns.items():
            with psycopg.connect(dsn) as connection:
                rows = connection.execute(
                    "SELECT measurement, count(DISTINCT product_id), sum(quantity) FROM mart.inventory_current"
                    " GROUP BY measurement ORDER BY measurement"
                ).fetchall()
            expected += [(account, *row) for row in rows]
        assert found == expected
        assert {account for account, *_ in found} == set(IDS)
        north, south = ([row[1:] for row in found if row[0] == account] for account in IDS)
        assert north != south
