"""Runs the file ``0011_years.sql`` of ``include/sql/migrations``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0011_years"
down_revision = "0010_movements"


def upgrade() -> None:
    run_sql_file(revision)
