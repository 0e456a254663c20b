"""The file of an export, wherever Airflow reads it from: a path on the worker, or an object store."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError
from indicaonline.settings import plain

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

BLOCK = 1 << 20

_ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z][\w+.-]*)://(?:(?P<user>[^/@]*)@)?)?(?P<rest>.+)", re.S)


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
def opened(path: ObjectStoragePath, source: str) -> Iterator[Iterator[bytes]]:
    """The bytes of an export, block by block; what goes wrong with it is one line.

    Raises SettingError where there is no such file, or no such connection, and RetriableError for anything else.
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


def written_at(path: ObjectStoragePath, source: str) -> dt.datetime:
    """When the file was last written (UTC); raises SettingError where its store does not say."""
    try:
        with _described(source):
            instant = path.fs.modified(path.path)
    except RetriableError:
        instant = None
    if not isinstance(instant, dt.datetime) or instant.tzinfo is None:
        raise SettingError(f"{source} does not tell when it was written: give the time at which Metrc made the export.")
    return plain(instant)
