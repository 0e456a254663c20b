"""Conversion of decoded JSON to text that PostgreSQL accepts as ``text`` and as ``jsonb``."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import msgspec

# PostgreSQL bounds the nesting of JSON by max_stack_depth, which allows some thousands of levels.
DEEPEST = 100
"""Levels of nesting that are kept as JSON."""

# jsonb stores numbers as numeric, which has up to 131,072 digits before and 16,383 after the point.
MOST_DIGITS = 1_000
"""A number with more digits before or after its point is kept as text."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# By default msgspec writes a Decimal as a string.
_JSON = msgspec.json.Encoder(decimal_format="number")


def as_json(value: object) -> str:
    """Encode a decoded JSON value for a ``jsonb`` column. Values that the column cannot hold become text."""
    return _JSON.encode(_storable(value, 0)).decode()


def _storable(value: Any, level: int) -> object:
    # The exact type, because isinstance(True, int) holds.
    kind = type(value)
    if kind is str:
        return storable_text(value)
    if kind is int:
        # msgspec encodes integers of up to 64 bits only.
        return value if abs(value) < 2**63 else _number(Decimal(value))
    if kind is Decimal:
        return _number(value)
    # NaN and Infinity, from a body that is not strict JSON. All other numbers are decoded as int or Decimal.
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
    """Replace U+0000 and halves of surrogate pairs by U+FFFD."""
    # PostgreSQL, "JSON Types": jsonb rejects \u0000 and surrogates that are not pairs. text has no U+0000 either.
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
