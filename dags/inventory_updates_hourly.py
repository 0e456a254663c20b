"""
### What changed in any office, hour by hour

One pull of everything that changed since the last one, minus an overlap, in all offices at once. A run that was missed
heals by itself: the next one starts where the last complete one had got to. Then it brings `mart.stock_movement_daily`
up to what was seen, by this run or any other. Its last task, `summary`, says what the pull brought.

**What a backfill does.** The API tells what changed *since* an instant, and gives the state of now. So one pull from
the start of an old hour closes the whole gap from there to now, and all later hours find themselves covered. An hour
that the pull ledger shows covered asks nothing of the API and says so. States in between, which nobody saw, are not
made up: changes carry the time at which they were seen. Any order, several runs at once, clearing and repeating give
the same warehouse. `mart.coverage` counts the hours of each day of which no change was missed.

**A trigger by hand** pulls what changed up to now.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, TriggerRule

from indicaonline.dag_defaults import dag_defaults
from indicaonline.operators.assets import INVENTORY_UPDATES
from indicaonline.operators.inventory_updates import PullUpdatesOperator, UpdatesSummaryOperator
from indicaonline.operators.movements import RollUpOperator
from indicaonline.settings import load_settings

settings = load_settings()

with DAG(
    "inventory_updates_hourly",
    description="Pulls what changed in any office since the watermark.",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    **dag_defaults(settings, "inventory", zone="UTC", max_active_runs=4),
) as dag:
    pull_updates = PullUpdatesOperator(
        task_id="pull_updates",
        pool=settings.api_pool,
        execution_timeout=timedelta(hours=1),
        outlets=[INVENTORY_UPDATES],
    )
    # Also when the pull has failed: what it saw counts.
    roll_up = RollUpOperator(task_id="roll_up", trigger_rule=TriggerRule.ALL_DONE)
    summary = UpdatesSummaryOperator(task_id="summary")

    pull_updates >> roll_up >> summary
    pull_updates >> summary
