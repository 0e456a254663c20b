"""``ops.lock``: the one function that takes advisory locks, and how long it holds them."""

from __future__ import annotations

import psycopg
import pytest

from servers.airflow import REPOSITORY


def is_free(dsn: str, name: str) -> bool:
    """Return True if another session gets the lock at once."""
    with psycopg.connect(dsn) as other:
        other.execute("SET lock_timeout = '50ms'")
        try:
            other.execute("SELECT ops.lock(%s)", [name])
        except psycopg.errors.LockNotAvailable:
            return False
    return True


def test_a_lock_ends_with_the_transaction_or_with_the_session(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("SELECT ops.lock('office.7'), ops.lock('updates', for_session => true)")
        assert not is_free(warehouse_dsn, "office.7")
        assert is_free(warehouse_dsn, "office.8")
        connection.commit()
        assert is_free(warehouse_dsn, "office.7")
        assert not is_free(warehouse_dsn, "updates")
    assert is_free(warehouse_dsn, "updates")


def test_a_shared_lock_excludes_only_those_who_want_it_alone(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection, psycopg.connect(warehouse_dsn) as other:
        for each in (connection, other):
            each.execute("SELECT ops.lock_shared('packages')")
        assert not is_free(warehouse_dsn, "packages")
        connection.commit()
        other.commit()
        assert is_free(warehouse_dsn, "packages")


def test_a_try_takes_a_free_lock_and_waits_for_no_other(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection, psycopg.connect(warehouse_dsn) as other:
        connection.execute("SELECT ops.lock('package_task.1', for_session => true)")
        tries = "SELECT ops.try_lock('package_task.1'), ops.try_lock('package_task.2')"
        assert connection.execute(tries).fetchone() == (True, True)
        assert other.execute(tries).fetchone() == (False, False)
        connection.commit()
        assert other.execute(tries).fetchone() == (False, True)


@pytest.mark.parametrize("name", ["office", "office.seven", "Movements", "package_task", ""])
def test_an_unknown_name_is_an_error(warehouse_dsn: str, name: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection, pytest.raises(psycopg.errors.RaiseException, match="no lock"):
        connection.execute("SELECT ops.lock(%s)", [name])


def test_nothing_else_takes_advisory_locks() -> None:
    paths = [path for folder in ("plugins", "include", "dags") for path in (REPOSITORY / folder).rglob("*.*")]
    code = [path for path in paths if path.suffix in {".py", ".sql"}]
    takes = {str(path.relative_to(REPOSITORY)) for path in code if "advisory_" in path.read_text(encoding="utf-8")}
    functions = {f"include/sql/functions/{name}.sql" for name in ("lock", "lock_shared", "try_lock")}
    assert takes == {*functions, "plugins/indicaonline/warehouse/migrate.py"}
