"""Runs ``include/sql/migrations/0008_package_marts.sql`` and the three files that go on from it."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0008_package_marts"
down_revision = "0007_packages"


def upgrade() -> None:
    run_sql_file(revision)
    run_sql_file("0008_movement_marts")
    run_sql_file("0008_supply_marts")
    run_sql_file("0008_discrepancy")
