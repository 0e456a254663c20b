"""Runs ``include/sql/migrations/0007_packages.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0007_packages"
down_revision = "0006_updates"


def upgrade() -> None:
    run_sql_file(revision)
