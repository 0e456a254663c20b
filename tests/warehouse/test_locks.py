"""``ops.lock``: the one function that takes advisory locks, and how long it holds them."""

from __future__ import annotations

import psycopg
import pytest

from indicaonline.warehouse.sql import ROOT

REPOSITORY = ROOT.parents[1]


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


@pytest.mark.parametrize("name", ["office", "office.seven", "Movements", ""])
def test_an_unknown_name_is_an_error(warehouse_dsn: str, name: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection, pytest.raises(psycopg.errors.RaiseException, match="no lock"):
        connection.execute("SELECT ops.lock(%s)", [name])


def test_nothing_else_takes_advisory_locks() -> None:
    paths = [path for folder in ("plugins", "include", "dags") for path in (REPOSITORY / folder).rglob("*.*")]
    code = [path for path in paths if path.suffix in {".py", ".sql"}]
    takes = {str(path.relative_to(REPOSITORY)) for path in code if "pg_advisory" in path.read_text(encoding="utf-8")}
    assert takes == {"include/sql/functions/lock.sql", "plugins/indicaonline/warehouse/migrate.py"}
