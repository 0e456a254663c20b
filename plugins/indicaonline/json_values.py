"""Any decoded JSON as text that PostgreSQL stores, both as ``text`` and as ``jsonb``."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import msgspec

DEEPEST = 100
"""Levels of nesting that are kept as JSON. PostgreSQL bounds them by its stack, some thousands of levels deeper."""

MOST_DIGITS = 1_000
"""Beyond this many digits before or after its point, a number is kept as text: ``numeric`` would refuse some."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON = msgspec.json.Encoder(decimal_format="number")


def as_json(value: object) -> str:
    """A decoded JSON value as JSON that a ``jsonb`` column accepts. What it cannot hold becomes text."""
    return _JSON.encode(_storable(value, 0)).decode()


def _storable(value: Any, level: int) -> object:
    kind = type(value)
    if kind is str:
        return storable_text(value)
    if kind is int:
        # The encoder knows integers of 64 bits only.
        return value if abs(value) < 2**63 else _number(Decimal(value))
    if kind is Decimal:
        return _number(value)
    if kind is float:
        return value if math.isfinite(value) else str(value)
    if level >= DEEPEST and kind in (dict, list):
        return storable_text(json.dumps(value, default=str))
    if kind is dict:
        return {storable_text(name): _storable(part, level + 1) for name, part in value.items()}
    if kind is list:
        return [_storable(part, level + 1) for part in value]
    return value


def _number(value: Decimal) -> object:
    is_short = value.is_finite() and abs(value.adjusted()) < MOST_DIGITS and len(value.as_tuple().digits) <= MOST_DIGITS
    return value if is_short else str(value)


def storable_text(text: str) -> str:
    """The text with U+FFFD for what ``text`` and ``jsonb`` cannot hold: U+0000, and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
