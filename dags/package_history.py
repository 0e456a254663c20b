"""
### Keeps every version of packages and of their lab results

Runs after every pull of stock, and at least once a day. It adds to a queue, from the change log, the packages that are
due for refresh: those that are new, changed or vanished in some office, and those whose detail is older than the sweep
age. Active packages are fetched by product. Vanished packages, which no list shows, are fetched by id: that is their
last state. Results become versions in `mart.package_history` and `mart.lab_result`.

The budget limits the requests of a run; the next run continues, with what has been due longest first. A run with an
empty queue sends no request.

**Several tasks.** `INDICAONLINE_PACKAGE_TASKS` sets how many tasks refresh packages together. Each claims products of
the queue, and has its share of the budget and of the connection's requests per second. What a killed task has claimed
is fetched by its next try, or in the next run.

**Fewer requests.** With `INDICAONLINE_PACKAGE_QUANTITY_REFRESH=daily`, a package of which only the quantity changed is
refreshed at most once a business day.

**What a backfill does.** It repeats the work of now: nothing depends on the day of the run, and a version always has
the time at which it was observed.

**Without the PRO plan** the tasks are skipped, with a message. It works once the plan is upgraded.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.packages import RefreshPackagesOperator, SumPackagesOperator


@for_each_account
def package_history(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    with account.dag(
        "package_history",
        "packages",
        zone=settings.business_time_zone,
        description="Refreshes packages that are new, changed, vanished or due for refresh, and keeps every version.",
        doc_md=__doc__,
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable("0 4 * * *", timezone=settings.business_time_zone),
            assets=assets.inventory_daily(settings) | assets.inventory_updates(settings),
        ),
    ):
        refresh_packages = RefreshPackagesOperator.partial(
            task_id="refresh_packages",
            tasks=settings.package_tasks,
            pool=settings.api_pool,
            map_index_template="{{ task.number }} of {{ task.tasks }}",
            execution_timeout=timedelta(hours=6),
        ).expand(number=list(range(1, settings.package_tasks + 1)))
        # The one event of a run, with the counts of all its tasks.
        SumPackagesOperator(
            task_id="sum_up", results=refresh_packages.output, outlets=[assets.package_history(settings)]
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


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    package_history()
