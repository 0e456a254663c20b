"""dbt/models/staging/_sources.yml: the views of mart as sources of the dbt project, with tests and freshness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from documents.catalogue import Column, Mart
from documents.grains import DIMENSIONS, GRAINS, STALE, Grain
from documents.yaml_text import yaml_text

SOURCE = "indicaonline"
_ABOUT = "The schema mart as sources. Functions of mart are no sources: call them in a model."


def sources(marts: Sequence[Mart]) -> str:
    """Return the text of the file; raises :class:`ValueError` if a view has no grain, or a grain no view."""
    views = [mart for mart in marts if not mart.is_function]
    if wrong := sorted({view.name for view in views} ^ GRAINS.keys()):
        raise ValueError(f"These are not both in mart and among the grains: {', '.join(wrong)}.")
    source = {
        "name": SOURCE,
        "description": "The stock of an IndicaOnline account, with its history. Columns are added, never renamed.",
        "schema": "mart",
        "tables": [_table(view, GRAINS[view.name]) for view in views],
    }
    return yaml_text({"version": 2, "sources": [source]}, _ABOUT)


def _table(mart: Mart, grain: Grain) -> dict[str, object]:
    table: dict[str, object] = {"name": mart.name, "description": mart.description}
    if grain.loaded_at:
        table["config"] = {"loaded_at_field": grain.loaded_at, "freshness": STALE if grain.is_due else None}
    if len(grain.key) > 1:
        # dbt's own test takes one column, which the text of the row is; it distinguishes NULL from an empty text.
        table["data_tests"] = [{"unique": {"arguments": {"column_name": f"({', '.join(grain.key)})::text"}}}]
    return table | {"columns": [_column(mart.name, column, grain) for column in mart.columns]}


def _column(mart: str, column: Column, grain: Grain) -> dict[str, object]:
    described = {"name": column.name, "description": column.description, "data_type": column.data_type}
    tests = list(_tests(mart, column, grain))
    return described | ({"data_tests": tests} if tests else {})


def _tests(mart: str, column: Column, grain: Grain) -> Iterator[str | dict[str, object]]:
    if grain.key == (column.name,):
        yield "unique"
    if column.name in grain.key and column.name not in grain.optional:
        yield "not_null"
    if column.name in grain.values:
        yield {"accepted_values": {"arguments": {"values": list(grain.values[column.name])}}}
    dimension, field = DIMENSIONS.get(column.name, (mart, ""))
    if dimension != mart and not grain.has_unknown_ids:
        arguments = {"to": f"source('{SOURCE}', '{dimension}')", "field": field}
        yield {"relationships": {"arguments": arguments}}
