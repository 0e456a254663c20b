"""
### The whole life of every package, with its lab results

Runs whenever stock has been pulled, and once a day in any case. It works out from the change log which packages need a
look: those that are new, changed or vanished in some office, and those whose detail is older than the sweep age. Active
packages are asked for by product; packages that vanished, which no list shows any more, by their id: that is their last
state. What it sees becomes versions in `mart.package_history` and `mart.lab_result`.

A run asks at most as many requests as the budget allows; the next one goes on, the oldest need first. A run that finds
nothing to look at asks nothing.

**What a backfill does:** the work of now, once more. Nothing here depends on the day of the run, and no version is ever
put under a time at which nobody looked.

**Without the PRO Plan** the task is skipped and says so. It starts by itself once the plan is upgraded.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from indicaonline.dag_defaults import dag_defaults
from indicaonline.operators.assets import INVENTORY_DAILY, INVENTORY_UPDATES, PACKAGE_HISTORY
from indicaonline.operators.packages import RefreshPackagesOperator
from indicaonline.settings import load_settings

settings = load_settings()

with DAG(
    "package_history",
    description="Looks at packages that are new, changed, vanished or long unseen, and keeps every version of them.",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 4 * * *", timezone=settings.business_time_zone),
        assets=INVENTORY_DAILY | INVENTORY_UPDATES,
    ),
    **dag_defaults(settings, "packages", zone=settings.business_time_zone),
) as dag:
    refresh_packages = RefreshPackagesOperator(
        task_id="refresh_packages",
        pool=settings.api_pool,
        execution_timeout=timedelta(hours=6),
        outlets=[PACKAGE_HISTORY],
    )
    check_versions = SQLTableCheckOperator(
        task_id="check_versions",
        conn_id=settings.warehouse_conn_id,
        table="mart.package_history",
        partition_clause="is_current",
        checks={
            "one_current_version_per_package": {"check_statement": "count(*) = count(DISTINCT package_id)"},
            "seen_when_it_says": {"check_statement": "coalesce(bool_and(observed_at >= valid_from), true)"},
        },
    )
    refresh_packages >> check_versions
