"""State as the JSON of the guide, with exact decimals; items are rendered once and kept until they change."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from .catalogue import Named, Office, Product
from .packages import PackageState
from .stock import Change, Line
from .switches import Switches

OUNCE = Decimal("28.349523125")
WRONG = {"missing": None, "null": "null", "zero": "0"}


def encode(value: Any) -> str:
    """Return JSON text. Decimals keep their digits; dates and instants become ISO text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(str(name))}:{encode(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(each) for each in value) + "]"
    if isinstance(value, dt.date):
        return json.dumps(value.isoformat())
    return json.dumps(value)


def line_item(change: Change, package_control: str = "on") -> bytes:
    """Return the inventory item of a product in an office."""
    if package_control == "on":
        held = ",".join(f'{{"id":{package_id},"quantity":{have:f}}}' for package_id, have in change.packages)
        packages = f"[{held}]"
    else:
        packages = "null" if package_control == "null" else "[]"
    return (
        f'{{"product_id":{change.product_id},"office_id":{change.office_id},"measurement":"{change.measurement}",'
        f'"quantity":{change.quantity:f},"packages":{packages}}}'
    ).encode()


def line_items(lines: Sequence[Line], switches: Switches) -> list[bytes]:
    """Return the items of lines, from each line's cache if they have the usual form."""
    if switches.package_control != "on":
        return [line_item(line.change, switches.package_control) for line in lines]
    items = []
    for line in lines:
        wire = line.wire
        if wire is None:
            wire = line.wire = line_item(line.change)
        items.append(wire)
    return items


def package_item(state: PackageState, switches: Switches) -> bytes:
    """Return one package as both package endpoints print it."""
    origin, keys, more = state.origin, switches.quantity_keys, switches.extra_package_fields
    offices = ",".join(str(office_id) for office_id, held in state.holdings.items() if held > 0)
    checked_in = encode(in_units(state.checked_in_quantity, state.measurement, keys))
    available = encode(in_units(state.available, state.measurement, keys))
    unit = switches.lab_milligrams if state.in_milligrams else switches.lab_measurement
    of_result = _members(state.lab_extra) if more else ""
    lab_results = ",".join(
        [
            f'{{"id":{number},"measurement":{unit},'
            f'"potency":{"null" if potency is None else format(potency, "f")}{of_result}}}'
            for number, potency in state.lab_results
        ]
    )
    return (
        f'{{"id":{state.id},"vendor":{_text(origin.vendor)},"source_uid":{_text(origin.source_uid)},'
        f'"batch_id":{_text(origin.batch_id)},"harvest_production_date":{_text(origin.harvest_production_date)},'
        f'"uid":{_text(origin.uid)},"checked_in_to":{state.checked_in_to},'
        f'"check_in_date":{_text(origin.check_in_date)},"available_in_office":[{offices}],'
        f'"packaged_date":{_text(origin.packaged_date)},"best_by":{_text(origin.best_by)},'
        f'"measurement":"{state.measurement}","checked_in_quantity":{checked_in},"available_quantity":{available},'
        f'"tested_date":{_text(state.tested_date)},"lab_results":[{lab_results}]'
        f"{_members(state.extra) if more else ''}}}"
    ).encode()


def _text(value: str | dt.date | None) -> str:
    return quoted(value) if isinstance(value, str) else "null" if value is None else f'"{value}"'


def _members(fields: dict[str, Any]) -> str:
    """Return fields as the last members of an object."""
    return f",{encode(fields)[1:-1]}"


def in_units(quantity: Decimal, measurement: str, keys: str) -> dict[str, Decimal | None]:
    """Return a package's quantity under the keys of the switch."""
    weighed = measurement.startswith("weight")
    if keys == "null":
        return {"unit": None}
    if keys == "by_unit":
        return {"gram" if weighed else "unit": quantity}
    if weighed:
        return {"gram": quantity, "ounce": (quantity / OUNCE).quantize(Decimal("0.0001"))}
    return {"unit": quantity, "gram": quantity * Decimal("3.5")}


def office_item(office: Office) -> bytes:
    """Return an office as the vendor's office guide prints it."""
    return encode(asdict(office)).encode()


def product_item(product: Product) -> bytes:
    """Return a product as the vendor's product guides print it."""
    fields = {
        "id": product.id,
        "name": product.name,
        "class": "product",
        "brand_id": product.brand_id,
        "integrations": [],
        "category_id": product.category_id,
        "strain_type_id": product.strain_type_id,
        "is_marijuana": product.is_marijuana,
        "measurement": product.measurement,
        "price_groups": [],
    }
    return encode(fields).encode()


def named_item(named: Named) -> bytes:
    """Return a brand, a category or an analyte."""
    return encode(asdict(named)).encode()


def list_body(items: list[bytes], total: int, switches: Switches, *, bare: bool = False) -> bytes:
    """Return a list's body, with ``count`` and ``total`` as the switches define them."""
    joined = b",".join(items)
    if bare:
        return b"[" + joined + b"]"
    tail = b"".join(
        b',"%s":%s' % (name.encode(), number.encode())
        for name, number in (("count", _said(switches.count, len(items))), ("total", _said(switches.total, total)))
        if number is not None
    )
    return b'{"items":[' + joined + b"]" + tail + b"}"


def _said(truthfulness: str, number: int) -> str | None:
    if truthfulness in WRONG:
        return WRONG[truthfulness]
    return str(number + {"right": 0, "low": -1, "high": 1}[truthfulness])


def error_body(kind: str, status: int, message: str) -> tuple[bytes, str]:
    """Return an error's body and its content type."""
    if kind == "empty":
        return b"", "text/plain"
    if kind == "html":
        page = f"<!DOCTYPE html><html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>"
        return page.encode(), "text/html; charset=utf-8"
    return encode({"error": {"code": status, "message": message}}).encode(), "application/json"
