"""Maintains partitions, retention and statistics of the warehouse, and rebuilds it from raw."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TriggerRule

from indicaonline.notifications import alerts, note_problem
from indicaonline.operators.maintenance import MaintainOperator, RebuildOperator
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import load_settings

settings = load_settings()

DOC = """
### Maintains partitions, retention and statistics of the warehouse, and rebuilds it from raw

Every day it creates the partitions of the coming months, drops those beyond their retention, and updates the planner's
statistics.

**Rebuilding.** Triggered with *rebuild_from*, it first derives everything since that business day once more, from
raw responses alone: change logs, current stock, snapshots. Readers see the old state until it commits; loads wait.
Where the code has not changed, the warehouse does not change either. The retention of raw responses limits how far back
a rebuild can start. The same from a shell: `indicaonline rebuild 2026-03-08`.

**What a backfill does.** It repeats the work of now: nothing depends on the day of the run.
"""

with DAG(
    "warehouse_maintenance",
    description="Makes partitions ahead, ends retention, refreshes statistics; rebuilds from raw when asked to.",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("30 12 * * *", timezone=settings.business_time_zone),
    start_date=pendulum.datetime(2024, 1, 1, tz=settings.business_time_zone),
    catchup=False,
    max_active_runs=1,
    tags=["indicaonline", "maintenance"],
    params={
        "rebuild_from": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Rebuild derived tables from this date",
            description="A business day. Empty: nothing is rebuilt.",
        )
    },
    on_failure_callback=alerts(settings),
    default_args={
        "owner": "inventory",
        "retries": 2,
        # Soon, for a task whose worker died; then ever later, for an API that is down.
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 4,
        "retry_policy": IndicaOnlineRetryPolicy(),
        "on_failure_callback": note_problem,
    },
) as dag:
    rebuild = RebuildOperator(
        task_id="rebuild", from_day="{{ params.rebuild_from or '' }}", execution_timeout=timedelta(hours=12)
    )
    maintain = MaintainOperator(
        task_id="maintain", trigger_rule=TriggerRule.NONE_FAILED, execution_timeout=timedelta(hours=1)
    )
    rebuild >> maintain
