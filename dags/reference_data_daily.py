"""Pulls the names of offices, products, brands, categories and lab analytes."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from indicaonline.notifications import alerts, note_problem
from indicaonline.operators.reference_data import ReferenceDataOperator
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import load_settings

settings = load_settings()

DOC = """
### Pulls the names of offices, products, brands, categories and lab analytes

Pulls the five reference lists, one task each. Marts show current names, so a rename shows everywhere at once. Names
that are no longer listed are kept, because the history refers to them. Offices that are no longer listed are no longer
pulled.

A list that the API does not have (404) does not stop inventory: the task reports which path to set in the connection.

**What a backfill does.** The API only returns current names, so every run pulls these; runs are idempotent.
"""

with DAG(
    "reference_data_daily",
    description="Pulls the current names of offices, products, brands, categories and lab analytes.",
    doc_md=DOC,
    # Before the end of the business day, so that a new office is known when the snapshot pulls.
    schedule=CronDataIntervalTimetable("0 22 * * *", timezone=settings.business_time_zone),
    start_date=pendulum.datetime(2024, 1, 1, tz=settings.business_time_zone),
    catchup=False,
    max_active_runs=1,
    tags=["indicaonline", "reference"],
    on_failure_callback=alerts(settings),
    default_args={
        "owner": "inventory",
        "retries": 3,
        # Soon, for a task whose worker died; then ever later, for an API that is down.
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 4,
        "retry_policy": IndicaOnlineRetryPolicy(),
        "on_failure_callback": note_problem,
        "pool": settings.api_pool,
        "execution_timeout": timedelta(hours=1),
    },
) as dag:
    for resource in ("offices", "products", "brands", "categories", "lab_results"):
        ReferenceDataOperator(task_id=resource, resource=resource)
