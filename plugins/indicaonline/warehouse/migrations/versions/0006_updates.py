"""Runs ``include/sql/migrations/0006_updates.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0006_updates"
down_revision = "0005_analyst_role"


def upgrade() -> None:
    run_sql_file(revision)
