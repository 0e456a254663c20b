"""Loads fetches of packages: a batch of pulls staged, turned into versions by SQL, in one transaction."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
from psycopg.rows import class_row

from indicaonline.json_values import as_json
from indicaonline.measures import PullMeasure, count_pull, tally
from indicaonline.records import Outcome, PackageDetail, Page, Quantity, RawResponse
from indicaonline.warehouse.database_errors import describe
from indicaonline.warehouse.landing import WHERE_TO_LOOK, PullRequest, status_of
from indicaonline.warehouse.session import roll_back
from indicaonline.warehouse.sql import read_sql
from indicaonline.warehouse.staging import canonical_number, copy_responses, ensure_partitions

log = logging.getLogger(__name__)

_DERIVE = (
    "find_late_arriving",
    "replay_states",
    "replay_labs",
    "delete_replaced",
    "compute_state_spans",
    "compute_lab_spans",
    "extend_states",
    "insert_states",
    "extend_labs",
    "insert_labs",
    "insert_presence",
)
_SETTLE = ("insert_refusals", "settle_refused", "settle_failed", "settle_answered", "settle_unlisted")
_TEXTS = ("uid", "source_uid", "vendor", "batch_id")
_DATES = ("harvest_production_date", "packaged_date", "check_in_date")


class PackageFetch(msgspec.Struct, frozen=True):
    """One pull of packages that has ended: a product's list, or one package by its id.

    ``pages`` are those of the read that counts, ``responses`` all that came. ``is_gone``: the API knows no such
    package. ``is_refused``: it calls the request itself invalid, which later tries may not mend. ``seconds``: from the
    request to the answer, retries included.
    """

    pull_id: int
    request: PullRequest
    outcome: Outcome
    pages: list[Page[PackageDetail]]
    responses: list[RawResponse] = []
    is_gone: bool = False
    is_refused: bool = False
    seconds: float = 0


class Derived(msgspec.Struct, frozen=True):
    """What fetches changed: packages returned, new versions of packages and of lab results; and messages about answers
    that could not be stored.
    """

    packages: int = 0
    versions: int = 0
    lab_versions: int = 0
    unstorable: list[str] = []

    def __add__(self, other: Derived) -> Derived:
        return Derived(
            self.packages + other.packages,
            self.versions + other.versions,
            self.lab_versions + other.lab_versions,
            [*self.unstorable, *other.unstorable],
        )


def load_fetches(connection: psycopg.Connection[Any], fetches: Sequence[PackageFetch]) -> Derived:
    """Land fetches in raw, ledger, quarantine and versions, settle the needs they answer, and commit; all or nothing.

    Should one of them hold a value that the warehouse cannot store, the others land all the same, and that one as a
    failure: its responses, and in the ledger why.
    """
    try:
        return _land(connection, fetches)
    except psycopg.DataError as error:
        if len(fetches) > 1:
            return sum((load_fetches(connection, [fetch]) for fetch in fetches), Derived())
        if not fetches[0].pages:
            raise
        failed, problem = _unstorable(fetches[0], error)
        return _land(connection, [failed]) + Derived(unstorable=[problem])


def _unstorable(fetch: PackageFetch, error: psycopg.DataError) -> tuple[PackageFetch, str]:
    """A fetch without what it returned, and why."""
    problem = f"The answer of pull {fetch.pull_id} cannot be stored: {describe(error)} Please report this as a fault."
    outcome = msgspec.structs.replace(
        fetch.outcome, complete=False, read=0, first_page_at=None, last_page_at=None, problem=problem
    )
    return msgspec.structs.replace(fetch, outcome=outcome, pages=[]), problem


def _land(connection: psycopg.Connection[Any], fetches: Sequence[PackageFetch]) -> Derived:
    try:
        create_staging(connection)
        ensure_partitions(connection, *{instant for fetch in fetches for instant in _instants(fetch)})
        rows = ((fetch.pull_id, response.read, response) for fetch in fetches for response in fetch.responses)
        copy_responses(connection, rows)
        with connection.cursor() as cursor:
            cursor.executemany(read_sql("load/insert_pull"), [_ledger_row(fetch) for fetch in fetches])
        stage_fetches(connection, fetches)
        derived = derive(connection)
        for name in _SETTLE:
            connection.execute(read_sql(f"packages/{name}"))
    except BaseException:
        roll_back(connection)
        raise
    # Not connection.transaction(): inside a transaction that a question has opened, that would only be a savepoint.
    connection.commit()
    for fetch in fetches:
        count_pull(_measure(fetch))
        if report := tally(fetch.pages).report():
            log.warning("Pull %s of %s: %s. %s", fetch.pull_id, fetch.request, report, WHERE_TO_LOOK)
    return derived


def derive(connection: psycopg.Connection[Any]) -> Derived:
    """Bring versions up to the staged fetches, late-arriving or not; inside the caller's transaction."""
    for name in _DERIVE:
        connection.execute(read_sql(f"packages/{name}"))
    with connection.cursor(row_factory=class_row(Derived)) as cursor:
        derived = cursor.execute(read_sql("packages/count_derived")).fetchone()
    assert derived is not None, "count_derived.sql always returns one row"
    return derived


def create_staging(connection: psycopg.Connection[Any]) -> None:
    """Make the temporary tables that fetches of this session use."""
    connection.execute(read_sql("packages/create_staging"))


