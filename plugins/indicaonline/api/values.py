"""Readers of single values of decoded JSON.

A reader returns the value and, if that deviates from the documented type, a description of the deviation. It raises
:class:`UnusableError`, with the reason, for an ambiguous or invalid value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeAlias, TypeVar

from indicaonline.json_values import MOST_DIGITS
from indicaonline.records import (
    BIGGEST_ID,
    BIGGEST_QUANTITY,
    KNOWN_MEASUREMENTS,
    LONGEST_MEASUREMENT,
    LONGEST_TEXT,
    Quantity,
)

Value = TypeVar("Value")
Read: TypeAlias = tuple[Value, str | None]
"""A value, and its deviation from the documented type, or None."""

NUMBER_AS_TEXT = "a number sent as text"
# [0-9], because \d also matches digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)\s?(.*))?")
_MIDNIGHT = re.compile(r"00:00(:00(\.0+)?)?")


class UnusableError(ValueError):
    """An unusable value. The message is the name of the field and the reason."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{field} {reason}".strip())
        self.reason = reason
        self.field = field


def exact(text: str) -> Decimal:
    """Return the number of a JSON literal with a point or an exponent, with every digit."""
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of more than {MOST_DIGITS:,} characters")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number out of all bounds") from None


def number_problem(value: object) -> str | None:
    """Return the reason why a value is no quantity of up to 10^15, or None."""
    # By exact type: bool is a subclass of int.
    kind = type(value)
    if kind is Decimal:
        assert isinstance(value, Decimal)
        # A Decimal is always finite: the literals of JSON, and the text that _NUMBER allows, have no NaN and Infinity.
        if -MOST_DIGITS < value.adjusted() < 15:
            return None
        if abs(value) > BIGGEST_QUANTITY:
            return "is beyond 10^15"
        return None if abs(value.adjusted()) < MOST_DIGITS else "has an exponent beyond all bounds"
    if kind is int:
        assert isinstance(value, int)
        return None if -BIGGEST_QUANTITY <= value <= BIGGEST_QUANTITY else "is beyond 10^15"
    # Decoding returns a float only for NaN, Infinity and numbers out of all bounds.
    return "is not a finite number that can be stored" if kind is float else "is not a number"


def number(value: object) -> Read[Quantity]:
    """Read a quantity or potency; also from text without words, units or separators of thousands."""
    found, deviation = (_parse_number(value), NUMBER_AS_TEXT) if isinstance(value, str) else (value, None)
    problem = number_problem(found)
    if problem:
        raise UnusableError(problem)
    assert isinstance(found, Decimal | int)
    return found, deviation


def _parse_number(words: str) -> Decimal:
    if not _NUMBER.fullmatch(words.strip()):
        raise UnusableError("is text in place of a number")
    try:
        return exact(words.strip())
    except ValueError as error:
        raise UnusableError(f"is {error}") from None


def integer(value: object) -> Read[int]:
    """Read an integer that fits a ``bigint``; also from text."""
    deviation = None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value, deviation = int(value), NUMBER_AS_TEXT
    if type(value) is not int:
        raise UnusableError("is not an integer")
    if abs(value) > BIGGEST_ID:
        raise UnusableError("is an integer out of the range of bigint")
    return value, deviation


def identifier(value: object) -> Read[int]:
    """Read an id: an integer from 1 to the largest ``bigint``; also from text."""
    found, deviation = integer(value)
    if found < 1:
        raise UnusableError("is not an id: it is below 1")
    return found, deviation


def optional_identifier(value: object) -> Read[int | None]:
    """Read an id, or None for 0 or an empty text."""
    if type(value) is str and not value.strip():
        return None, "an empty text in place of no id"
    found, deviation = integer(value)
    return (None, "0 in place of no id") if found == 0 else (identifier(found)[0], deviation)


def identifiers(value: object) -> Read[list[int]]:
    """Read a list of ids. Zeros are left out."""
    if not isinstance(value, list):
        raise UnusableError("is not a list")
    found = [optional_identifier(part) for part in value]
    deviation = next((words for _, words in found if words), None)
    return [number for number, _ in found if number is not None], deviation


def text(value: object) -> Read[str]:
    """Read a text that PostgreSQL stores and can index; also from an integer."""
    if type(value) is int:
        return str(value), "a number in place of text"
    if not isinstance(value, str):
        raise UnusableError("is not text")
    if len(value) > LONGEST_TEXT:
        raise UnusableError(f"is longer than {LONGEST_TEXT} characters")
    if "\0" in value:
        raise UnusableError("holds a NUL character")
    # Half of a surrogate pair: JSON can escape it, UTF-8 cannot encode it.
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnusableError("is not UTF-8") from None
    return value, None


def stripped_text(value: object) -> Read[str | None]:
    """Read a text without surrounding blanks; None if empty, which the guide documents for licences."""
    found, deviation = text(value)
    return found.strip() or None, deviation


def measurement(value: object) -> Read[str]:
    """Read the unit of a quantity: any text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise UnusableError("is not text that names a unit")
    if len(value) > LONGEST_MEASUREMENT:
        raise UnusableError(f"is longer than {LONGEST_MEASUREMENT} characters")
    found, _ = text(value)
    return found, None if found in KNOWN_MEASUREMENTS else UNKNOWN_MEASUREMENT


UNKNOWN_MEASUREMENT = f"none of {', '.join(KNOWN_MEASUREMENTS)}"


def quantities(value: object) -> Read[dict[str, Quantity | None]]:
    """Read a quantity object: the name of a unit, and a number or null."""
    if not isinstance(value, dict):
        raise UnusableError("is not an object of units and numbers")
    found: dict[str, Quantity | None] = {}
    deviation = None
    for unit, part in value.items():
        text(unit)
        found[unit], words = (None, None) if part is None else number(part)
        deviation = deviation or words
    return found, deviation


def date(zone: dt.tzinfo) -> Callable[[object], Read[dt.date | None]]:
    """Return a reader of ISO 8601 dates. An instant (a date with time and offset) is read as its date in ``zone``."""

    def read(value: object) -> Read[dt.date | None]:
        if not isinstance(value, str):
            raise UnusableError("is not a date")
        if not value.strip():
            return None, "an empty text in place of no date"
        match = _DATE.fullmatch(value.strip())
        if match is None:
            raise UnusableError("is not a date of the form 2026-06-10")
        try:
            return _day(match, zone), None if match[2] is None else "a date with a time"
        except (ValueError, OverflowError):
            raise UnusableError("is not a date of the calendar") from None

    return read


def _day(match: re.Match[str], zone: dt.tzinfo) -> dt.date:
    day, time, offset = match[1], match[2], match[3]
    if time is None:
        return dt.date.fromisoformat(day)
    instant = dt.datetime.fromisoformat(f"{day}T{time}{offset}")
    # Many systems write a date as midnight, with an offset. Its date is the one written, in any zone.
    if instant.tzinfo is None or _MIDNIGHT.fullmatch(time):
        return instant.date()
    return instant.astimezone(zone).date()
