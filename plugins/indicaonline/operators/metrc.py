"""The operator of ``metrc_reconciliation``; see :mod:`indicaonline.jobs.metrc`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from airflow.sdk import Context

from indicaonline.errors import SettingError
from indicaonline.operators.account import AccountOperator
from indicaonline.task_errors import without_traceback


class ReconcileMetrcOperator(AccountOperator):
    """Compares an export of active packages from Metrc with the packages as of its time.

    Reads the run's parameters ``export`` (an absolute path or the URL of an object store), ``exported_at`` (ISO, with
    an offset; by default the time at which the file was last written), ``license`` (of the facility, for rows that name
    none) and ``tolerance`` (a share from 0 to 1; by default the setting).
    Returns counts and sentences: ``{"source", "exported_at", "reconciled_at", "tolerance", "rows", "matched",
    "differences", "bad_rows", "first_bad_rows", "notes"}``, times in UTC.
    """

    reads = ("inventory.package_version",)
    writes = ("mart.metrc_reconciliation", "mart.metrc_discrepancy")

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.hooks.metrc_export import opened, written_at
        from indicaonline.hooks.object_store import open_address
        from indicaonline.jobs.given import instant_of
        from indicaonline.jobs.metrc import notes, reconcile_export
        from indicaonline.records import MetrcExport

        params = context["params"]
        path, source = open_address(params.get("export"), "the export")
        exported = params.get("exported_at")
        given = instant_of(exported, "The time of the export") if exported else None
        tolerance = _share(params.get("tolerance"), self.load_settings().metrc_tolerance_share)
        # After the parameters, so that a wrong one is reported without a connection.
        connect, settings = self.open_warehouse(syncs_settings=True)
        with opened(path, source) as blocks:
            exported_at = given or written_at(path, source)
            if given is None:
                self.log.info("No time of the export was given: its file was last written at %s.", exported_at)
            export = MetrcExport(source, exported_at, given is not None, tolerance, _license(params.get("license")))
            found = reconcile_export(connect, settings, blocks, export)
        return {
            "source": source,
            "exported_at": found.exported_at.isoformat(),
            "reconciled_at": found.reconciled_at.isoformat(),
            "tolerance": str(tolerance),
            "rows": found.row_count,
            "matched": found.matched,
            "differences": found.differences,
            "bad_rows": found.bad_row_count,
            "first_bad_rows": found.bad_rows,
            "notes": notes(found, export.license),
        }


def _license(text: object) -> str | None:
    # Upper case, as Metrc writes licence numbers and as the reader of the export returns them.
    return str(text or "").strip().upper() or None


def _share(value: object, default: float) -> Decimal:
    # By way of str: Decimal(0.05) has the digits of the float.
    try:
        share = Decimal(str(default if value is None else value))
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and 0 <= share <= 1):
        raise SettingError("The tolerance must be a number from 0 to 1, such as 0.05.")
    return share
