"""The folder of the Parquet export, through Airflow's ObjectStoragePath."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from pathlib import Path

from indicaonline.hooks.object_store import described, open_address


class ExportFolder:
    """A folder on the worker, or a prefix of an object store. Names are relative to it.

    Raises SettingError and RetriableError, one line.

    :param address: ``INDICAONLINE_EXPORT_URL``
    """

    def __init__(self, address: str) -> None:
        path, self.address = open_address(address, "INDICAONLINE_EXPORT_URL")
        with self._described("read"):
            self._fs = path.fs
        self._root = path.path.rstrip("/")
        self._is_local = path.protocol in ("file", "local", "")

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        with self._described("read"):
            try:
                content: bytes = self._fs.cat_file(self._at(name))
            except FileNotFoundError:
                return None
            return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file at once: readers see the content before, or this one."""
        with self._described("written"):
            if not self._is_local:
                self._fs.pipe_file(self._at(name), content)
                return
            part = self._part(name)
            part.write_bytes(content)
            part.replace(self._at(name))

    def put(self, local: Path, name: str) -> None:
        """Write a file from a local one, likewise."""
        with self._described("written"):
            if not self._is_local:
                # An object store shows an object once all of it has arrived.
                self._fs.put_file(str(local), self._at(name))
                return
            part = self._part(name)
            self._fs.put_file(str(local), str(part))
            part.replace(self._at(name))

    def names(self, below: str) -> list[str]:
        """Return the names of all files below a folder, relative to it."""
        with self._described("read"):
            self._fs.invalidate_cache()
            # fsspec returns paths with or without a leading slash, as the store has it.
            return [found.rpartition(f"/{below}/")[2] for found in self._fs.find(self._at(below))]

    def remove(self, name: str) -> None:
        """Remove a file, if it is still there."""
        with self._described("written"), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _part(self, name: str) -> Path:
        """Return where a file is written before it gets its name, in a folder that is there."""
        path = Path(self._at(f"{name}.part"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _described(self, done: str) -> AbstractContextManager[None]:
        return described(f"INDICAONLINE_EXPORT_URL ({self.address})", done)
