"""
### Exports every mart as Parquet

Brings the files in `INDICAONLINE_EXPORT_URL`, a folder or an object store, up to date with the marts: closed business
days and closed months of histories, and the present state of all other marts. Only what has changed since the last run
is written: new days, a month that has closed, and days that were published again. A manifest for each mart lists its
files. `docs/export.md` describes how to read them.

Off by default: without the setting there is no schedule, and a manual run skips itself. The workers need the extra
`export`.

**What a backfill does.** It repeats the work of now: nothing depends on the day of the run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable

from indicaonline import assets
from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.export import ExportOperator


@for_each_account
def export_history(account: AccountDags) -> None:
    """Add the DAG of an account."""
    settings = account.settings
    zone = settings.business_time_zone
    with account.dag(
        "export_history",
        "export",
        zone=zone,
        description="Exports every mart as Parquet: closed days and months, and the present state.",
        doc_md=__doc__,
        # Hours after the end of the business day, when no pull can close it any more.
        schedule=CronDataIntervalTimetable("0 8 * * *", timezone=zone) if settings.export_url else None,
        is_paused_upon_creation=False,
        task_defaults={"execution_timeout": timedelta(hours=12)},
    ):
        ExportOperator(task_id="export", outlets=[assets.history_export(settings)])


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    export_history()
