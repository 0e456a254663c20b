"""
### Compares an export of active packages from Metrc with the warehouse

Put the export, a CSV or a workbook (.xlsx), where the workers can read it: a folder that they share, or an object
store. Trigger this DAG with its path or URL. For a private object store name the connection in the URL:
`s3://connection@bucket/key`.

The export is compared, tag by tag, with the packages as they were known **when Metrc made it**: missing on either side,
another quantity, another unit. Results are in `mart.metrc_discrepancy`; `mart.metrc_reconciliation` has a row for each
comparison, also for one without differences. Unusable rows of the file are reported by line, in the log and in
`ops.metrc_bad_row`; the others are compared.

**Retries, clears and repeated triggers** are idempotent: the address of the export and the time at which Metrc made it
identify a comparison, and repeating it replaces its results. It reads the file as it is now and sends no request to any
API. There is no schedule, so there is nothing to backfill.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Param

from indicaonline.dag_factory import AccountDags, for_each_account
from indicaonline.operators.metrc import ReconcileMetrcOperator


@for_each_account
def metrc_reconciliation(account: AccountDags) -> None:
    """Add the DAG of an account."""
    with account.dag(
        "metrc_reconciliation",
        "packages",
        description="Compares an export of active packages from Metrc with the warehouse as of its time.",
        doc_md=__doc__,
        schedule=None,
        is_paused_upon_creation=False,
        params={
            "export": Param(
                type="string",
                minLength=1,
                title="Export",
                description="Absolute path on the workers, or URL of an object store, such as s3://bucket/key.",
            ),
            "exported_at": Param(
                None,
                type=["null", "string"],
                format="date-time",
                title="When Metrc made the export",
                description="Empty: when the file was last written.",
            ),
            "license": Param(
                None,
                type=["null", "string"],
                title="Licence of the facility",
                description="For rows that name none: Metrc's grid writes it into the name of the file only.",
            ),
            "tolerance": Param(
                None,
                type=["null", "number"],
                minimum=0,
                maximum=1,
                title="Tolerance",
                description="Tolerated difference, as a share of the greater quantity. Empty: as set, 0.05 by default.",
            ),
        },
        task_defaults={
            "execution_timeout": timedelta(hours=1),
        },
    ):
        ReconcileMetrcOperator(task_id="reconcile")


# Airflow runs this file. A DAG file of your own imports the function from indicaonline.dags.
if not __package__:
    metrc_reconciliation()
