"""The generated documents are current, and the comments from which they are generated are meaningful."""

from __future__ import annotations

import re

import psycopg
import pytest
import yaml
from doc_files import REPOSITORY

from documents.catalogue import Mart, read_marts
from documents.configuration import configuration
from documents.dictionary import dictionary
from documents.entities import entities
from documents.exports import exports
from documents.sources import sources

DOCS = REPOSITORY / "docs"
GENERATED = {
    "configuration.md": lambda marts: configuration(),
    "dictionary.md": dictionary,
    "sources.yml": sources,
    "entities.md": entities,
    "export.md": lambda marts: exports((DOCS / "export.md").read_text(), marts),
}
_VIEWS = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
    WHERE table_schema = 'mart' GROUP BY table_name
"""


@pytest.fixture
def marts(warehouse_dsn: str) -> list[Mart]:
    """The marts of a freshly migrated warehouse."""
    return read_marts(warehouse_dsn)


def by_name(marts: list[Mart], *names: str) -> list[Mart]:
    return [mart for mart in marts if mart.name in names]


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_generated_is_not_stale(name: str, marts: list[Mart]) -> None:
    assert (DOCS / name).read_text() == GENERATED[name](marts), f"docs/{name} is stale: run `make docs`"


def test_every_object_and_column_has_a_comment(marts: list[Mart]) -> None:
    silent = [mart.name for mart in marts if not mart.description]
    silent += [
        f"{mart.name}.{column.name}"
        for mart in marts
        for column in mart.columns
        if not column.description and not mart.is_function
    ]
    assert silent == []


def test_another_comment_or_column_makes_the_documents_stale(warehouse_dsn: str, marts: list[Mart]) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("COMMENT ON COLUMN mart.freshness.lag IS 'a \"new\" | comment'")
    changed = read_marts(warehouse_dsn)
    assert '| a "new" \\| comment |' in dictionary(changed)
    assert dictionary(changed) != dictionary(marts)
    (tables,) = [source["tables"] for source in yaml.safe_load(sources(changed))["sources"]]
    assert {"name": "lag", "data_type": "interval", "description": 'a "new" | comment'} in [
        column for table in tables for column in table["columns"]
    ]


def test_a_new_mart_needs_a_place_in_the_diagram_and_a_grain(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        connection.execute("CREATE VIEW mart.novelty AS SELECT 1 AS one")
    for document in (entities, sources):
        with pytest.raises(ValueError, match="novelty"):
            document(read_marts(warehouse_dsn))


def test_the_sources_are_the_views_with_all_of_their_columns(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        views = dict(connection.execute(_VIEWS).fetchall())
    text = (DOCS / "sources.yml").read_text()
    document = yaml.safe_load(text)
    assert document["version"] == 2
    (source,) = document["sources"]
    assert source["schema"] == "mart"
    assert "database" not in source, "whichever database the project's target is"
    assert {table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]} == views
    for table in source["tables"]:
        assert table["description"]
        assert all(column["description"] and column["data_type"] for column in table["columns"])
    assert "{{" not in text, "dbt would take it for its own"
    assert "{%" not in text


def test_the_dictionary_has_every_column_and_what_is_read(warehouse_dsn: str) -> None:
    text = (DOCS / "dictionary.md").read_text()
    with psycopg.connect(warehouse_dsn) as connection:
        for name, columns in connection.execute(_VIEWS).fetchall():
            _, found, rest = text.partition(f"\n## {name}\n")
            assert found, name
            part, _, _ = rest.partition("\n## ")
            assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == columns
    assert "## inventory_as_of(ts)\n" in text


def test_the_sources_of_a_mart_include_those_of_its_functions(marts: list[Mart]) -> None:
    (current, daily) = by_name(marts, "inventory_current", "inventory_daily")
    assert "inventory.stock" in current.reads, "by way of a function"
    assert set(daily.reads) >= {"inventory.daily_stock", "inventory.product"}


def test_the_diagrams_show_every_mart_with_its_keys(marts: list[Mart]) -> None:
    text = (DOCS / "entities.md").read_text()
    shown = re.findall(r"^    (\w+) \{\n((?:        .*\n)*)    \}$", text, re.MULTILINE)
    assert sorted(name for name, _ in shown) == sorted(mart.name for mart in marts if not mart.is_scalar)
    assert re.findall(r"(\w+) (PK.*|FK)\n", dict(shown)["inventory_daily"]) == [
        ("snapshot_date", "PK"),
        ("office_id", "PK, FK"),
        ("product_id", "PK, FK"),
    ]
    assert "    package_lifecycle ||--o{ fifo_breach : older_package_id\n" in text
    assert "    office |o--o{ discrepancy : office_id\n" in text, "a rule may be about no office"
