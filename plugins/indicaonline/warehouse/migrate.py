"""Brings the warehouse to the schema of this release: Alembic, running plain SQL files."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from indicaonline.errors import WarehouseError
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import VERSION_TABLE, Connect, in_words, prepare
from indicaonline.warehouse.sql import read_sql


def migrate(connect: Connect, settings: Settings, revision: str = "head") -> str:
    """Migrate the warehouse forwards, in one transaction, and make the partitions of the coming months.

    Returns the revision it is at afterwards. Two calls at once are safe: one does the work, the other waits.
    Raises :class:`~indicaonline.errors.WarehouseError` where the server is too old or refuses.
    """
    engine = _engine(connect)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.execute(text(read_sql("settings/make_partitions_ahead")), {"months": settings.partitions_ahead})
            reached = current_revision(connection)
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise WarehouseError(f"The warehouse could not be migrated: {in_words(cause)}") from None
    finally:
        engine.dispose()
    return reached or ""


def run_sql_file(revision: str) -> None:
    """Run the SQL file of a revision. Called by the revision itself, inside Alembic's transaction."""
    bind = op.get_bind()
    # The driver's own cursor: several statements in one string, and no parameters to be looked for.
    bind.connection.cursor().execute(read_sql(f"migrations/{revision}"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _engine(connect: Connect) -> Engine:
    def creator() -> object:
        connection = connect()
        prepare(connection)
        return connection

    return create_engine("postgresql+psycopg://", creator=creator)


def current_revision(connection: Connection) -> str | None:
    """The revision a warehouse is at; None if it was never migrated."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
