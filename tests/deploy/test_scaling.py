"""The figures of ``docs/scaling.md`` follow from its unit costs, and its statements for Citus from the catalogue."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import psycopg
from psycopg.rows import dict_row
from scaling_model import Account, column

from indicaonline.settings import Settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
_TABLES = """
    SELECT
        c.oid::regclass::text AS name,
        c.relkind = 'p' AS is_partitioned,
        array(
            SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attnotnull
        ) AS required
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace = ANY(ARRAY['raw', 'inventory', 'ops']::regnamespace[])
"""
# The columns of each key; of an exclusion constraint, whatever it compares.
_KEYS = """
    SELECT i.indrelid::regclass::text AS name, i.indisexclusion AS is_exclusion,
        array(
            SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
        ) AS columns
    FROM pg_index AS i
    WHERE i.indisunique OR i.indisexclusion
"""
_REFERENCES = """
    SELECT k.conrelid::regclass::text AS name, k.confrelid::regclass::text AS target
    FROM pg_constraint AS k
    WHERE k.contype = 'f' AND k.conparentid = 0
"""


def section(heading: str) -> str:
    _, found, rest = DOCUMENT.read_text().partition(f"## {heading}\n")
    assert found, heading
    return rest.split("\n## ")[0]


def table(heading: str) -> list[list[str]]:
    """The cells of the first table of a section, without backticks; its head first."""
    lines = re.findall(r"(?:^\|.*\n)+", section(heading), re.MULTILINE)[0].splitlines()
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]
    return [cells[0], *cells[2:]]


def test_every_figure_follows_from_the_unit_costs() -> None:
    unit = {name: float(value.split()[0].replace(",", "")) for name, value, *_ in table("Unit costs")[1:]}
    head, budgets, raw_days, *rows = table("Sizes")
    shown: dict[str, list[str]] = {name: cells for name, *cells in rows}
    for place, title in enumerate(head[1:]):
        offices, products = (int(part.replace(",", "")) for part in re.findall(r"[\d,]+", title))
        budget, days = (int(cells[place + 1].replace(",", "")) for cells in (budgets, raw_days))
        expected = column(Account(offices, products, budget, days), unit)
        assert list(shown) == list(expected)
        assert {name: cells[place] for name, cells in shown.items()} == expected
    defaults = [str(Settings().package_requests_per_run), str(Settings().raw_retention_days)]
    assert [budgets[1].replace(",", ""), raw_days[1]] == defaults


def test_the_statements_for_citus_fit_the_keys(warehouse_dsn: str) -> None:
    text = section("Citus")
    distributed = dict(re.findall(r"create_distributed_table\('([\w.]+)', '(\w+)'", text))
    references = set(re.findall(r"create_reference_table\('([\w.]+)'\)", text))
    with psycopg.connect(warehouse_dsn, row_factory=dict_row) as connection:
        tables = {row["name"]: row for row in connection.execute(_TABLES).fetchall()}
        keys = defaultdict(list)
        for row in connection.execute(_KEYS).fetchall():
            keys[row["name"]].append(row)
        foreign = connection.execute(_REFERENCES).fetchall()
    assert distributed.keys() | references <= tables.keys()
    assert not distributed.keys() & references

    for name, by in distributed.items():
        assert by in tables[name]["required"], f"{name}.{by} may be NULL"
        for key in keys[name]:
            assert by in key["columns"], f"{name} has a key without {by}: {key['columns']}"
            assert not key["is_exclusion"], f"{name} has a constraint that no single shard can keep"
    for reference in foreign:
        if reference["name"] in distributed.keys() | references:
            assert reference["target"] in references, reference

    # Nothing that could be distributed by office is left out, and nothing that grows is forgotten.
    fit = {
        name
        for name in tables
        if keys[name] and all("office_id" in key["columns"] and not key["is_exclusion"] for key in keys[name])
    }
    assert {name for name, by in distributed.items() if by == "office_id"} == fit - {"inventory.office"}
    left = {name for name, row in tables.items() if row["is_partitioned"] and name not in distributed}
    assert left == {"inventory.package_presence", "raw.response"}
    for name in left | {"inventory.package_state", "inventory.lab_version"}:
        assert f"`{name}`" in text, f"{name} is not mentioned"
