"""Stages fetches of packages: the packages that they returned, with their lab results, as rows of COPY."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from indicaonline.json_values import as_json
from indicaonline.records import LabResult, Outcome, PackageDetail, Page, Quantity, RawResponse, Rejected, SetAside
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.sql import Connection, read_sql
from indicaonline.warehouse.staging import canonical_number

_ATTRIBUTES = (
    "uid", "source_uid", "vendor", "batch_id", "harvest_production_date", "packaged_date", "check_in_date", "best_by",
    "tested_date", "checked_in_to", "measurement",
)  # fmt: skip
_NO_RESULTS = ("{}", "{}", "{}", None)


class PackageFetch(msgspec.Struct, frozen=True):
    """One pull of packages that has ended: a product's list, or one package by its id.

    ``pages`` are those of the read that counts, ``responses`` all that arrived. ``is_gone``: the API has no such
    package. ``is_refused``: the API rejects the request itself as invalid. ``seconds`` go from the request to the
    answer, retries included.
    """

    pull_id: int
    request: PullRequest
    outcome: Outcome
    pages: list[Page[PackageDetail]]
    responses: list[RawResponse] = []
    is_gone: bool = False
    is_refused: bool = False
    seconds: float = 0


def create_staging(connection: Connection) -> None:
    """Create the temporary tables for fetches of this session."""
    connection.execute(read_sql("packages/create_staging"))


def clear_staging(connection: Connection) -> None:
    """Empty the temporary tables for the next batch of the same transaction."""
    connection.execute(read_sql("packages/clear_staging"))


def stage_fetches(connection: Connection, fetches: Iterable[PackageFetch]) -> None:
    """Copy the results of fetches to staging."""
    fetches = list(fetches)
    _copy(connection, "staged_package", (row for fetch in fetches for row in _package_rows(fetch)))
    _copy(connection, "staged_fetch", map(_fetch_row, fetches))
    _copy(connection, "staged_refusal", (row for fetch in fetches for row in _refusal_rows(fetch)))


def unknown_fields(fetches: Iterable[PackageFetch]) -> Counter[str]:
    """Count the packages with each field that the vendor's guide does not name; in lab results as ``lab_results.x``."""
    names: Counter[str] = Counter()
    for fetch in fetches:
        for _, package in _packages(fetch):
            # A set, because it counts packages: a package with twenty lab results counts once.
            of_results = {name for result in package.lab_results or [] for name in result.unknown}
            names.update([*package.unknown, *(f"lab_results.{name}" for name in of_results)])
    return names


def _copy(connection: Connection, table: str, rows: Iterable[Sequence[object]]) -> None:
    # Encoded, because psycopg types a query as a literal string or bytes; the table is a name in this file.
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _packages(fetch: PackageFetch) -> Iterator[tuple[Page[PackageDetail], PackageDetail]]:
    return ((page, package) for page in fetch.pages for package in page.items)


def _package_rows(fetch: PackageFetch) -> Iterator[Sequence[object]]:
    product_id = fetch.request.product_id
    if fetch.is_gone:
        at, package_id = fetch.outcome.first_page_at, fetch.request.package_id
        yield (package_id, at, fetch.pull_id, 1, True, *[None] * 20, *_NO_RESULTS)
    for page, package in _packages(fetch):
        offices = package.available_in_office
        checked_in, checked_in_unit, checked_in_json = _quantity(package.checked_in_quantity)
        available, available_unit, available_json = _quantity(package.available_quantity)
        yield (
            package.id,
            page.observed_at,
            fetch.pull_id,
            page.number,
            False,
            product_id,
            *(getattr(package, name) for name in _ATTRIBUTES),
            checked_in,
            checked_in_unit,
            available_unit,
            checked_in_json,
            # Fields that the guide does not name are kept, so that a field that the vendor adds has a history.
            _as_json(package.unknown | package.unread),
            available,
            # Sorted: another order of the same offices must not be taken for a new version of the package.
            None if offices is None else _array(map(str, sorted(offices))),
            available_json,
            *_lab_panel(package.lab_results or []),
        )


def _lab_panel(results: list[LabResult]) -> tuple[str | None, ...]:
    """Return ids, codes, potencies and unknown fields of lab results as arrays, by ascending id and code."""
    if not results:
        return _NO_RESULTS
    # By id, so that another order of the same results in the answer is no change.
    results = sorted(results, key=lambda result: (result.id, result.measurement is None, result.measurement or 0))
    potencies = ["NULL" if r.potency is None else canonical_number(r.potency) for r in results]
    unknown = [_quoted(as_json(r.unknown)) if r.unknown else "NULL" for r in results]
    return (
        _array(str(r.id) for r in results),
        _array("NULL" if r.measurement is None else str(r.measurement) for r in results),
        _array(potencies),
        _array(unknown) if any(r.unknown for r in results) else None,
    )


def _array(elements: Iterable[str]) -> str:
    """Return the text form of an array (PostgreSQL manual, Array Input and Output Syntax)."""
    # Text, because psycopg would adapt every element by itself.
    return f"{{{','.join(elements)}}}"


def _fetch_row(fetch: PackageFetch) -> Sequence[object]:
    request, outcome = fetch.request, fetch.outcome
    return (fetch.pull_id, request.product_id, request.package_id, outcome.last_page_at, outcome.complete,
            fetch.is_refused)  # fmt: skip


def _refusal_rows(fetch: PackageFetch) -> Iterator[Sequence[object]]:
    for page in fetch.pages:
        refused: list[Rejected | SetAside] = [*page.rejected, *page.set_aside]
        for part in refused:
            # An answer without an id can still be assigned where one package was requested.
            package_id = part.item_id or fetch.request.package_id
            field = part.field if isinstance(part, SetAside) else None
            yield (fetch.pull_id, page.observed_at, fetch.request.product_id, package_id, field, part.reason,
                   part.body)  # fmt: skip


def single_quantity(quantities: Mapping[str, Quantity | None] | None) -> tuple[str | None, str | None]:
    """Return the number, as text with all its digits, and the unit of a quantity object such as ``{"gram": 3.5}``.

    Both are None where several units have a number; a single unit without a number is returned alone.
    """
    # Choosing one of several units would be a guess, and weights and units never add up: the JSON column keeps all.
    known = [(unit, value) for unit, value in (quantities or {}).items() if value is not None]
    if len(known) == 1:
        unit, value = known[0]
        return canonical_number(value), unit
    if not known and quantities is not None and len(quantities) == 1:
        return None, next(iter(quantities))
    return None, None


def _quoted(element: str) -> str:
    """Return an element of an array in quotes, which it needs if it has commas, braces, quotes or backslashes."""
    return '"' + element.replace("\\", r"\\").replace('"', r"\"") + '"'


def _quantity(quantities: Mapping[str, Quantity | None] | None) -> tuple[str | None, str | None, str | None]:
    """Return the number and the unit of a quantity object, and the object as JSON where they are not all of it."""
    value, unit = single_quantity(quantities)
    if quantities is None or (unit is not None and len(quantities) == 1):
        return value, unit, None
    # Decimal: a float would lose digits, and 3.50 and 3.5 have to be the same version.
    canonical = {
        name: None if number is None else Decimal(canonical_number(number)) for name, number in quantities.items()
    }
    return value, unit, as_json(canonical)


def _as_json(fields: Mapping[str, Any]) -> str | None:
    return as_json(fields) if fields else None
