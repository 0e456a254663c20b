"""Runs ``include/sql/migrations/0010_movements.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0010_movements"
down_revision = "0009_metrc"


def upgrade() -> None:
    run_sql_file(revision)
