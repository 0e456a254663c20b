"""Runs ``include/sql/migrations/0009_metrc.sql``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0009_metrc"
down_revision = "0008_package_marts"


def upgrade() -> None:
    run_sql_file(revision)