def stage_fetches(connection: psycopg.Connection[Any], fetches: Iterable[PackageFetch]) -> None:
    """Copy what fetches returned into staging."""
    fetches = list(fetches)
    _copy(connection, "staged_package", (row for fetch in fetches for row in _package_rows(fetch)))
    _copy(connection, "staged_lab_result", (row for fetch in fetches for row in _lab_rows(fetch)))
    _copy(connection, "staged_fetch", map(_fetch_row, fetches))
    _copy(connection, "staged_refusal", (row for fetch in fetches for row in _refusal_rows(fetch)))


def unknown_fields(fetches: Iterable[PackageFetch]) -> Counter[str]:
    """How many packages came with each field that the guide does not name; in lab results as ``lab_results.x``."""
    names: Counter[str] = Counter()
    for fetch in fetches:
        for _, package in _packages(fetch):
            of_results = {name for result in package.lab_results or [] for name in result.unknown}
            names.update([*package.unknown, *(f"lab_results.{name}" for name in of_results)])
    return names


def _copy(connection: psycopg.Connection[Any], table: str, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _ledger_row(fetch: PackageFetch) -> dict[str, Any]:
    outcome, counts = fetch.outcome, tally(fetch.pages)
    return msgspec.structs.asdict(fetch.request) | {
        "pull_id": fetch.pull_id,
        "status": status_of(outcome),
        "problem": outcome.problem,
        "read": outcome.read,
        "reads": outcome.reads,
        "total": outcome.total,
        "first_page_at": outcome.first_page_at,
        "last_page_at": outcome.last_page_at,
        "server_dated": all(response.server_dated for response in fetch.responses) if fetch.responses else None,
        "items": counts.items,
        "rejected": counts.rejected,
        "set_aside": counts.set_aside,
        "deviations": counts.deviations,
        "pages": sorted({page.number for page in fetch.pages}),
        "decided_by": None,
    }


def _measure(fetch: PackageFetch) -> PullMeasure:
    counts = tally(fetch.pages)
    return PullMeasure(
        kind=fetch.request.kind,
        status=status_of(fetch.outcome),
        seconds=fetch.seconds,
        items=counts.items,
        rejected=counts.rejected,
        set_aside=counts.set_aside,
    )


def _instants(fetch: PackageFetch) -> Iterator[dt.datetime]:
    yield from (response.observed_at for response in fetch.responses)
    yield from (page.observed_at for page in fetch.pages)
    if fetch.outcome.first_page_at is not None:
        yield fetch.outcome.first_page_at


def _packages(fetch: PackageFetch) -> Iterator[tuple[Page[PackageDetail], PackageDetail]]:
    return ((page, package) for page in fetch.pages for package in page.items)


def _package_rows(fetch: PackageFetch) -> Iterator[Sequence[object]]:
    product_id = fetch.request.product_id
    if fetch.is_gone:
        at, package_id = fetch.outcome.first_page_at, fetch.request.package_id
        yield (fetch.pull_id, 1, at, package_id, True, product_id, *[None] * 19)
    for page, package in _packages(fetch):
        offices = package.available_in_office
        yield (
            fetch.pull_id,
            page.number,
            page.observed_at,
            package.id,
            False,
            product_id,
            *(getattr(package, name) for name in (*_TEXTS, *_DATES)),
            package.checked_in_to,
            None if offices is None else sorted(offices),
            package.best_by,
            package.tested_date,
            package.measurement,
            *the_quantity(package.checked_in_quantity),
            *the_quantity(package.available_quantity),
            _quantities_as_json(package.checked_in_quantity),
            _quantities_as_json(package.available_quantity),
            _as_json(package.unknown | package.unread),
        )


def _lab_rows(fetch: PackageFetch) -> Iterator[Sequence[object]]:
    for page, package in _packages(fetch):
        for result in package.lab_results or []:
            potency = None if result.potency is None else canonical_number(result.potency)
            yield (fetch.pull_id, page.number, package.id, result.id, result.measurement, potency,
                   _as_json(result.unknown))  # fmt: skip


def _fetch_row(fetch: PackageFetch) -> Sequence[object]:
    request, outcome = fetch.request, fetch.outcome
    return (
        fetch.pull_id,
        request.product_id,
        request.package_id,
        outcome.last_page_at,
        outcome.complete,
        fetch.is_refused,
    )


def _refusal_rows(fetch: PackageFetch) -> Iterator[Sequence[object]]:
    for page in fetch.pages:
        for item in page.rejected:
            package_id = item.item_id or fetch.request.package_id
            yield (fetch.pull_id, page.observed_at, fetch.request.product_id, package_id, None, item.reason,
                   item.body)  # fmt: skip
        for part in page.set_aside:
            package_id = part.item_id or fetch.request.package_id
            yield (fetch.pull_id, page.observed_at, fetch.request.product_id, package_id, part.field, part.reason,
                   part.body)  # fmt: skip


def the_quantity(quantities: Mapping[str, Quantity | None] | None) -> tuple[str | None, str | None]:
    """The number, as text with all its digits, and the unit of a quantity object such as ``{"gram": 3.5}``.

    Of several numbers in different units none is chosen; a unit without a number is a unit.
    """
    known = [(unit, value) for unit, value in (quantities or {}).items() if value is not None]
    if len(known) == 1:
        unit, value = known[0]
        return canonical_number(value), unit
    if not known and quantities is not None and len(quantities) == 1:
        return None, next(iter(quantities))
    return None, None


def _quantities_as_json(quantities: Mapping[str, Quantity | None] | None) -> str | None:
    if quantities is None:
        return None
    canonical = {
        unit: None if value is None else Decimal(canonical_number(value)) for unit, value in quantities.items()
    }
    return as_json(canonical)


def _as_json(fields: Mapping[str, Any]) -> str | None:
    return as_json(fields) if fields else None
