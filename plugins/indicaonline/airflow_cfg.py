"""The section ``[indicaonline]`` of Airflow's configuration, read without Airflow: importing it takes seconds."""

from __future__ import annotations

import configparser
import functools
import os
from collections.abc import Mapping
from pathlib import Path

from indicaonline.errors import SettingError

SECTION = "indicaonline"
VARIABLE = f"AIRFLOW__{SECTION.upper()}__"


def configured(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the options of the section: those of airflow.cfg, and over them those of the environment, as in Airflow.

    Raises :class:`~indicaonline.errors.SettingError`, one line, for a file that cannot be read.
    """
    home = Path(environment.get("AIRFLOW_HOME") or "~/airflow")
    path = Path(os.path.expandvars(environment.get("AIRFLOW_CONFIG") or home / "airflow.cfg")).expanduser()
    variables = {
        name.removeprefix(VARIABLE).lower(): value for name, value in environment.items() if name.startswith(VARIABLE)
    }
    try:
        file = path.stat()
    except OSError:
        return variables
    return {**_section(path, file.st_mtime_ns, file.st_size), **variables}


# By the time of the last change, because a task, and each request of the page, reads the settings again.
@functools.lru_cache(maxsize=1)
def _section(path: Path, written: int, size: int) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error) as error:
        raise SettingError(f"{path} cannot be read: {type(error).__name__}.") from None
    section = dict(parser[SECTION]) if parser.has_section(SECTION) else {}
    return {name: value or "" for name, value in section.items()}
