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

from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.contract_check import ContractCheckOperator


@for_each_account
def contract_check(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "contract_check",
        "set-up",
        description="Requests each endpoint of the API once and reports what to set in the connection. Writes nothing.",
        doc_md=__doc__,
        schedule=None,
        is_paused_upon_creation=False,
        task_defaults={
            "retries": 1,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": 0,
            "pool": settings.api_pool,
            "execution_timeout": timedelta(minutes=15),
        },
    ):
        ContractCheckOperator(task_id="ask_each_endpoint")


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    contract_check()
