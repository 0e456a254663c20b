"""Metrc reconciliation: compares an export of active packages with the packages as of its time."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from indicaonline.errors import SettingError
from indicaonline.metrc.export import read_export
from indicaonline.records import MetrcExport
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.metrc import Reconciliation, reconcile

log = logging.getLogger(__name__)


def reconcile_export(
    connect: Connect, settings: Settings, blocks: Iterable[bytes], export: MetrcExport
) -> Reconciliation:
    """Compare an export with the packages as of its time; returns and logs the result.

    Idempotent: another run for the same export (its address and time) replaces the result. ``blocks``, the bytes of the
    file, are read once. Raises :class:`~indicaonline.errors.SettingError` where the file cannot be used, or where its
    time is in the future.
    """
    # The state of the packages at a future time is not known yet. Another machine may have dated the file, so its clock
    # is allowed the same skew as that of the API.
    if export.exported_at > now() + settings.max_clock_skew:
        raise SettingError(
            f"The export was made at {export.exported_at:%Y-%m-%d %H:%M:%S}Z, which lies ahead:"
            " give the time at which Metrc made it."
        )
    with warehouse(connect, settings) as connection:
        found = reconcile(connection, export, read_export(blocks))
    for bad_row in found.bad_rows:
        log.warning("Bad row, %s", bad_row)
    if found.bad_row_count > len(found.bad_rows):
        log.warning("%s bad rows in all: see ops.metrc_bad_row.", found.bad_row_count)
    for note in notes(found, export.license):
        log.warning(note)
    log.info("%s rows, %s of them agree; differences: %s", found.row_count, found.matched, found.differences or "none")
    return found


def notes(found: Reconciliation, given: str | None = None) -> list[str]:
    """Return remarks for a reader of the results, in sentences. ``given`` is the licence from the run's parameters."""
    words = []
    if not found.row_count:
        words.append("The export has no rows: if that is not so in Metrc, it was cut short.")
    if not found.licenses:
        words.append("The export names no facility licence, and none was given: the packages of all offices take part.")
    elif found.office_ids is None:
        words.append(
            f"No office has the licence {', '.join(found.licenses[:10])}: the packages of all offices take part."
        )
    elif found.unknown_licenses:
        words.append(f"No office has the licence {', '.join(found.unknown_licenses[:10])}.")
    if given and given not in found.licenses:
        words.append(f"The licence {given} was not used: each row of the export names its own.")
    return words
