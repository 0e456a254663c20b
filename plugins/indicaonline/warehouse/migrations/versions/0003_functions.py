"""Runs ``include/sql/migrations/0003_functions.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0003_functions"
down_revision = "0002_inventory"


def upgrade() -> None:
    run_sql_file(revision)
