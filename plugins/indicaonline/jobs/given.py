"""Reads ids and instants that a person or a template gives: as numbers, as text, or as a list of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from indicaonline.errors import SettingError
from indicaonline.records import BIGGEST_ID
from indicaonline.settings import to_utc


def id_of(value: object, thing: str) -> int:
    """Return an id from a number or its text. Raises SettingError, one line, for anything else."""
    text = str(value).strip()
    # isascii, because isdigit also accepts digits that int does not.
    if not isinstance(value, bool) and text.isascii() and text.isdigit() and len(text) < 20:
        number = int(text)
        if 1 <= number <= BIGGEST_ID:
            return number
    raise SettingError(f"The {thing} must be an id of the API, a whole number such as 2146001.")


def ids_of(value: object, thing: str) -> list[int]:
    """Return ids, each once, from a list of them, or from its text: ``[12, 13]`` or ``12, 13``.

    Raises SettingError, one line, for anything else, and for none.
    """
    if isinstance(value, str):
        # A template renders a list as text, unless its DAG has render_template_as_native_obj.
        text = value.strip()
        try:
            value = json.loads(text) if text.startswith("[") else [part for part in text.split(",") if part.strip()]
        except ValueError:
            value = None
    elif isinstance(value, int):
        value = [value]
    if not isinstance(value, Sequence) or not value:
        raise SettingError(f"The {thing}s must be ids of the API, such as [12, 13].")
    return list(dict.fromkeys(id_of(each, thing) for each in value))


def instant_of(value: object, what: str) -> dt.datetime:
    """Return an instant (UTC) from a datetime or ISO text with an offset. Raises SettingError for anything else."""
    # A time without an offset is rejected: the offices, the API and this worker may be in three time zones.
    instant = value if isinstance(value, dt.datetime) else None
    try:
        instant = instant or dt.datetime.fromisoformat(str(value).strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingError(f"{what} must be ISO with an offset, such as 2026-03-08T09:30:00-08:00.")
    return to_utc(instant)
