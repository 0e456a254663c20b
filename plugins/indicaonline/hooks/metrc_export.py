"""The file of an export from Metrc."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from indicaonline.errors import RetriableError, SettingError
from indicaonline.hooks.object_store import described
from indicaonline.settings import to_utc

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

# Fewer requests to an object store than with small blocks, and little memory.
BLOCK = 1 << 20


@contextmanager
def opened(path: ObjectStoragePath, source: str) -> Iterator[Iterator[bytes]]:
    """Open an export, and yield its bytes block by block.

    Raises SettingError for a missing file or connection, and RetriableError for any other failure.
    """
    with described(f"the export {source}", "read"):
        file = path.fs.open(path.path, "rb")
    with file:
        yield _blocks(file, source)


def _blocks(file: IO[bytes], source: str) -> Iterator[bytes]:
    with described(f"the export {source}", "read"):
        while block := file.read(BLOCK):
            yield block


def written_at(path: ObjectStoragePath, source: str) -> dt.datetime:
    """Return when the file was last written (UTC). Raises SettingError if its store does not provide that."""
    try:
        with described(f"the export {source}", "read"):
            instant = path.fs.modified(path.path)
    # fsspec file systems without times raise NotImplementedError.
    except RetriableError:
        instant = None
    if not isinstance(instant, dt.datetime) or instant.tzinfo is None:
        raise SettingError(f"The store of {source} has no time for it: give the time at which Metrc made the export.")
    return to_utc(instant)
