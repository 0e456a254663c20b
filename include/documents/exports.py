"""docs/export.md: the tables of what is exported, from the declaration in the package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from documents.catalogue import Mart
from indicaonline.warehouse.exports import HISTORIES, NAMES

_HISTORIES = "| mart | days | by | left out |\n|---|---|---|---|\n"
_STATES = "**States** are one file, written by each run: the mart at that time."


def exports(text: str, marts: Sequence[Mart]) -> str:
    """Return the document with the marts of this release."""
    text = re.sub(rf"({re.escape(_HISTORIES)})(?:\|.*\n)*", lambda found: found[1] + "".join(_histories()), text)
    states = [mart.name for mart in marts if not mart.is_function and mart.name not in HISTORIES]
    functions = [mart.name for mart in marts if mart.is_function]
    lines = (
        f"{_STATES} {_names(states)}.\n\n**Not exported** are functions, because their result depends on arguments:"
        f" {_names(functions)}.\n"
    )
    return re.sub(rf"{re.escape(_STATES)}.*\n(?:\n\*\*Not exported.*\n)?", lambda _: lines, text)


def _histories() -> Iterable[str]:
    for name, history in HISTORIES.items():
        days = "the month of its end, in UTC" if history.is_version else history.calendar
        left_out = sorted(history.without - NAMES)
        yield f"| `{name}` | {days} | `{history.by}` | {', '.join(['names', *(f'`{each}`' for each in left_out)])} |\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
