"""The additivity of a column, as its comment states it: the one place that says over what it may be summed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from documents.catalogue import Column

_SENTENCE = re.compile(r"((?:Additive|Not additive|Never add over)\b[^.;:]*)[.;:]", re.IGNORECASE)
_TIME = ("day", "month", "time")


@dataclass(frozen=True)
class Additivity:
    """``sentence`` is that of the comment, without its full stop.

    A stock is not additive over time: it has a value for each instant, and a period has the latest one. ``per`` are the
    columns of which a sum takes one value only: quantities of two units are never added.
    """

    sentence: str
    is_additive: bool
    is_additive_over_time: bool
    per: tuple[str, ...]


def additivity(column: Column) -> Additivity | None:
    """Return the additivity of a column; None if its comment states none."""
    match = _SENTENCE.search(column.description)
    if match is None:
        return None
    sentence = match[1]
    over, _, never = sentence.partition(", never over ")
    is_additive = sentence.lower().startswith("additive")
    over_time = is_additive and any(word in over for word in _TIME) and not any(word in never for word in _TIME)
    return Additivity(sentence, is_additive, over_time, tuple(re.findall(r"\bone (\w+)", over)))
