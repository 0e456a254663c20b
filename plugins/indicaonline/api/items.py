"""Conversion of JSON objects to records.

An unusable field is set aside and the rest of the item is used. An unusable id, or field of an inventory item, rejects
the item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from indicaonline.api.values import (
    Read,
    UnusableError,
    date,
    identifier,
    identifiers,
    integer,
    measurement,
    number,
    number_problem,
    optional_identifier,
    quantities,
    stripped_text,
    text,
)
from indicaonline.json_values import MOST_DIGITS, as_json
from indicaonline.records import (
    InventoryItem,
    LabResult,
    Named,
    Office,
    PackageDetail,
    PackageQuantity,
    Product,
    SetAside,
)

Value = TypeVar("Value")

LONGEST_EXCERPT = 2_000

_DATES = ("harvest_production_date", "check_in_date", "packaged_date", "best_by", "tested_date")
_TEXTS = ("vendor", "source_uid", "batch_id", "uid", "measurement")
_OURS = {"unknown", "unread"}
_KNOWN = frozenset(PackageDetail.__struct_fields__) - _OURS
_KNOWN_OF_RESULTS = frozenset(LabResult.__struct_fields__) - _OURS


class Fields:
    """The fields of one JSON object, with the deviations and unusable values found so far."""

    def __init__(self, values: dict[str, Any], parent: Fields | None = None, prefix: str = "") -> None:
        self.values = values
        # Objects inside share the lists of the item.
        self.set_aside: list[SetAside] = [] if parent is None else parent.set_aside
        self.deviations: list[str] = [] if parent is None else parent.deviations
        self.unread: dict[str, Any] = {}
        """Fields of this object that were set aside, as received."""
        self._prefix = prefix

    def read(self, name: str, reader: Callable[[object], Read[Value]]) -> Value | None:
        """Return a field, or None if it is null or missing. Raises :class:`UnusableError` for an unusable value."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            found, deviation = reader(value)
        except UnusableError as error:
            raise UnusableError(error.reason, self._prefix + name) from None
        if deviation is not None:
            self.deviations.append(f"{self._prefix}{name}: {deviation}")
        return found

    def required(self, name: str, reader: Callable[[object], Read[Value]]) -> Value:
        """Return a field. Raises :class:`UnusableError` for an unusable or missing value."""
        found = self.read(name, reader)
        if found is None:
            raise UnusableError("is null or missing", self._prefix + name)
        return found

    def optional(self, name: str, reader: Callable[[object], Read[Value]]) -> Value | None:
        """Return a field, or None if it is null, missing, or unusable and therefore set aside."""
        try:
            return self.read(name, reader)
        except UnusableError as error:
            self.set_value_aside(name, error, self.values[name])
            self.unread[name] = self.values[name]
            return None

    def set_value_aside(self, name: str, error: UnusableError, value: object) -> None:
        """Set a value in a field aside."""
        body = as_json({"id": self.values.get("id"), name: value})[:LONGEST_EXCERPT]
        self.set_aside.append(SetAside(error.field or name, str(error), body, an_id(self.values.get("id"))))

    def inside(self, name: str, value: object) -> Fields:
        """Return the fields of an object in the list ``name``. Raises :class:`UnusableError` for other values."""
        if not isinstance(value, dict):
            raise UnusableError("holds something that is not an object", name)
        return Fields(value, self, f"{name}.")

    def others(self, known: frozenset[str]) -> dict[str, Any]:
        """Return the unknown fields, as received."""
        return {name: value for name, value in self.values.items() if name not in known}


def an_id(value: object) -> int | None:
    """Return the id in a value, or None."""
    try:
        return identifier(value)[0]
    except UnusableError:
        return None


def is_usable(item: InventoryItem) -> bool:
    """Return True if an item with the right types has no unusable value. The hot path of every pull."""
    quantity = item.quantity
    # Repeated from number_problem for the common cases: a call for each of 300,000 numbers would double the time.
    if not (type(quantity) is Decimal and -MOST_DIGITS < quantity.adjusted() < 15) and number_problem(quantity):
        return False
    packages = item.packages
    if not packages:
        return True
    for package in packages:
        quantity = package.quantity
        if not (type(quantity) is Decimal and -MOST_DIGITS < quantity.adjusted() < 15) and number_problem(quantity):
            return False
    return len(packages) == 1 or len({package.id for package in packages}) == len(packages)


def is_usable_package(package: PackageDetail) -> bool:
    """Return True if a package with the right types has no unusable value. The hot path of every refresh."""
    for amounts in (package.checked_in_quantity, package.available_quantity):
        if amounts and any(value is not None and number_problem(value) for value in amounts.values()):
            return False
    results = package.lab_results
    if not results:
        return True
    for result in results:
        potency = result.potency
        if not (type(potency) is Decimal and -MOST_DIGITS < potency.adjusted() < 15) and (
            potency is not None and number_problem(potency)
        ):
            return False
    return len({(result.id, result.measurement) for result in results}) == len(results)


