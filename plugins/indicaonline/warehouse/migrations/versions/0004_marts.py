"""Runs ``include/sql/migrations/0004_marts.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0004_marts"
down_revision = "0003_functions"


def upgrade() -> None:
    run_sql_file(revision)
