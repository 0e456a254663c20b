"""The result of package fetches, in Python alone: versions of packages and of lab results, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicaonline.records import PackageDetail, Quantity
from indicaonline.warehouse.package_staging import PackageFetch

GONE = None
Row = dict[str, Any]
Analyte = tuple[int, int | None]


@dataclass(frozen=True)
class Observation:
    """The last answer of one second: the product, and the detail or the fact that the package is gone."""

    at: dt.datetime
    pull_id: int
    product_id: int
    package: PackageDetail | None


def observations(fetches: list[PackageFetch], package_id: int) -> list[Observation]:
    """Everything that was seen of a package, in the order of time; of one second, the later pull and page count."""
    latest: dict[dt.datetime, tuple[tuple[int, int], Observation]] = {}
    for fetch in fetches:
        for page, at, package in _answers(fetch, package_id):
            assert fetch.request.product_id is not None
            observation = Observation(at, fetch.pull_id, fetch.request.product_id, package)
            if at not in latest or latest[at][0] < (fetch.pull_id, page):
                latest[at] = ((fetch.pull_id, page), observation)
    return [latest[at][1] for at in sorted(latest)]


def _answers(fetch: PackageFetch, package_id: int) -> Iterator[tuple[int, dt.datetime, PackageDetail | None]]:
    if fetch.is_gone and fetch.request.package_id == package_id:
        assert fetch.outcome.first_page_at is not None
        yield 1, fetch.outcome.first_page_at, GONE
    for page in fetch.pages:
        for package in page.items:
            if package.id == package_id:
                yield page.number, page.observed_at, package


def versions(fetches: list[PackageFetch], package_id: int) -> list[Row]:
    """The states of a package: the rows of ``inventory.package_version``, and those in which it is gone."""
    rows: list[Row] = []
    for observation in observations(fetches, package_id):
        state = _state(observation)
        if rows and rows[-1]["state"] == state:
            rows[-1]["observed_at"] = observation.at
            continue
        if rows:
            rows[-1]["valid_to"] = observation.at
        rows.append({
            "valid_from": observation.at, "valid_to": None,
            "observed_at": observation.at, "state": state,
        })  # fmt: skip
    return rows


def lab_versions(fetches: list[PackageFetch], package_id: int) -> list[Row]:
    """The rows of ``inventory.lab_version`` of a package, in the order of analyte, code and time."""
    seen = observations(fetches, package_id)
    rows = []
    analytes = {(r.id, r.measurement) for s in seen if s.package for r in s.package.lab_results or []}
    for analyte in sorted(analytes, key=lambda key: (key[0], key[1] is None, key[1] or 0)):
        rows += _series(seen, analyte)
    return rows


def _series(seen: list[Observation], analyte: Analyte) -> list[Row]:
    rows: list[Row] = []
    is_open = False
    for observation in seen:
        result = _result(observation, analyte)
        if result is None:
            if is_open:
                rows[-1]["valid_to"] = observation.at
            is_open = False
            continue
        if is_open and rows[-1]["result"] == result:
            continue
        if is_open:
            rows[-1]["valid_to"] = observation.at
        event = _event(rows[-1]["result"], result) if is_open else "returned" if rows else "first_seen"
        rows.append({
            "analyte": analyte,
            "valid_from": observation.at, "valid_to": None, "event": event,
            "result": result,
        })  # fmt: skip
        is_open = True
    return rows


def _event(before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    if after[0] is None and before[0] is not None:
        return "disappeared"
    if after[1] != before[1]:
        return "retested"
    return "corrected" if after[0] != before[0] else "relabelled"


def _result(observation: Observation, analyte: Analyte) -> tuple[Any, ...] | None:
    package = observation.package
    for result in (package.lab_results or []) if package else []:
        if (result.id, result.measurement) == analyte:
            assert package is not None
            return (result.potency, package.tested_date, observation.product_id, package.uid, package.vendor,
                    package.batch_id, result.unknown or None)  # fmt: skip
    return None


def _state(observation: Observation) -> Hashable:
    package = observation.package
    if package is None:
        return "gone"
    offices = package.available_in_office
    return (
        observation.product_id, package.uid, package.vendor, package.batch_id, package.best_by, package.tested_date,
        None if offices is None else tuple(sorted(offices)), package.measurement,
        *_quantity(package.checked_in_quantity), *_quantity(package.available_quantity), str(package.unknown or None),
    )  # fmt: skip


def _quantity(quantities: dict[str, Quantity | None] | None) -> tuple[Hashable, ...]:
    if quantities is None:
        return (None, None, None)
    known = {unit: value for unit, value in quantities.items() if value is not None}
    value, unit = None, None
    if len(known) == 1:
        ((unit, value),) = known.items()
    elif not known and len(quantities) == 1:
        (unit,) = quantities
    exact = frozenset((name, None if number is None else Decimal(number)) for name, number in quantities.items())
    return None if value is None else Decimal(value), unit, exact
