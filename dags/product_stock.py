"""
### Requests one product in all offices at this moment

Trigger this DAG with the id of a product, to see how much of it each office holds now, before a deal is set up. The
result is the XCom of the task `pull_product`: for each office that lists the product its quantity, measurement, number
of packages, and the time of the answer.

The pull is stored as an observation like any other: changes appear in `mart.inventory_change` at the time at which they
were observed, and `package_history` refreshes the packages concerned. An office that does not list the product is not
proven to hold nothing: only a complete pull of the office shows that.

**Retries and clears** request the API again and store what it returns then. There is no schedule, so there is nothing
to backfill.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param, TriggerRule

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.movements import RollUpOperator
from indicaonline.operators.product_stock import AnnounceProductOperator, ProductStockOperator


@for_each_account
def product_stock(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "product_stock",
        "inventory",
        # Several people may ask at once; the pool bounds the requests.
        max_active_runs=4,
        description="Requests the stock of one product in all offices at this moment, and stores it.",
        doc_md=__doc__,
        schedule=None,
        is_paused_upon_creation=False,
        params={
            "product_id": Param(
                type=["string", "integer"],
                minimum=1,
                pattern="^[0-9]{1,19}$",
                title="Product",
                description="The id of the product in IndicaOnline, such as 2146001.",
            ),
        },
        task_defaults={
            "retries": 1,
            "retry_delay": timedelta(seconds=15),
        },
    ):
        pull_product = ProductStockOperator(
            task_id="pull_product",
            product_id="{{ params.product_id }}",
            pool=settings.api_pool,
            execution_timeout=timedelta(minutes=15),
        )
        announce_changes = AnnounceProductOperator(
            task_id="announce_changes", pulled_by=pull_product.task_id, outlets=[assets.inventory_updates(settings)]
        )
        # Runs also if the pull failed, because the rows received from it are stored.
        roll_up = RollUpOperator(task_id="roll_up", trigger_rule=TriggerRule.ALL_DONE)

        pull_product >> [announce_changes, roll_up]


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    product_stock()
