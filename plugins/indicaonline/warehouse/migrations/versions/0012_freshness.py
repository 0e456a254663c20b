"""Runs the file ``0012_freshness.sql`` of ``include/sql/migrations``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0012_freshness"
down_revision = "0011_years"


def upgrade() -> None:
    run_sql_file(revision)
