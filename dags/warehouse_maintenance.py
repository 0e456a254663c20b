"""
### Maintains partitions, retention and statistics of the warehouse, and rebuilds it from raw

Every day it creates the partitions of the coming months, drops those beyond their retention, and updates the planner's
statistics.

**Rebuilding.** Triggered with *rebuild_from*, it first derives everything since that business day once more, from
raw responses alone: change logs, current stock, snapshots. Readers see the old state until it commits; loads wait.
Where the code has not changed, the warehouse does not change either. The retention of raw responses limits how far back
a rebuild can start. The same from a shell: `indicaonline rebuild 2026-03-08`.

**What a backfill does.** It repeats the work of now: nothing depends on the day of the run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable, Param, TriggerRule

from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.maintenance import MaintainOperator, RebuildOperator


@for_each_account
def warehouse_maintenance(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "warehouse_maintenance",
        "maintenance",
        zone=settings.business_time_zone,
        description="Creates partitions, enforces retention, updates statistics; rebuilds from raw on request.",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable("30 12 * * *", timezone=settings.business_time_zone),
        params={
            "rebuild_from": Param(
                None,
                type=["null", "string"],
                format="date",
                title="Rebuild derived tables from this date",
                description="A business day. Empty: nothing is rebuilt.",
            )
        },
        task_defaults={
            "retries": 2,
        },
    ):
        rebuild = RebuildOperator(
            task_id="rebuild", from_day="{{ params.rebuild_from or '' }}", execution_timeout=timedelta(hours=12)
        )
        maintain = MaintainOperator(
            task_id="maintain", trigger_rule=TriggerRule.NONE_FAILED, execution_timeout=timedelta(hours=1)
        )
        rebuild >> maintain


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    warehouse_maintenance()
