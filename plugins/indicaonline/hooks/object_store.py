"""Addresses that Airflow opens: an absolute path on the worker, or the URL of an object store. Errors are one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

_ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z][\w+.-]*)://(?:(?P<user>[^/@]*)@)?)?(?P<rest>.+)", re.S)


def open_address(address: object, thing: str) -> tuple[ObjectStoragePath, str]:
    """Return the path of an address for Airflow, and the address without secrets. ``thing`` names it in errors.

    Raises SettingError for anything but an absolute path, or a URL that an installed provider can open.
    """
    # Imported here, so that DAG files, which import the operators, do not load fsspec.
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs

    text = address.strip() if isinstance(address, str) else ""
    match = _ADDRESS.fullmatch(text)
    if match is None or not (match["scheme"] or text.startswith("/")):
        raise SettingError(f"Give {thing} as an absolute path, or as a URL such as s3://bucket/key.")
    scheme = (match["scheme"] or "file").lower()
    # The user part of a URL is the id of a connection. A password there would be in the params of the run.
    if ":" in (match["user"] or ""):
        raise SettingError(
            f"The URL of {thing} carries a password: put it into a connection, and name the connection, as in"
            f" {scheme}://connection@bucket/key."
        )
    if not has_fs(scheme):
        raise SettingError(
            f"No provider of this Airflow opens {scheme}:// addresses: install the one that does, such as"
            " apache-airflow-providers-amazon[s3fs] for s3."
        )
    # A query may hold a signature, as in a presigned URL. In the name of a local file, ? and # are ordinary.
    rest = match["rest"] if scheme == "file" else re.split(r"[?#]", match["rest"])[0]
    source = f"{scheme}://{rest}"
    with described(f"{thing} {source}", "read"):
        return ObjectStoragePath(text), source


@contextmanager
def described(thing: str, done: str) -> Iterator[None]:
    """Raise errors of a store as one line. ``thing`` is the subject, with its address; ``done`` is read or written.

    Raises SettingError for what a person has to change, and RetriableError for any other failure.
    """
    from airflow.sdk.exceptions import AirflowNotFoundException

    subject = thing[0].upper() + thing[1:]
    try:
        yield
    except IndicaOnlineError:
        raise
    except AirflowNotFoundException:
        raise SettingError(f"There is no connection with the name in the URL of {thing}.") from None
    except FileNotFoundError:
        raise SettingError(f"{subject} does not exist: a path is {done} on the worker that runs the task.") from None
    except IsADirectoryError:
        raise SettingError(f"{subject} is a folder: give the file.") from None
    except (NotADirectoryError, FileExistsError):
        raise SettingError(f"{subject} is not a folder: give one.") from None
    except PermissionError:
        raise SettingError(f"{subject} may not be {done} by this Airflow.") from None
    except Exception as error:
        # The message of a provider may hold credentials.
        raise RetriableError(f"{subject} cannot be {done}: {type(error).__name__}.") from None
