"""Migrates the warehouse to the schema of this release: tables by Alembic, then functions and views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import psycopg
import tenacity
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from indicaonline.errors import RetriableError, WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, open_connection
from indicaonline.warehouse.database_errors import describe
from indicaonline.warehouse.kept_settings import as_parameters, check_account, read_kept
from indicaonline.warehouse.schema import REVISIONS, apply_definitions, find_difference, revisions
from indicaonline.warehouse.sql import read_sql

# A migration that waited for a long query would make every query after it wait. So it soon gives up, and tries again;
# before PostgreSQL, after deadlock_timeout (1 s), cancels somebody's query to end a deadlock.
LOCK_TIMEOUT = "500ms"
PATIENCE = 360
"""Seconds in which a migration tries again. An analyst's query ends after 300 s at the latest."""


class InUseError(RetriableError):
    """Others kept using what the migration changes."""


def migrate(connect: Connect, settings: Settings, *, patience: float = PATIENCE) -> str:
    """Migrate the warehouse forwards, in one transaction, and create the partitions of the coming months.

    Returns the revision after the migration. Raises :class:`~indicaonline.errors.WarehouseError` where the server is
    too old or refuses, and :class:`InUseError` where others use the warehouse for ``patience`` seconds.
    """
    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(InUseError),
        stop=tenacity.stop_after_delay(patience),
        wait=tenacity.wait_random(0.1, 1),
        reraise=True,
    )
    return tries(_migrate, connect, settings)


def _migrate(connect: Connect, settings: Settings) -> str:
    with _transaction(connect) as connection:
        driver = _driver(connection)
        # Two calls at once are safe: one does the work, the other waits and finds nothing to do. Not ops.lock(),
        # because that function does not exist before the first migration.
        driver.execute("SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.migrate', 0))")
        driver.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        _check_database(driver)
        context = _context(connection)
        at = context.get_current_revision()
        _check_origin(driver, at)
        if at is not None and _changes(driver, at):
            driver.execute(read_sql("schema/lock_views"))
        # Alembic creates its version table before the first revision runs, so the schema of that table has to exist.
        driver.execute(read_sql("schema/create_ops"))
        # Files of a revision have no parameters.
        driver.execute("SELECT set_config('indicaonline.analyst_role', %s, true)", [settings.analyst_role])
        with Operations.context(context):
            context.run_migrations()
        apply_definitions(driver)
        driver.execute(read_sql("maintenance/make_partitions_ahead"), {"months": settings.partitions_ahead})
        check_account(settings, read_kept(driver))
        driver.execute(read_sql("settings/insert_missing_settings"), as_parameters(settings))
        return context.get_current_revision() or ""


def pending_changes(connect: Connect) -> list[str]:
    """Return a line for each change that :func:`migrate` would make. Changes nothing."""
    with _transaction(connect) as connection:
        at = _context(connection).get_current_revision()
        _check_origin(_driver(connection), at)
        return _changes(_driver(connection), at)


def _changes(connection: psycopg.Connection[Any], at: str | None) -> list[str]:
    later = [revision for revision in revisions() if at is None or revision > at]
    tables = [f"tables: {revision} would be applied" for revision in later]
    return tables + ([] if at is None else find_difference(connection).describe())


class _SqlRevisions(ScriptDirectory):
    """Revisions as folders of SQL files, in the order of their names; Alembic's own are Python files."""

    def _load_revisions(self) -> Iterator[Script]:
        before = None
        for revision in revisions():
            module = ModuleType(revision)
            vars(module).update(down_revision=before, upgrade=_upgrade(revision))
            yield Script(module, revision, REVISIONS / revision)
            before = revision


def _upgrade(revision: str) -> Any:
    def upgrade() -> None:
        for path in sorted((REVISIONS / revision).glob("*.sql")):
            # By the driver: SQLAlchemy's execute would take :name for a parameter. Given bytes and no parameters,
            # psycopg uses the simple query protocol, which allows several statements in one string.
            _driver(op.get_bind()).execute(path.read_bytes())

    return upgrade


def _context(connection: Connection) -> MigrationContext:
    scripts = _SqlRevisions(REVISIONS)
    options = {
        "version_table": "migration",
        "version_table_schema": "ops",
        # A revision that fails must also undo the ones before it: the transaction is the caller's.
        "transaction_per_migration": False,
        "fn": lambda heads, _: scripts._upgrade_revs("head", heads),
    }
    return MigrationContext.configure(connection, opts=options)


def _check_database(connection: psycopg.Connection[Any]) -> None:
    """Raise :class:`WarehouseError` where the encoding or the rights of the database do not allow a warehouse."""
    row = connection.execute(read_sql("schema/describe_database")).fetchone()
    assert row is not None, "describe_database.sql always returns one row"
    database, user, encoding, may_make_temporary_tables = row
    if encoding != "UTF8":
        raise WarehouseError(
            f"The database {database} has the encoding {encoding}, which cannot hold every name: make another one, with"
            " CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8', and migrate that."
        )
    if not may_make_temporary_tables:
        raise WarehouseError(
            f"The user {user} may not make temporary tables, which loads need: let the owner of the database run"
            f" GRANT TEMPORARY ON DATABASE {database} TO {user}."
        )


def _check_origin(connection: psycopg.Connection[Any], revision: str | None) -> None:
    """Raise :class:`WarehouseError` where this release cannot upgrade the tables of the warehouse."""
    if revision is not None and revision not in revisions():
        raise WarehouseError(
            f"The warehouse is at revision {revision}, which this release does not know: use the release that migrated"
            " it, or a newer one."
        )
    old = connection.execute("SELECT to_regclass('public.indicaonline_migration') IS NOT NULL").fetchone()
    if revision is None and old == (True,):
        raise WarehouseError(
            "The warehouse was made by an unreleased version, from which there is no upgrade: migrate a new database,"
            " or drop the table indicaonline_migration and the schemas raw, inventory, ops and mart, with their data."
        )


@contextmanager
def _transaction(connect: Connect) -> Iterator[Connection]:
    """Open a SQLAlchemy transaction in the warehouse, as Alembic needs it. Its errors are one line."""
    # The creator opens the session of every other caller, with the same settings and checks.
    engine = create_engine("postgresql+psycopg://", creator=lambda: open_connection(connect))
    try:
        with engine.begin() as connection:
            yield connection
    # Raised by DROP without CASCADE. CASCADE would drop a view that an analyst has made of a mart.
    except psycopg.errors.DependentObjectsStillExist as error:
        theirs = (error.diag.message_detail or "").splitlines()
        raise WarehouseError(
            f"The warehouse could not be migrated: {'; '.join(theirs)}. Drop that view, migrate, and create it again."
        ) from None
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
            raise InUseError(
                "The warehouse could not be migrated, because others kept using it: pause the DAGs, end long queries,"
                " and migrate again."
            ) from None
        raise WarehouseError(f"The warehouse could not be migrated: {describe(cause)}") from None
    finally:
        engine.dispose()


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    """Return the psycopg connection below SQLAlchemy's, in the same transaction."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return driver
