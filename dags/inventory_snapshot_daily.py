"""
### Publishes the stock of every office at the end of each business day

One run covers one business day, in the business time zone. Just after the end of the day it pulls all stock of every
office from the API, stores what changed, and publishes the day to `mart.inventory_daily`, office by office. Then it
rolls up `mart.stock_movement_daily`. Its last task, `summary`, lists every office with its pull, its rejected items and
its publication.

**Offices in other time zones.** Each zone in `INDICAONLINE_OFFICE_TIME_ZONES` adds a DAG with the same tasks for the
offices of that zone, such as `inventory_snapshot_daily_America_Denver`. Its runs start at midnight in that zone, and it
is not paused when it is created. A run of `inventory_snapshot_daily` itself covers the day of every office: it
publishes the day again where it has ended, and skips offices where it has not.

**What a backfill does.** The API only returns the current state, so a day that ended before the tolerance (6 hours by
default) causes no request. Such a day is published again from the observations of its time. Without a closing pull it
is `carried_forward` from the last observations before its end. Without any pull in the days before, it is not published
and `mart.coverage` shows `missing`, which is not zero. Clearing a task, catching up and a trigger with a past date
follow the same rules, and all of them are idempotent. A backfill of `inventory_snapshot_daily` alone publishes the days
of all offices, whatever their zone.

**A manual run** pulls the current state of all offices and stores the changes. It publishes the last ended day only
within the tolerance.

**Held-back pulls.** If an office seems to have emptied, its task fails and nothing is changed. The run then triggers
`held_back_pulls`, which asks a person under *Required Actions* to accept or dismiss the pull. If nobody does, the next
complete pull of the office supersedes it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from airflow.providers.common.sql.operators.sql import SQLTableCheckOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import CronDataIntervalTimetable, TriggerRule

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.held_pulls import FindHeldPullsOperator
from indicaonline.operators.inventory_snapshot import (
    PlanOfficesOperator,
    PublishOfficesOperator,
    SnapshotGroupOperator,
    SnapshotSummaryOperator,
)
from indicaonline.operators.movements import RollUpOperator
from indicaonline.settings import Settings


def add_tasks(settings: Settings, only: str | None) -> None:
    """Add the tasks of such a DAG, inside its ``with`` block; ``only`` restricts it to the offices of a time zone."""
    plan_offices: Any = PlanOfficesOperator(task_id="plan_offices", time_zone=only)
    snapshot_office = SnapshotGroupOperator.partial(
        task_id="snapshot_office",
        time_zone=only,
        pool=settings.api_pool,
        # Rendered from the argument of the task, so that the office is shown from the start of each try.
        map_index_template="{{ task.names }}",
        execution_timeout=timedelta(hours=1),
        outlets=[assets.inventory_daily(settings)],
    ).expand_kwargs(plan_offices.output)
    # Offices that are not pulled, such as those of a past day. They do not wait for a slot of the pool.
    publish_offices = PublishOfficesOperator(
        task_id="publish_offices",
        time_zone=only,
        offices=plan_offices.output["published"],
        execution_timeout=timedelta(hours=1),
        outlets=[assets.inventory_daily(settings)],
    )
    # Runs also if an office failed, and checks what the others published. The checks pass if nothing was published, so
    # that a run whose plan failed does not fail here, too.
    check_day = SQLTableCheckOperator(
        task_id="check_day",
        conn_id=settings.warehouse_conn_id,
        table="ops.publication_check",
        partition_clause=(
            "snapshot_date = '{{ ti.xcom_pull(task_ids='plan_offices', key='business_day') or 'infinity' }}'"
            " AND office_id = ANY('{{ ti.xcom_pull(task_ids='plan_offices', key='due') or '{}' }}'::bigint[])"
        ),
        checks={
            "every_published_row_is_there": {"check_statement": "coalesce(bool_and(rows_found = row_count), true)"},
            "observed_rows_are_of_their_pull": {"check_statement": "coalesce(bool_and(rows_out_of_time = 0), true)"},
            "every_office_is_published": {"check_statement": "coalesce(bool_and(is_published), true)"},
        },
        trigger_rule=TriggerRule.ALL_DONE,
    )
    # Runs also if an office failed, because the rows received from it, and those of other offices, are stored.
    roll_up = RollUpOperator(task_id="roll_up", trigger_rule=TriggerRule.ALL_DONE)
    # A pull that is held back fails its task. Runs also if none was: a pull may have been held back outside this DAG.
    find_held_back = FindHeldPullsOperator(task_id="find_held_back", trigger_rule=TriggerRule.ALL_DONE)
    ask_about_held_back = TriggerDagRunOperator.partial(
        task_id="ask_about_held_back",
        trigger_dag_id=settings.of_account("held_back_pulls"),
        # Without a logical date, of which a DAG can have only one run.
        logical_date=None,
        # Retries, clears and later runs ask about a pull only once.
        skip_when_already_exists=True,
        map_index_template="Pull {{ task.conf['pull_id'] }}",
    ).expand_kwargs(find_held_back.output)
    summary = SnapshotSummaryOperator(task_id="summary", zones=settings.time_zones, time_zone=only)

    snapshot_office >> [roll_up, find_held_back]
    [snapshot_office, publish_offices] >> check_day
    [plan_offices, snapshot_office, publish_offices, check_day, roll_up, ask_about_held_back] >> summary


@for_each_account
def inventory_snapshot_daily(account: AccountDags) -> None:
    """Add the DAGs of an account, one for each time zone: its runs end at midnight there."""
    settings = account.settings
    for zone in settings.time_zones:
        dag_id = "inventory_snapshot_daily"
        only, description = (
            None,
            "Pulls every office after the end of the business day and publishes the day's snapshot.",
        )
        if zone != settings.business_time_zone:
            only, description = zone, f"{dag_id} at midnight in {zone}, for the offices of that time zone."
            dag_id += "_" + re.sub(r"[^A-Za-z0-9-]", "_", zone.replace("+", "plus"))
        with account.dag(
            dag_id,
            "inventory",
            zone=zone,
            description=description,
            doc_md=__doc__,
            schedule=CronDataIntervalTimetable("0 0 * * *", timezone=zone),
            # A setting adds a zone. Its offices would lose days until somebody noticed that a DAG is paused.
            is_paused_upon_creation=None if only is None else False,
        ):
            add_tasks(settings, only)


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    inventory_snapshot_daily()
