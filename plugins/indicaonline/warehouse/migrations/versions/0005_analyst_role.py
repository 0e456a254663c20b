"""Runs ``include/sql/migrations/0005_analyst_role.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0005_analyst_role"
down_revision = "0004_marts"


def upgrade() -> None:
    run_sql_file(revision)
