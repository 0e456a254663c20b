"""dbt/models/semantic/_semantic_models.yml: entities, dimensions and measures for MetricFlow.

Measures follow from the comments of the columns. A column that is additive within one measurement becomes a measure for
each measurement, so that no query can add grams to units. A column that is not additive over days becomes a
semi-additive measure: a period has the stock of the last published day of each office.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from documents.additivity import Additivity, additivity
from documents.catalogue import Column, Mart
from documents.grains import DIMENSIONS
from documents.staging import staged
from documents.yaml_text import yaml_text
from indicaonline.records import KNOWN_MEASUREMENTS

FACTS = {"inventory_daily": "snapshot_date", "stock_movement_daily": "business_date"}
"""Marts with measures -> the column with their day."""
_MEASURED_PER = ("measurement",)
_DIMENSION_TYPES = ("text", "boolean")
_OWN_DIMENSIONS = ("basis", "measurement")
_ABOUT = "What MetricFlow may sum over what."


def semantics(marts: Sequence[Mart]) -> str:
    """Return the text of the file."""
    by_name = {mart.name: mart for mart in marts}
    facts = [_fact(by_name[name], day) for name, day in FACTS.items()]
    dimensions = [_dimension(by_name[mart], key) for mart, key in sorted(set(DIMENSIONS.values()))]
    return yaml_text({"version": 2, "semantic_models": [*facts, *dimensions]}, _ABOUT)


def _fact(mart: Mart, day: str) -> dict[str, object]:
    names = [column.name for column in mart.columns]
    own = [_categorical(column) for column in mart.columns if column.name in _OWN_DIMENSIONS]
    return {
        **_head(mart),
        "defaults": {"agg_time_dimension": day},
        "primary_entity": mart.name,
        "entities": [
            {"name": dimension, "type": "foreign", "expr": column}
            for column, (dimension, _) in DIMENSIONS.items()
            if column in names
        ],
        "dimensions": [{"name": day, "type": "time", "type_params": {"time_granularity": "day"}}, *own],
        "measures": [measure for column in mart.columns for measure in _measures(column, day)],
    }


def _dimension(mart: Mart, key: str) -> dict[str, object]:
    return {
        **_head(mart),
        "entities": [{"name": mart.name, "type": "primary", "expr": key}],
        "dimensions": [_categorical(column) for column in mart.columns if column.data_type in _DIMENSION_TYPES],
    }


def _head(mart: Mart) -> dict[str, object]:
    return {"name": mart.name, "description": mart.description, "model": f"ref('{staged(mart.name)}')"}


def _categorical(column: Column) -> dict[str, object]:
    return {"name": column.name, "description": column.description, "type": "categorical"}


def _measures(column: Column, day: str) -> Iterator[dict[str, object]]:
    sums = additivity(column)
    if sums is None or not sums.is_additive or sums.per != _MEASURED_PER:
        return
    for measurement in KNOWN_MEASUREMENTS:
        yield {
            "name": f"{column.name}_{measurement}",
            "description": f"Of measurement {measurement}. {column.description}",
            "agg": "sum",
            "expr": f"CASE WHEN measurement = '{measurement}' THEN {column.name} END",
            **_over_time(sums, day),
            "create_metric": True,
        }


def _over_time(sums: Additivity, day: str) -> dict[str, object]:
    if sums.is_additive_over_time:
        return {}
    # By office, because the last day of a period may be missing for one of them, which is not zero stock.
    return {"non_additive_dimension": {"name": day, "window_choice": "max", "window_groupings": ["office"]}}
