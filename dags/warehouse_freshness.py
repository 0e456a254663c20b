"""
### Checks the freshness SLA of the warehouse

Fails where the last complete pull of an office, or of changes, is older than the freshness SLA
(`INDICAONLINE_FRESHNESS_SNAPSHOT_HOURS`, `INDICAONLINE_FRESHNESS_UPDATE_HOURS`), and names the offices and the ages. It
reads the pull ledger only, so it also detects that other DAGs are paused or that nothing runs them. Offices that are no
longer listed are exempt; for a new office, the SLA starts when it is listed.

**What a backfill does.** It checks the current state again: nothing depends on the time of the run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable

from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.freshness import CheckFreshnessOperator


@for_each_account
def warehouse_freshness(account: AccountDags) -> None:
    """Add the DAG of an account."""
    with account.dag(
        "warehouse_freshness",
        "maintenance",
        zone="UTC",
        description="Fails where the freshness SLA is breached, with the offices and the ages of their data.",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable("*/30 * * * *", timezone="UTC"),
        task_defaults={
            "retries": 2,
            "retry_delay": timedelta(minutes=5),
            "retry_exponential_backoff": 0,
            "execution_timeout": timedelta(minutes=10),
        },
    ):
        CheckFreshnessOperator(task_id="check_freshness")


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    warehouse_freshness()
