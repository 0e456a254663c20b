"""What makes one item of an answer usable: numbers that are numbers, ids that are ids, dates that are dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from indicaonline.records import BIGGEST_ID, InventoryItem, LabResult, PackageDetail

BIGGEST_QUANTITY = 10**15
MOST_DIGITS = 1_000
"""A number with more digits is garbage; PostgreSQL would refuse one with 16,384 after the point."""

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?")
_DATES = ("harvest_production_date", "check_in_date", "packaged_date", "best_by", "tested_date")
_TEXTS = ("vendor", "source_uid", "batch_id", "uid", "measurement")
_KNOWN = frozenset(PackageDetail.__struct_fields__) - {"unknown"}
_KNOWN_OF_RESULTS = frozenset(LabResult.__struct_fields__) - {"unknown"}


def exact(text: str) -> Decimal:
    """The number a JSON literal with a point or an exponent stands for, every digit kept."""
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of more than {MOST_DIGITS:,} characters")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number out of all bounds") from None


def number_problem(value: object) -> str | None:
    """Why a value cannot be a quantity, None where it can. Bool, text and null are no numbers; 10^15 is the limit."""
    kind = type(value)
    if kind is Decimal:
        assert isinstance(value, Decimal)
        if -MOST_DIGITS < value.adjusted() < 15:
            return None
        if not value.is_finite():
            return "is not a finite number"
        if abs(value) > BIGGEST_QUANTITY:
            return "is beyond 10^15"
        return None if abs(value.adjusted()) < MOST_DIGITS else "has an exponent beyond all bounds"
    if kind is int:
        assert isinstance(value, int)
        return None if -BIGGEST_QUANTITY <= value <= BIGGEST_QUANTITY else "is beyond 10^15"
    if kind is str:
        return "is text in place of a number"
    return "is not a finite number" if kind is float else "is not a number"


def inventory_problem(item: InventoryItem) -> str | None:
    """Why an item whose types are right still cannot be used, None where it can. The hot path of every pull."""
    quantity = item.quantity
    # Repeated from number_problem for the common cases: a call for each of 300,000 numbers would double the time.
    if not (type(quantity) is Decimal and -MOST_DIGITS < quantity.adjusted() < 15):
        problem = number_problem(quantity)
        if problem:
            return f"quantity {problem}"
    packages = item.packages
    if not packages:
        return None
    for package in packages:
        quantity = package.quantity
        if not (type(quantity) is Decimal and -MOST_DIGITS < quantity.adjusted() < 15):
            problem = number_problem(quantity)
            if problem:
                return f"quantity of package {package.id} {problem}"
    if len(packages) > 1 and len({package.id for package in packages}) != len(packages):
        return "a package is in it twice"
    return None


def package_detail(fields: dict[str, Any]) -> PackageDetail:
    """A package from its decoded JSON object. Raises ValueError, in words, where a known field cannot be read.

    Two things are read kindly: an empty text or a midnight in place of a date, and an integer in place
    of text. Fields that the guide does not name are kept in ``unknown``.
    """
    values = _known_first(fields, _KNOWN)
    for name in _DATES:
        values[name] = _date(values.get(name))
    for name in _TEXTS:
        if type(values.get(name)) is int:
            values[name] = str(values[name])
    results = values.get("lab_results")
    if isinstance(results, list):
        values["lab_results"] = [
            _known_first(result, _KNOWN_OF_RESULTS) if isinstance(result, dict) else result for result in results
        ]
    package = msgspec.convert(values, PackageDetail)
    problem = _package_problem(package)
    if problem:
        raise ValueError(problem)
    return package


def _known_first(fields: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that are known, and the others under ``unknown``: also one that the API should name so."""
    values = {name: value for name, value in fields.items() if name in known}
    values["unknown"] = {name: value for name, value in fields.items() if name not in known}
    return values


def _package_problem(package: PackageDetail) -> str | None:
    for name in ("checked_in_quantity", "available_quantity"):
        for unit, value in (getattr(package, name) or {}).items():
            problem = None if value is None else number_problem(value)
            if problem:
                return f"{name} in '{unit}' {problem}"
    for name in ("checked_in_to", "available_in_office"):
        value = getattr(package, name)
        for office in value if isinstance(value, list) else [value]:
            if office is not None and not 1 <= office <= BIGGEST_ID:
                return f"{name} is not an id"
    return _lab_problem(package.lab_results or [])


def _lab_problem(results: list[LabResult]) -> str | None:
    for result in results:
        problem = None if result.potency is None else number_problem(result.potency)
        if problem:
            return f"potency of lab result {result.id} {problem}"
        if result.measurement is not None and abs(result.measurement) > BIGGEST_ID:
            return f"measurement of lab result {result.id} is not a code"
    if len({(result.id, result.measurement) for result in results}) != len(results):
        return "a lab result is in it twice"
    return None


def _date(value: object) -> object:
    if value == "":
        return None
    midnight = _MIDNIGHT.fullmatch(value) if isinstance(value, str) else None
    return midnight[1] if midnight else value


def an_id(value: object) -> int | None:
    """The value, if it can be an id (a positive bigint sent as a number), else None."""
    return value if type(value) is int and 1 <= value <= BIGGEST_ID else None


def texts(value: object) -> Iterator[str]:
    """Every text in a decoded JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def text_problem(value: object) -> str | None:
    """Why the texts in a decoded JSON value cannot be stored, None where they can."""
    for text in texts(value):
        if "\0" in text:
            return "holds a NUL character"
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                return "is not UTF-8"
    return None
