"""docs/sources.yml: the views of mart as sources of a dbt project, with tests and freshness."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from documents.catalogue import Column, Mart
from documents.grains import DIMENSIONS, GRAINS, STALE, Grain

_HEAD = """\
# The schema mart as sources of a dbt project (dbt 1.10.6 or newer): copy this file into its folder models.
# Generated from the comments of the warehouse by `make docs`. Functions of mart are no sources: call them in a model.
version: 2

sources:
  - name: indicaonline
    description: "What an IndicaOnline account held, and since when that is known. Columns are added, never renamed."
    schema: mart
    tables:
"""


def sources(marts: Sequence[Mart]) -> str:
    """Return the text of the file; raises :class:`ValueError` if a view has no grain, or a grain no view."""
    views = [mart for mart in marts if not mart.is_function]
    if wrong := sorted({view.name for view in views} ^ GRAINS.keys()):
        raise ValueError(f"These are not both in mart and among the grains: {', '.join(wrong)}.")
    return _HEAD + "\n".join(_table(view, GRAINS[view.name]) for view in views)


def _table(mart: Mart, grain: Grain) -> str:
    lines = [
        f"      - name: {mart.name}",
        f"        description: {_quoted(mart.description)}",
        *_config(grain),
        *_unique_together(grain),
        "        columns:",
    ]
    for column in mart.columns:
        lines += [
            f"          - name: {column.name}",
            f"            description: {_quoted(column.description)}",
            f"            data_type: {column.data_type}",
        ]
        if tests := list(_tests(mart.name, column, grain)):
            lines += [f"            data_tests: {_quoted(tests)}"]
    return "\n".join(lines) + "\n"


def _config(grain: Grain) -> Iterator[str]:
    if grain.loaded_at:
        yield "        config:"
        yield f"          loaded_at_field: {grain.loaded_at}"
        yield f"          freshness: {_quoted(STALE if grain.is_due else None)}"


def _unique_together(grain: Grain) -> Iterator[str]:
    """Yield the test of a key with several columns.

    dbt's own test takes one column, which the text of the row is; it distinguishes NULL from an empty text.
    """
    if len(grain.key) > 1:
        test = {"unique": {"arguments": {"column_name": f"({', '.join(grain.key)})::text"}}}
        yield f"        data_tests: {_quoted([test])}"


def _tests(mart: str, column: Column, grain: Grain) -> Iterator[str | dict[str, object]]:
    if grain.key == (column.name,):
        yield "unique"
    if column.name in grain.key and column.name not in grain.optional:
        yield "not_null"
    if column.name in grain.values:
        yield {"accepted_values": {"arguments": {"values": list(grain.values[column.name])}}}
    dimension, field = DIMENSIONS.get(column.name, (mart, ""))
    if dimension != mart and not grain.has_unknown_ids:
        arguments = {"to": f"source('indicaonline', '{dimension}')", "field": field}
        yield {"relationships": {"arguments": arguments}}


def _quoted(value: object) -> str:
    """Return a value in one line. JSON is valid YAML."""
    return json.dumps(value, ensure_ascii=False)
