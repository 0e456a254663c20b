"""The generated documents are current, and the comments from which they are generated are meaningful."""

from __future__ import annotations

import re

import psycopg
import pytest
import yaml

from doc_files import REPOSITORY
from documents.__main__ import generated
from documents.additivity import additivity
from documents.catalogue import Column, Mart, read_marts
from documents.contract import contract
from documents.dictionary import dictionary
from documents.entities import entities
from documents.semantics import semantics
from documents.sources import sources

SOURCES = REPOSITORY / "dbt" / "models" / "staging" / "_sources.yml"
DICTIONARY = REPOSITORY / "docs" / "dictionary.md"
CONTRACT = REPOSITORY / "docs" / "contract.odcs.yaml"
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


def test_what_is_generated_is_not_stale(marts: list[Mart]) -> None:
    stale = [path for path, text in generated(marts).items() if (REPOSITORY / path).read_text() != text]
    assert stale == [], "run `make docs`"


def test_every_file_that_says_it_is_generated_is(marts: list[Mart]) -> None:
    marked = {
        str(path.relative_to(REPOSITORY))
        for path in (REPOSITORY / "dbt").rglob("*.*")
        if path.suffix in {".sql", ".yml"} and "`make docs`" in path.read_text()
    }
    assert marked == {path for path in generated(marts) if path.startswith("dbt/")}


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
    for document in (entities, sources, contract):
        with pytest.raises((ValueError, KeyError), match="novelty"):
            document(read_marts(warehouse_dsn))


def test_the_sources_are_the_views_with_all_of_their_columns(warehouse_dsn: str) -> None:
    with psycopg.connect(warehouse_dsn) as connection:
        views = dict(connection.execute(_VIEWS).fetchall())
    text = SOURCES.read_text()
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
    text = DICTIONARY.read_text()
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
    text = (REPOSITORY / "docs" / "entities.md").read_text()
    shown = re.findall(r"^    (\w+) \{\n((?:        .*\n)*)    \}$", text, re.MULTILINE)
    assert sorted(name for name, _ in shown) == sorted(mart.name for mart in marts if not mart.is_scalar)
    assert re.findall(r"(\w+) (PK.*|FK)\n", dict(shown)["inventory_daily"]) == [
        ("snapshot_date", "PK"),
        ("office_id", "PK, FK"),
        ("product_id", "PK, FK"),
    ]
    assert "    package_lifecycle ||--o{ fifo_breach : older_package_id\n" in text
    assert "    office |o--o{ discrepancy : office_id\n" in text, "a rule may be about no office"


@pytest.mark.parametrize(
    ("comment", "is_additive", "over_time", "per"),
    [
        (
            "Stock. Additive over offices and products of one measurement, never over days.",
            True,
            False,
            ("measurement",),
        ),
        ("Depletion. Additive over days, offices and products of one measurement.", True, True, ("measurement",)),
        ("Moved. Additive over packages of one measurement and over time.", True, True, ("measurement",)),
        ("Tags. Additive over tags of one unit and one reconciliation.", True, False, ("unit", "reconciliation")),
        ("Due. Additive.", True, False, ()),
        ("Opening. Never add over days.", False, False, ()),
        ("Days. Not additive: for several offices, divide the sums.", False, False, ()),
    ],
)
def test_a_comment_says_what_may_be_summed(
    comment: str, is_additive: bool, over_time: bool, per: tuple[str, ...]
) -> None:
    sums = additivity(Column("any", "numeric", comment))
    assert sums is not None
    assert (sums.is_additive, sums.is_additive_over_time, sums.per) == (is_additive, over_time, per)
    assert comment.partition(". ")[2].startswith(sums.sentence)


def test_what_has_no_comment_about_sums_has_no_additivity() -> None:
    assert additivity(Column("any", "bigint", "Id of the office.")) is None


def test_the_measures_are_what_may_be_summed(marts: list[Mart]) -> None:
    models = {model["name"]: model for model in yaml.safe_load(semantics(marts))["semantic_models"]}
    measures = {name: model.get("measures", []) for name, model in models.items()}
    kinds = ("unit", "unit_range", "weight", "weight_range")
    names = {name: [measure["name"] for measure in found] for name, found in measures.items()}
    assert names == {
        "inventory_daily": [f"quantity_{kind}" for kind in kinds],
        "stock_movement_daily": [f"{column}_{kind}" for column in ("increase", "depletion") for kind in kinds],
        "office": [],
        "product": [],
    }
    assert all("non_additive_dimension" in measure for measure in measures["inventory_daily"])
    assert not any("non_additive_dimension" in measure for measure in measures["stock_movement_daily"])


def test_the_contract_has_every_column_with_its_additivity(marts: list[Mart]) -> None:
    stated = {
        (view["name"], column["name"]): column.get("customProperties", [{"value": ""}])[0]["value"]
        for view in yaml.safe_load(CONTRACT.read_text())["schema"]
        for column in view["properties"]
    }
    commented = {
        (mart.name, column.name): column.description
        for mart in marts
        if not mart.is_function
        for column in mart.columns
    }
    assert stated.keys() == commented.keys()
    for column, sentence in stated.items():
        assert sentence in commented[column]
        assert bool(sentence) == bool(re.search(r"additive|never add over", commented[column], re.IGNORECASE)), column
