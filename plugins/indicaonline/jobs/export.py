"""The export of marts as Parquet: which partitions to write, and the manifests that name the files that count.

Files are named by their content and never change. A manifest is replaced once a partition is written, so that it always
names whole files, and each partition once. The next run removes what no manifest names.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
import tempfile
from pathlib import Path
from typing import Protocol

import msgspec

from indicaonline.errors import FatalError, SettingError
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.export import DECIMALS, Mart, Part, copied, list_marts, plan_parts
from indicaonline.warehouse.exports import HISTORIES
from indicaonline.warehouse.schema import newest_revision
from indicaonline.warehouse.session import wait_for_turn
from indicaonline.warehouse.sql import Connection

log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
# What an export writes: nothing else in its folders is ever removed.
_OURS = re.compile(r"(month=(?P<month>[^/]+)/)?[\w-]+-[0-9a-f]{12}\.parquet(\.part)?")


class Folder(Protocol):
    """Where an export goes: a folder, or a prefix of an object store. Names are relative, with slashes."""

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file at once: readers see the content before, or this one."""

    def put(self, local: Path, name: str) -> None:
        """Write a file from a local one, likewise."""

    def names(self, below: str) -> list[str]:
        """Return the names of all files below a folder, relative to it."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is still there."""


class Exported(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of an export, as the manifest lists it.

    ``inputs`` identifies what its rows were derived from, ``revision`` the schema. ``rounded`` is true where a number
    had more than 18 decimals.
    """

    file: str
    month: str
    day: dt.date | None
    rows: int
    bytes: int
    sha256: str
    inputs: str
    revision: str
    written_at: dt.datetime
    rounded: bool = False


class Manifest(msgspec.Struct, frozen=True):
    """The files of a mart. Each partition is named once."""

    mart: str
    columns: dict[str, str]
    files: list[Exported] = []


class ExportResult(msgspec.Struct, frozen=True):
    """Counts of a run: marts, partitions written and unchanged, rows and bytes written, and leftovers removed."""

    marts: int
    written: int
    unchanged: int
    rows: int
    bytes: int
    removed: int


def export(connect: Connect, settings: Settings, folder: Folder) -> ExportResult:
    """Bring an export up to date with the marts; returns what was written.

    Idempotent: what has not changed since the last run is neither read nor written, and a killed run is continued.
    Partitions of days that have left PostgreSQL stay as they are. Raises :class:`~indicaonline.errors.SettingError`
    where pyarrow is missing.
    """
    try:
        import indicaonline.jobs.parquet  # noqa: F401 - is tried before anything is read
    except ImportError:
        raise SettingError(
            "The export needs pyarrow: install it on the workers with pip install 'airflow-indicaonline[export]'."
        ) from None
    written: list[Exported] = []
    unchanged = removed = 0
    with warehouse(connect, settings) as connection:
        # Of two runs at once, one would remove files that the other has not named yet.
        wait_for_turn(connection, "export")
        marts = list_marts(connection)
        connection.commit()
        for mart in marts:
            run = _MartExport(connection, folder, mart)
            written += run.update()
            unchanged += run.unchanged
            removed += run.removed
    counts = ExportResult(
        len(marts),
        len(written),
        unchanged,
        sum(file.rows for file in written),
        sum(file.bytes for file in written),
        removed,
    )
    log.info("%s", counts)
    return counts


class _MartExport:
    """The export of one mart."""

    def __init__(self, connection: Connection, folder: Folder, mart: Mart) -> None:
        self.connection = connection
        self.folder = folder
        self.mart = mart
        self.unchanged = self.removed = 0
        self.there = set(folder.names(mart.name))
        content = folder.read(f"{mart.name}/{MANIFEST}")
        self.files = [] if content is None else _decode(content, mart).files

    def update(self) -> list[Exported]:
        """Write the partitions that differ, each followed by the manifest; returns them."""
        parts = plan_parts(self.connection, self.mart)
        written = []
        for part in parts:
            # A file that somebody removed is written again.
            there = (file for file in self.files if file.file in self.there)
            known = next((file for file in there if (file.month, file.day) == (part.month, part.day)), None)
            # Without inputs, only the rows show whether they have changed.
            if known is not None and part.inputs and known.inputs == part.inputs:
                self.unchanged += 1
                continue
            file = self._write(part, known)
            if file is None:
                continue
            if file != known:
                self._keep([each for each in self.files if not _replaces(file, each)] + [file])
            if known is not None and known.file == file.file:
                self.unchanged += 1
            else:
                written.append(file)
                self.there.add(file.file)
        self._forget({(part.month, part.day) for part in parts})
        self.removed = self._remove_leftovers({part.month for part in parts})
        return written

    def _remove_leftovers(self, months: set[str]) -> int:
        """Remove files that the manifest does not name, of months that can be written again; returns their number."""
        named = {file.file for file in self.files}
        if missing := sorted(named - self.there):
            # Their days have left PostgreSQL: all others were written again.
            log.warning("%s files are missing, restore them: %s", self.mart.name, ", ".join(missing))
        found = [
            name for name in self.there - named if (match := _OURS.fullmatch(name)) and (match["month"] or "") in months
        ]
        for name in found:
            self.folder.remove(f"{self.mart.name}/{name}")
        return len(found)

    def _write(self, part: Part, known: Exported | None) -> Exported | None:
        """Write a partition, unless the export has this very file; returns None where it has changed meanwhile."""
        with tempfile.TemporaryDirectory(prefix="export-") as scratch:
            local = Path(scratch, "rows.parquet")
            rows, rounded = self._copy(part, local)
            history = HISTORIES.get(self.mart.name)
            # Retention, or another publication, between the plan and the rows.
            if history and history.leaves_postgresql and part not in plan_parts(self.connection, self.mart):
                log.info("%s %s changed while it was read: the next run writes it.", self.mart.name, part.describe())
                return None
            with local.open("rb") as content:
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            place = f"month={part.month}/" if part.month else ""
            name = f"{place}{part.describe()}-{sha256[:12]}.parquet"
            size = local.stat().st_size
            if known is None or known.file != name:
                self.folder.put(local, f"{self.mart.name}/{name}")
                log.info("%s/%s: %s rows, %s bytes", self.mart.name, name, f"{rows:,}", f"{size:,}")
        at = known.written_at if known is not None and known.file == name else now()
        return Exported(name, part.month, part.day, rows, size, sha256, part.inputs, newest_revision(), at, rounded)

    def _copy(self, part: Part, local: Path) -> tuple[int, bool]:
        """Write the rows to a local file; returns their number, and whether numbers had to be rounded."""
        from indicaonline.jobs.parquet import UnfitNumberError, write_parquet

        for rounds in (False, True):
            try:
                with copied(self.connection, self.mart, part, rounds=rounds) as rows:
                    return write_parquet(rows, self.mart.columns, DECIMALS, local), rounds
            except UnfitNumberError:
                self.connection.rollback()
        raise FatalError(f"A number of mart.{self.mart.name} has more than 20 digits before its point.")

    def _forget(self, planned: set[tuple[str, dt.date | None]]) -> None:
        """Drop what the plan no longer has, in months that it has: other months have left PostgreSQL."""
        months = {month for month, _ in planned}
        kept = [file for file in self.files if file.month not in months or (file.month, file.day) in planned]
        if kept != self.files:
            self._keep(kept)

    def _keep(self, files: list[Exported]) -> None:
        self.files = sorted(files, key=lambda file: file.file)
        manifest = Manifest(self.mart.name, self.mart.columns, self.files)
        self.folder.write(f"{self.mart.name}/{MANIFEST}", msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def _replaces(file: Exported, other: Exported) -> bool:
    """Return True if a partition takes the place of another: itself before, or a day and its month."""
    return other.month == file.month and (other.day == file.day or None in (file.day, other.day))


def _decode(content: bytes, mart: Mart) -> Manifest:
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError:
        # Not replaced: the files of days that have left PostgreSQL would be lost with it.
        raise FatalError(
            f"The file {mart.name}/{MANIFEST} of the export is no manifest: restore it, or move the folder"
            f" {mart.name} away, and the next run writes all that the warehouse still has."
        ) from None
