"""The extra of events of the inventory's assets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context


def describe_days(operator: BaseOperator, context: Context, days: Sequence[dict[str, Any]]) -> None:
    """Add published days to the event of each asset of a task, each day with its office, rows and basis."""
    # Ids and counts only: Airflow keeps the extra of an event in its metadata database.
    published: list[Any] = [{key: day[key] for key in ("office_id", "business_day", "rows", "basis")} for day in days]
    for asset in operator.outlets:
        context["outlet_events"][asset].extra = {"published": published}
