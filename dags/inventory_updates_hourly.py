"""
### Pulls the changes of all offices, hour by hour

One pull of all that changed since the watermark, minus an overlap, in all offices at once. A missed run needs no
repair: the next one starts at the watermark, which the last complete pull advanced. Then the run rolls up
`mart.stock_movement_daily`. Its last task, `summary`, reports what the pull changed.

**What a backfill does.** The API returns the current state of what changed *since* an instant. So one pull from the
start of an old hour closes the gap from there to now and covers all later hours. A run whose hour is covered, according
to the pull ledger, sends no request and logs that. Unobserved states in between are not invented: changes have the time
at which they were observed. Runs are idempotent, in any order and in parallel. `mart.coverage` counts the covered hours
of each day.

**A manual run** pulls what changed up to now.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable, TriggerRule

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.inventory_updates import PullUpdatesOperator, UpdatesSummaryOperator
from indicaonline.operators.movements import RollUpOperator


@for_each_account
def inventory_updates_hourly(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "inventory_updates_hourly",
        "inventory",
        zone="UTC",
        max_active_runs=4,
        description="Pulls what changed in any office since the watermark.",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    ):
        pull_updates = PullUpdatesOperator(
            task_id="pull_updates",
            pool=settings.api_pool,
            execution_timeout=timedelta(hours=1),
            outlets=[assets.inventory_updates(settings)],
        )
        # Runs also if the pull failed, because the rows received from it are stored.
        roll_up = RollUpOperator(task_id="roll_up", trigger_rule=TriggerRule.ALL_DONE)
        summary = UpdatesSummaryOperator(task_id="summary")

        pull_updates >> roll_up >> summary
        pull_updates >> summary


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    inventory_updates_hourly()
