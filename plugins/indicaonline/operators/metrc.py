"""The operator of ``metrc_reconciliation``. The work is in :mod:`indicaonline.jobs.metrc`."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError
from indicaonline.lineage import WarehouseLineage
from indicaonline.settings import load_settings, plain
from indicaonline.task_errors import without_traceback

if TYPE_CHECKING:
    from airflow.sdk import Context, ObjectStoragePath

_ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z][\w+.-]*)://(?:(?P<user>[^/@]*)@)?)?(?P<rest>.+)", re.S)


class ReconcileMetrcOperator(WarehouseLineage, BaseOperator):
    """Compares an export of active packages from Metrc with what was seen here by its time.

    Takes the run's parameters ``export`` (an absolute path or the URL of an object store), ``exported_at`` (ISO, with
    an offset; None: when the file was last written), ``license`` (of the facility, for rows that name none) and
    ``tolerance`` (a share from 0 to 1; None: the setting).
    Returns counts and words: ``{"source", "exported_at", "reconciled_at", "tolerance", "rows", "matched",
    "differences", "bad_rows", "first_bad_rows", "notes"}``, times in UTC.
    """

    reads = ("inventory.package_version",)
    writes = ("mart.metrc_reconciliation", "mart.metrc_discrepancy")

    @without_traceback
    def execute(self, context: Context) -> dict[str, Any]:
        from indicaonline.hooks.warehouse import open_warehouse
        from indicaonline.jobs.metrc import notes, reconcile_export
        from indicaonline.warehouse.metrc import Export

        params = context["params"]
        path, source = export_path(params.get("export"))
        given = _instant(params.get("exported_at"))
        tolerance = _share(params.get("tolerance"), load_settings().metrc_tolerance_share)
        connect, settings = open_warehouse(syncs_settings=True)
        with opened(path, source) as file:
            exported_at = given or _written_at(path, source)
            if given is None:
                self.log.info("No time of the export was given: its file was last written at %s.", exported_at)
            export = Export(source, exported_at, given is not None, tolerance, _license(params.get("license")))
            found = reconcile_export(connect, settings, file, export)
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


def export_path(address: object) -> tuple[ObjectStoragePath, str]:
    """Where an export is, for Airflow, and its address without what may be secret in it.

    Raises SettingError where it is neither an absolute path nor a URL of a kind that a provider here can read.
    """
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs

    text = address.strip() if isinstance(address, str) else ""
    match = _ADDRESS.fullmatch(text)
    if match is None or not (match["scheme"] or text.startswith("/")):
        raise SettingError("Give the export as an absolute path, or as a URL such as s3://bucket/key.")
    scheme = (match["scheme"] or "file").lower()
    if ":" in (match["user"] or ""):
        raise SettingError(
            "The URL of the export carries a password: put it into a connection, and name that one, as in"
            f" {scheme}://connection@bucket/key."
        )
    if not has_fs(scheme):
        raise SettingError(
            f"No provider of this Airflow reads {scheme}:// addresses: install the one that does, such as"
            " apache-airflow-providers-amazon[s3fs] for s3."
        )
    # What follows a question mark may be a signature. In the name of a local file it is nothing special.
    rest = match["rest"] if scheme == "file" else re.split(r"[?#]", match["rest"])[0]
    source = f"{scheme}://{rest}"
    with _described(source):
        return ObjectStoragePath(text), source


@contextmanager
def opened(path: ObjectStoragePath, source: str) -> Iterator[io.BufferedReader]:
    """The file of an export, to be read from its start; what goes wrong with it is one line.

    Raises SettingError where there is no such file, or no such connection, and RetriableError for anything else.
    """
    with _described(source):
        file = path.fs.open(path.path, "rb")
    with file:
        yield io.BufferedReader(_Guarded(file, source), 1 << 20)


class _Guarded(io.RawIOBase):
    """A file whose errors while it is read are those of this project."""

    def __init__(self, file: Any, source: str) -> None:
        self._file = file
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _described(self._source):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _described(source: str) -> Iterator[None]:
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        yield
    except IndicaOnlineError:
        raise
    except AirflowNotFoundException:
        raise SettingError(f"There is no connection of the name that is in the URL of the export {source}.") from None
    except FileNotFoundError:
        raise SettingError(
            f"There is no export {source}: a path is looked up on the worker that runs the task."
        ) from None
    except IsADirectoryError:
        raise SettingError(f"The export {source} is a folder: give the file.") from None
    except PermissionError:
        raise SettingError(f"The export {source} may not be read by this Airflow.") from None
    except Exception as error:
        # Its own words might hold credentials.
        raise RetriableError(f"The export {source} cannot be read: {type(error).__name__}.") from None


def _written_at(path: ObjectStoragePath, source: str) -> dt.datetime:
    try:
        with _described(source):
            written_at = path.fs.modified(path.path)
    except RetriableError:
        written_at = None
    if not isinstance(written_at, dt.datetime) or written_at.tzinfo is None:
        raise SettingError(f"{source} does not tell when it was written: give the time at which Metrc made the export.")
    return plain(written_at)


def _instant(text: object) -> dt.datetime | None:
    if text is None or text == "":
        return None
    try:
        instant = dt.datetime.fromisoformat(str(text))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingError("The time of the export must be ISO with an offset, such as 2026-03-08T09:30:00-08:00.")
    return plain(instant)


def _license(text: object) -> str | None:
    return str(text or "").strip().upper() or None


def _share(value: object, default: float) -> Decimal:
    try:
        share = Decimal(str(default if value is None else value))
    except InvalidOperation:
        share = Decimal("NaN")
    if not (share.is_finite() and 0 <= share <= 1):
        raise SettingError("The tolerance must be a number from 0 to 1, such as 0.05.")
    return share
