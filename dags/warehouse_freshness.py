"""Whether the warehouse knows as much of now as was promised."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from indicaonline.notifications import alerts, note_problem
from indicaonline.operators.freshness import CheckFreshnessOperator
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import load_settings

settings = load_settings()

DOC = """
### Whether the warehouse knows as much of now as was promised

Fails where an office was not seen whole, or changes were not pulled, for longer than the settings promise
(`INDICAONLINE_FRESHNESS_SNAPSHOT_HOURS`, `INDICAONLINE_FRESHNESS_UPDATE_HOURS`), and names the offices and how long. It
asks the ledger alone, so it also tells that other DAGs are paused, or that nothing runs them. An office that is no
longer listed owes nothing, and one that is new has as long as the promise.

**What a backfill does:** asks about now, once more. Nothing here depends on the time of the run.
"""

with DAG(
    "warehouse_freshness",
    description="Fails where the freshness SLA is breached, naming the offices and their lags.",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("*/30 * * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["indicaonline", "maintenance"],
    on_failure_callback=alerts(settings),
    default_args={
        "owner": "inventory",
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "retry_policy": IndicaOnlineRetryPolicy(),
        "execution_timeout": timedelta(minutes=10),
        "on_failure_callback": note_problem,
    },
) as dag:
    CheckFreshnessOperator(task_id="check_freshness")
