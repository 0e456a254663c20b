"""Alembic's environment: one transaction, behind a lock, in the warehouse."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
# Two starts at once queue up here; the second finds nothing left to do.
connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.migrate', 0))"))
context.configure(connection=connection, version_table="indicaonline_migration", transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
