"""Runs ``include/sql/migrations/0001_ops_and_raw.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0001_ops_and_raw"
down_revision = None


def upgrade() -> None:
    run_sql_file(revision)
