"""docs/contract.odcs.yaml: the data contract of mart, in the Open Data Contract Standard."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence

from documents.additivity import additivity
from documents.catalogue import Column, Mart
from documents.entities import REFERENCES
from documents.grains import DIMENSIONS, GRAINS, STALE, Grain
from documents.yaml_text import yaml_text
from servers.airflow import REPOSITORY

_ABOUT = "The data contract of mart: Open Data Contract Standard 3.1 (ODCS)."
_LOGICAL_TYPES = {
    "bigint": "integer",
    "integer": "integer",
    "numeric": "number",
    "text": "string",
    "date": "date",
    "timestamp with time zone": "timestamp",
    "boolean": "boolean",
    "jsonb": "object",
}


def contract(marts: Sequence[Mart]) -> str:
    """Return the text of the document; raises :class:`KeyError` if a view has no grain."""
    views = [mart for mart in marts if not mart.is_function]
    return yaml_text({**_head(), "schema": [_object(view, GRAINS[view.name]) for view in views], **_agreed()}, _ABOUT)


def _head() -> dict[str, object]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"{project['name']}.mart",
        "name": "Inventory history from IndicaOnline",
        "version": project["version"],
        "status": "active",
        "description": {
            "purpose": "Stock, movements, packages and lab results of an IndicaOnline account, with their history.",
            "usage": "Read the views of the schema mart as indicaonline_analyst. Columns are added, never renamed.",
            "limitations": "A missing day has no rows, which does not mean zero stock: see coverage. A depletion is not"
            " a sale. Never add quantities of different measurements.",
        },
        "servers": [
            {
                "server": "warehouse",
                "type": "postgres",
                "host": "localhost",
                "port": 5432,
                "database": "indicaonline",
                "schema": "mart",
            }
        ],
    }


def _agreed() -> dict[str, object]:
    limit = STALE["error_after"]
    return {
        "slaProperties": [
            {
                "property": "freshness",
                "value": limit["count"],
                "unit": "h",
                "element": f"{name}.{grain.loaded_at}",
            }
            for name, grain in GRAINS.items()
            if grain.is_due
        ],
        "roles": [{"role": "indicaonline_analyst", "access": "read"}],
    }


def _object(mart: Mart, grain: Grain) -> dict[str, object]:
    described: dict[str, object] = {
        "name": mart.name,
        "physicalType": "view",
        "description": mart.description,
        "dataGranularityDescription": mart.description.partition(":")[0].partition(". ")[0].rstrip("."),
    }
    if grain.optional:
        # A primary key cannot be NULL.
        rule = {"metric": "duplicateValues", "arguments": {"properties": list(grain.key)}, "mustBe": 0}
        described["quality"] = [{"type": "library", **rule}]
    return described | {"properties": [_property(mart.name, column, grain) for column in mart.columns]}


def _property(mart: str, column: Column, grain: Grain) -> dict[str, object]:
    return {
        "name": column.name,
        "description": column.description,
        **dict(_type(column.data_type)),
        **dict(_key(column.name, grain)),
        **dict(_checks(mart, column, grain)),
    }


def _type(data_type: str) -> Iterator[tuple[str, object]]:
    yield "physicalType", data_type
    element = data_type.removesuffix("[]")
    if element != data_type:
        yield "logicalType", "array"
        yield "items", {"logicalType": _LOGICAL_TYPES[element]}
    elif data_type in _LOGICAL_TYPES:  # the standard has no type for an interval
        yield "logicalType", _LOGICAL_TYPES[data_type]


def _key(name: str, grain: Grain) -> Iterator[tuple[str, object]]:
    if name in grain.key and name not in grain.optional:
        yield "required", True
    if name in grain.key and not grain.optional:
        yield "primaryKey", True
        yield "primaryKeyPosition", grain.key.index(name) + 1


def _checks(mart: str, column: Column, grain: Grain) -> Iterator[tuple[str, object]]:
    if values := grain.values.get(column.name):
        rule = {"metric": "invalidValues", "arguments": {"validValues": list(values)}, "mustBe": 0}
        yield "quality", [{"type": "library", **rule}]
    target = REFERENCES.get(column.name, mart)
    if target != mart:
        _, field = DIMENSIONS.get(column.name, (target, GRAINS[target].key[0]))
        yield "relationships", [{"type": "foreignKey", "to": f"{target}.{field}"}]
    if sums := additivity(column):
        yield "customProperties", [{"property": "additivity", "value": sums.sentence}]
