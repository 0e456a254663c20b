"""Checks the freshness SLA of the warehouse."""

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
### Checks the freshness SLA of the warehouse

Fails where the last complete pull of an office, or of changes, is older than the freshness SLA
(`INDICAONLINE_FRESHNESS_SNAPSHOT_HOURS`, `INDICAONLINE_FRESHNESS_UPDATE_HOURS`), and names the offices and the ages. It
reads the pull ledger only, so it also detects that other DAGs are paused or that nothing runs them. Offices that are no
longer listed are exempt; for a new office, the SLA starts when it is listed.

**What a backfill does.** It checks the current state again: nothing depends on the time of the run.
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
