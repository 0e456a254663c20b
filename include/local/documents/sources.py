"""docs/sources.yml: the views of mart as sources of a dbt project."""

from __future__ import annotations

import json
from collections.abc import Sequence

from local.documents.catalogue import Mart

_HEAD = """\
# The schema mart as sources of a dbt project: copy this file into its folder models.
# Generated from the comments of the warehouse by `make docs`. Functions of mart are no sources: call them in a model.
version: 2

sources:
  - name: indicaonline
    description: "What an IndicaOnline account held, and since when that is known. Columns are added, never renamed."
    schema: mart
    tables:
"""


def sources(marts: Sequence[Mart]) -> str:
    """The text of the file."""
    return _HEAD + "\n".join(_table(mart) for mart in marts if not mart.is_function)


def _table(mart: Mart) -> str:
    lines = [f"      - name: {mart.name}", f"        description: {_quoted(mart.description)}", "        columns:"]
    for column in mart.columns:
        lines += [
            f"          - name: {column.name}",
            f"            description: {_quoted(column.description)}",
            f"            data_type: {column.data_type}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text as a double-quoted scalar: what JSON writes is YAML too."""
    return json.dumps(text, ensure_ascii=False)
