"""Runs ``include/sql/migrations/0002_inventory.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0002_inventory"
down_revision = "0001_ops_and_raw"


def upgrade() -> None:
    run_sql_file(revision)