def inventory_item(fields: Fields) -> InventoryItem:
    """Return an inventory item. Raises :class:`UnusableError` for any unusable field."""
    # No field is set aside here: without its quantity or its packages, the stock of an office would be wrong.
    return InventoryItem(
        product_id=fields.required("product_id", identifier),
        office_id=fields.required("office_id", identifier),
        measurement=fields.required("measurement", measurement),
        quantity=fields.required("quantity", number),
        packages=_packages(fields),
    )


def _packages(fields: Fields) -> list[PackageQuantity] | None:
    listed = fields.values.get("packages")
    if listed is None:
        return None
    if not isinstance(listed, list):
        raise UnusableError("is not a list", "packages")
    found: dict[int, PackageQuantity] = {}
    for part in listed:
        inside = fields.inside("packages", part)
        package = PackageQuantity(inside.required("id", identifier), inside.required("quantity", number))
        before = found.setdefault(package.id, package)
        if before is not package:
            if before != package:
                raise UnusableError("names a package twice, with different quantities", "packages")
            fields.deviations.append("packages: the same package twice")
    return list(found.values())


def package_detail(fields: Fields, zone: dt.tzinfo) -> PackageDetail:
    """Return a package. Raises :class:`UnusableError` without an id; other unusable fields are set aside."""
    package_id = fields.required("id", identifier)
    values: dict[str, Any] = {name: fields.optional(name, text) for name in _TEXTS}
    read_date = date(zone)
    for name in _DATES:
        values[name] = found = fields.optional(name, read_date)
        # Keeps the time of a date that has one.
        if found is not None and found.isoformat() != fields.values[name]:
            fields.unread[name] = fields.values[name]
    return PackageDetail(
        id=package_id,
        checked_in_to=fields.optional("checked_in_to", optional_identifier),
        available_in_office=fields.optional("available_in_office", identifiers),
        checked_in_quantity=fields.optional("checked_in_quantity", quantities),
        available_quantity=fields.optional("available_quantity", quantities),
        lab_results=_lab_results(fields),
        unknown=fields.others(_KNOWN),
        unread=fields.unread,
        **values,
    )


def _lab_results(fields: Fields) -> list[LabResult] | None:
    """Return the usable lab results. The others are set aside, one by one."""
    listed = fields.optional("lab_results", _a_list)
    if listed is None:
        return None
    found: dict[tuple[int, int | None], list[tuple[LabResult, object]]] = {}
    for part in listed:
        try:
            result = _lab_result(fields.inside("lab_results", part))
        except UnusableError as error:
            fields.set_value_aside("lab_results", error, part)
        else:
            found.setdefault((result.id, result.measurement), []).append((result, part))
    return [same[0][0] for same in found.values() if _agree(fields, same)]


def _agree(fields: Fields, same: list[tuple[LabResult, object]]) -> bool:
    """Return True if all results of one analyte are equal. Otherwise set all of them aside."""
    first = same[0][0]
    if all(result == first for result, _ in same):
        if len(same) > 1:
            fields.deviations.append("lab_results: the same result twice")
        return True
    # The API gives no order or time by which one of them could be chosen.
    error = UnusableError("holds different results of one analyte", "lab_results")
    for _, part in same:
        fields.set_value_aside("lab_results", error, part)
    return False


def _lab_result(fields: Fields) -> LabResult:
    return LabResult(
        id=fields.required("id", identifier),
        measurement=fields.read("measurement", integer),
        potency=fields.read("potency", number),
        unknown=fields.others(_KNOWN_OF_RESULTS),
    )


def _a_list(value: object) -> Read[list[Any]]:
    if not isinstance(value, list):
        raise UnusableError("is not a list")
    return value, None


def office(fields: Fields) -> Office:
    """Return an office. Raises :class:`UnusableError` without an id."""
    return Office(
        id=fields.required("id", identifier),
        name=fields.optional("name", text),
        medical_state_license_number=fields.optional("medical_state_license_number", stripped_text),
        adult_use_state_license_number=fields.optional("adult_use_state_license_number", stripped_text),
        unread=fields.unread,
    )


def product(fields: Fields) -> Product:
    """Return a product of the catalogue. Raises :class:`UnusableError` without an id."""
    return Product(
        id=fields.required("id", identifier),
        name=fields.optional("name", text),
        brand_id=fields.optional("brand_id", optional_identifier),
        category_id=fields.optional("category_id", optional_identifier),
        strain_type_id=fields.optional("strain_type_id", integer),
        measurement=fields.optional("measurement", text),
        unread=fields.unread,
    )


def named(fields: Fields) -> Named:
    """Return an id and its name. Raises :class:`UnusableError` without an id."""
    return Named(fields.required("id", identifier), fields.optional("name", text), fields.unread)
