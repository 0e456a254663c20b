"""Access to the file of an export: a path on the worker, or a URL of an object store."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError
from indicaonline.settings import to_utc

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

# Fewer requests to an object store than with small blocks, and little memory.
BLOCK = 1 << 20

_ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z][\w+.-]*)://(?:(?P<user>[^/@]*)@)?)?(?P<rest>.+)", re.S)


def export_path(address: object) -> tuple[ObjectStoragePath, str]:
    """Return the path of an export for Airflow, and its address without secrets.

    Raises SettingError for anything but an absolute path, or a URL that an installed provider can read.
    """
    # Imported here, so that DAG files, which import the operators, do not load fsspec.
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs

    text = address.strip() if isinstance(address, str) else ""
    match = _ADDRESS.fullmatch(text)
    if match is None or not (match["scheme"] or text.startswith("/")):
        raise SettingError("Give the export as an absolute path, or as a URL such as s3://bucket/key.")
    scheme = (match["scheme"] or "file").lower()
    # The user part of a URL is the id of a connection. A password there would be in the params of the run.
    if ":" in (match["user"] or ""):
        raise SettingError(
            "The URL of the export carries a password: put it into a connection, and name the connection, as in"
            f" {scheme}://connection@bucket/key."
        )
    if not has_fs(scheme):
        raise SettingError(
            f"No provider of this Airflow reads {scheme}:// addresses: install the one that does, such as"
            " apache-airflow-providers-amazon[s3fs] for s3."
        )
    # A query may hold a signature, as in a presigned URL. In the name of a local file, ? and # are ordinary.
    rest = match["rest"] if scheme == "file" else re.split(r"[?#]", match["rest"])[0]
    source = f"{scheme}://{rest}"
    with _described(source):
        return ObjectStoragePath(text), source


@contextmanager
def opened(path: ObjectStoragePath, source: str) -> Iterator[Iterator[bytes]]:
    """Open an export, and yield its bytes block by block.

    Raises SettingError for a missing file or connection, and RetriableError for any other failure.
    """
    with _described(source):
        file = path.fs.open(path.path, "rb")
    with file:
        yield _blocks(file, source)


def _blocks(file: IO[bytes], source: str) -> Iterator[bytes]:
    with _described(source):
        while block := file.read(BLOCK):
            yield block


@contextmanager
def _described(source: str) -> Iterator[None]:
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        yield
    except IndicaOnlineError:
        raise
    except AirflowNotFoundException:
        raise SettingError(f"There is no connection with the name in the URL of the export {source}.") from None
    except FileNotFoundError:
        raise SettingError(f"There is no export {source}: a path is read on the worker that runs the task.") from None
    except IsADirectoryError:
        raise SettingError(f"The export {source} is a folder: give the file.") from None
    except PermissionError:
        raise SettingError(f"The export {source} may not be read by this Airflow.") from None
    except Exception as error:
        # The message of a provider may hold credentials.
        raise RetriableError(f"The export {source} cannot be read: {type(error).__name__}.") from None


def written_at(path: ObjectStoragePath, source: str) -> dt.datetime:
    """Return when the file was last written (UTC). Raises SettingError if its store does not provide that."""
    try:
        with _described(source):
            instant = path.fs.modified(path.path)
    # fsspec file systems without times raise NotImplementedError.
    except RetriableError:
        instant = None
    if not isinstance(instant, dt.datetime) or instant.tzinfo is None:
        raise SettingError(f"The store of {source} has no time for it: give the time at which Metrc made the export.")
    return to_utc(instant)
