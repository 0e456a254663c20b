"""Every SQL example runs, on a warehouse with rows, and shows the columns that it has."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import psycopg
import pytest

from doc_files import DOCUMENTS, REPOSITORY, code_of, section, sql_blocks
from indicaonline.warehouse.sql import read_sql
from rig import MIDNIGHT_IN_LOS_ANGELES, Rig

PULL = 4711
"""The number of a pull in the examples."""
_MARTS = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
    FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
    GROUP BY c.relname
    UNION ALL
    SELECT
        p.proname || '(' || array_to_string(p.proargnames[:p.pronargs], ', ') || ')',
        p.proargnames[p.pronargs + 1:]
    FROM pg_proc AS p
    WHERE p.pronamespace = 'mart'::regnamespace AND p.proretset
"""


@pytest.fixture
def dsn(make_rig: Callable[..., Rig]) -> str:
    """A warehouse in which one business day was pulled and published, by pull 4711."""
    rig = make_rig(seed=1, offices=1, products=20, life=4.0, start=MIDNIGHT_IN_LOS_ANGELES)
    rig.step(minutes=10)
    rig.reference()
    rig.query("SELECT setval('ops.pull_id', %s, false)", [PULL])
    rig.snapshot(rig.day_start(dt.date(2025, 2, 28)))
    assert rig.value("SELECT count(*) FROM raw.response WHERE pull_id = %s", [PULL]) == 1
    return rig.dsn


def test_every_example_runs_and_shows_its_columns(dsn: str) -> None:
    blocks = sql_blocks()
    assert len(blocks) > 10
    roles: dict[str, str] = {}
    with psycopg.connect(dsn) as connection:
        for document, text, shown in blocks:
            if re.search(r"\bROLE\b", text):  # a later example of a document goes on from its earlier ones
                connection.execute(roles.get(document, "").encode())
                roles[document] = roles.get(document, "") + text
            if not re.search(r"\b(raw|inventory|ops)\.|\bROLE\b", text):
                connection.execute("SET LOCAL ROLE indicaonline_analyst")
            try:
                cursor = connection.execute(text.encode())
            except psycopg.Error as error:
                pytest.fail(f"{document}: {error}\n{text}", pytrace=False)
            columns = [column.name for column in cursor.description or ()]
            assert shown in (None, columns), f"{document} shows a result that this has not:\n{text}"
            connection.rollback()


def test_the_readme_shows_what_the_demo_shows(dsn: str) -> None:
    text = section(REPOSITORY / "README.md", "## What you see after `make demo`")
    shown = [line.split() for line in text.splitlines()]
    with psycopg.connect(dsn) as connection:
        for name in ("latest_day", "trend", "coverage", "package"):
            cursor = connection.execute(read_sql(f"demo/{name}").encode(), {"missed": dt.date(2025, 2, 28)})
            columns = [column.name for column in cursor.description or ()]
            assert columns in shown


def test_every_mart_is_described_with_its_columns_and_no_other_is(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        marts: dict[str, list[str]] = dict(connection.execute(_MARTS).fetchall())
    described = {
        name: guide for guide in DOCUMENTS for name in re.findall(r"^## mart\.(\S+)$", guide.read_text(), re.MULTILINE)
    }
    assert sorted(described) == sorted(marts)
    for name, columns in marts.items():
        text = section(described[name], f"## mart.{name}")
        listed = re.search(r"^Columns: (.+?)\n\n", text, re.MULTILINE | re.DOTALL)
        assert listed is not None, name
        assert re.findall(r"`(\w+)`", listed[1]) == columns, name


def test_every_object_and_column_that_is_named_is_there(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        for document in DOCUMENTS:
            for code in code_of(document):
                for schema, name in re.findall(r"\b(mart|ops|raw|inventory)\.([a-z_]+)\b(?!\.\w)", code):
                    if code.endswith((".md", ".sql", ".py")):
                        continue
                    found = connection.execute(
                        "SELECT to_regclass(%(name)s) IS NOT NULL OR EXISTS ("
                        "SELECT FROM pg_proc WHERE pronamespace = %(schema)s::regnamespace AND proname = %(bare)s)",
                        {"name": f"{schema}.{name}", "schema": schema, "bare": name},
                    ).fetchone()
                    assert found == (True,), f"{document.name}: {schema}.{name}"
