"""The statistics of a planner: missing ones, and ones from another time."""

from __future__ import annotations

import psycopg

# Not those of temporary tables: a session that ends is dropping its own, and the two would wait for each other.
_TABLES = "oid >= 16384 AND relkind IN ('r', 'i') AND relpersistence <> 't'"
_FORGET = f"""
    DELETE FROM pg_catalog.pg_statistic WHERE starelid IN (SELECT oid FROM pg_catalog.pg_class WHERE {_TABLES});
    UPDATE pg_catalog.pg_class SET reltuples = -1, relpages = 0 WHERE {_TABLES};
"""
_ONE_ROW = f"UPDATE pg_catalog.pg_class SET reltuples = relpages WHERE {_TABLES} AND relpages > 0"
_NO_AUTOVACUUM = ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()")
# Functions that run with the rights of their owner hide their plans; as others they are part of the statement's.
_SHOW = "ALTER FUNCTION inventory.{}(bigint, timestamptz) SECURITY INVOKER"

STATISTICS: dict[str, dict[str, str]] = {
    "never analysed": {},
    "from the first office": {"first": "ANALYZE"},
    "from before the last office": {"before the last": "ANALYZE"},
    "one row on each page": {"before the last": f"ANALYZE; {_ONE_ROW}", "any": _ONE_ROW},
}
"""By name: what is done to statistics at the moments of a life, "any" at all others."""


def set_statistics(dsn: str, name: str, moment: str) -> None:
    """Do what these statistics ask for at a moment of a warehouse's life."""
    statements = STATISTICS[name]
    statement = statements.get(moment, statements.get("any", ""))
    if not statements and moment == "start":
        statement = _FORGET
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET allow_system_table_mods = on")
        for part in filter(str.strip, statement.split(";")):
            connection.execute(part.encode())


def stop_autovacuum(dsn: str) -> None:
    """Disable autovacuum for the whole server, so that only the test analyzes tables."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in _NO_AUTOVACUUM:
            connection.execute(statement)


def show_plans_of_functions(dsn: str) -> None:
    """Let EXPLAIN show the plans in the functions that statements of this project join."""
    with psycopg.connect(dsn) as connection:
        for function in ("last_seen", "state_as_of"):
            connection.execute(_SHOW.format(function).encode())
