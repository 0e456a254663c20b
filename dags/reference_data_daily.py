"""
### Pulls the names of offices, products, brands, categories and lab analytes

Pulls the five reference lists, one task each. Marts show current names, so a rename shows everywhere at once. Names
that are no longer listed are kept, because the history refers to them. Offices that are no longer listed are no longer
pulled.

A list that the API does not have (404) does not stop inventory: the task reports which path to set in the connection.

**What a backfill does.** The API only returns current names, so every run pulls these; runs are idempotent.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable

from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.reference_data import ReferenceDataOperator
from indicaonline.reference_lists import REFERENCE_LISTS


@for_each_account
def reference_data_daily(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "reference_data_daily",
        "reference",
        zone=settings.business_time_zone,
        description="Pulls the current names of offices, products, brands, categories and lab analytes.",
        doc_md=__doc__,
        # Before the end of the business day, so that a new office is known when the snapshot pulls.
        schedule=CronDataIntervalTimetable("0 22 * * *", timezone=settings.business_time_zone),
        task_defaults={
            "pool": settings.api_pool,
            "execution_timeout": timedelta(hours=1),
        },
    ):
        for resource in REFERENCE_LISTS:
            ReferenceDataOperator(task_id=resource, resource=resource)


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    reference_data_daily()
