"""
### Whether the warehouse knows as much of now as was promised

Fails where an office was not seen whole, or changes were not pulled, for longer than the settings promise
(`INDICAONLINE_FRESHNESS_SNAPSHOT_HOURS`, `INDICAONLINE_FRESHNESS_UPDATE_HOURS`), and names the offices and how long. It
asks the ledger alone, so it also tells that other DAGs are paused, or that nothing runs them. An office that is no
longer listed owes nothing, and one that is new has as long as the promise.

**What a backfill does:** asks about now, once more. Nothing here depends on the time of the run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable

from indicaonline.dag_defaults import dag_defaults
from indicaonline.operators.freshness import CheckFreshnessOperator
from indicaonline.settings import load_settings

settings = load_settings()

with DAG(
    "warehouse_freshness",
    description="Fails where the warehouse is behind its promise, naming the offices and how far.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("*/30 * * * *", timezone="UTC"),
    **dag_defaults(
        settings,
        "maintenance",
        zone="UTC",
        retries=2,
        retry_delay=timedelta(minutes=5),
        retry_exponential_backoff=0,
        execution_timeout=timedelta(minutes=10),
    ),
) as dag:
    CheckFreshnessOperator(task_id="check_freshness")
