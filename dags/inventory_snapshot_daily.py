"""Every office's stock at the end of each business day."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.providers.common.sql.operators.sql import SQLColumnCheckOperator, SQLTableCheckOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TriggerRule

from indicaonline.operators.alerts import alerts, note_problem
from indicaonline.operators.assets import INVENTORY_DAILY
from indicaonline.operators.inventory_snapshot import PlanOfficesOperator, SnapshotOfficesOperator
from indicaonline.operators.movements import RollUpOperator
from indicaonline.retry_policy import IndicaOnlineRetryPolicy
from indicaonline.settings import load_settings

settings = load_settings()

DOC = """
### Every office's stock at the end of each business day

One run is about one business day, in the business time zone. Just after the day has ended it pulls all stock of every
office from the API, stores what changed, and publishes the day to `mart.inventory_daily`, office by office. In the end
it brings `mart.stock_movement_daily` up to what was seen.

**What a backfill does.** The API only knows now, so nothing is asked of it for a day that is over for longer than the
tolerance (6 hours unless set otherwise). Such a day is published again from what was observed at the time: as
`carried_forward` from the last observations before its end where no pull speaks for it, and not at all where nobody saw
the office in the days before: then `mart.coverage` says `missing`, which is not zero. Clearing a task, catching up and
a trigger with a past date follow the same rules. Repeating any of them gives the same rows.

**A trigger by hand** looks at now: the offices are pulled and the changes stored. The day that ended last is published
only while the tolerance lasts.

**A held-back pull.** If an office seems to have emptied, its task fails and nothing is changed. If that is right,
trigger this DAG with the number of the pull in *accept_held_pulls*.
"""

with DAG(
    "inventory_snapshot_daily",
    description="Pulls every office after the end of the business day and publishes the day's snapshot.",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=settings.business_time_zone),
    start_date=pendulum.datetime(2024, 1, 1, tz=settings.business_time_zone),
    catchup=False,
    max_active_runs=1,
    tags=["indicaonline", "inventory"],
    params={
        "accept_held_pulls": Param(
            [],
            type="array",
            items={"type": "integer"},
            title="Held-back pulls to accept",
            description="Numbers of pulls that were held back because they would have emptied an office.",
        )
    },
    on_failure_callback=alerts(settings),
    default_args={
        "owner": "inventory",
        "retries": 3,
        # Soon, for a task whose worker died; then ever later, for an API that is down.
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 4,
        "retry_policy": IndicaOnlineRetryPolicy(),
        "on_failure_callback": note_problem,
    },
) as dag:
    plan_offices = PlanOfficesOperator(task_id="plan_offices")
    snapshot_office = SnapshotOfficesOperator.partial(
        task_id="snapshot_office",
        pool=settings.api_pool,
        map_index_template="{{ label }}",
        execution_timeout=timedelta(hours=1),
        outlets=[INVENTORY_DAILY],
    ).expand(group=plan_offices.output)

    # Checked also when an office has failed: what the others published counts.
    day = "snapshot_date = '{{ ti.xcom_pull(task_ids='plan_offices', key='business_day') }}'"
    check_columns = SQLColumnCheckOperator(
        task_id="check_columns",
        conn_id=settings.warehouse_conn_id,
        table="mart.inventory_daily",
        partition_clause=day,
        column_mapping={
            "quantity": {"null_check": {"equal_to": 0}},
            "measurement": {"null_check": {"equal_to": 0}},
            "observed_at": {"null_check": {"equal_to": 0}},
        },
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )
    check_day = SQLTableCheckOperator(
        task_id="check_day",
        conn_id=settings.warehouse_conn_id,
        table="ops.publication_check",
        partition_clause=day,
        checks={
            "every_published_row_is_there": {"check_statement": "bool_and(rows_found = row_count)"},
            "observed_rows_are_of_their_pull": {"check_statement": "bool_and(rows_out_of_time = 0)"},
            "every_office_is_published": {"check_statement": "bool_and(is_published)"},
        },
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )
    # Also when an office has failed: what was seen of it counts, and so do the others.
    roll_up = RollUpOperator(task_id="roll_up", trigger_rule=TriggerRule.ALL_DONE)
    # The leaf of the run: it cannot succeed, and so the run cannot end green, unless every task before it did.
    every_office_is_published = EmptyOperator(task_id="every_office_is_published")

    plan_offices >> snapshot_office >> [check_columns, check_day, roll_up] >> every_office_is_published
    snapshot_office >> every_office_is_published
