"""Runs the files ``0011_*.sql`` of ``include/sql/migrations``."""

from indicaonline.warehouse.migrate import run_sql_file

revision = "0011_indexes"
down_revision = "0010_movements"


def upgrade() -> None:
    for name in (revision, "0011_packages", "0011_fifo_breach"):
        run_sql_file(name)
