"""
### Checks the account's API, endpoint by endpoint

Trigger this DAG after entering a connection, and read the log of its only task. First it reports the set-up: pool,
connections, the revision of the warehouse, and settings that differ from those in the warehouse. Then it sends each
endpoint its smallest request and reports the status, fields that are missing or new compared with the vendor's guide,
whether the skip parameter works, whether the account has the PRO plan, the difference of the clocks, and what to set in
the connection.

It writes nothing, not even raw responses. It has no schedule, so there is nothing to backfill.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from indicaonline.dag_defaults import dag_defaults
from indicaonline.operators.contract_check import ContractCheckOperator
from indicaonline.settings import load_settings

settings = load_settings()

with DAG(
    "contract_check",
    description="Requests each endpoint of the API once and reports what to set in the connection. Writes nothing.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=False,
    **dag_defaults(
        settings,
        "set-up",
        retries=1,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=0,
        pool=settings.api_pool,
        execution_timeout=timedelta(minutes=15),
    ),
) as dag:
    ContractCheckOperator(task_id="ask_each_endpoint")
