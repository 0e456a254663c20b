"""Loads a batch of fetches of packages: staged, then turned into SCD type 2 versions by SQL, in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg

from indicaonline.measures import tally
from indicaonline.warehouse.database_errors import describe
from indicaonline.warehouse.ledger import pull_parameters, report_pull, status_of, write_pulls
from indicaonline.warehouse.package_staging import PackageFetch, create_staging, stage_fetches
from indicaonline.warehouse.responses import ResponseOf, copy_responses
from indicaonline.warehouse.session import committing
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql
from indicaonline.warehouse.staging import ensure_partitions

# Files of include/sql/packages, in order. A version ends before the next one is inserted: two open ones are refused.
_DERIVE = (
    "analyze_staged",
    "find_late_arriving",
    "analyze_touched",
    "compare_observations",
    "analyze_events",
    "delete_replaced",
    "end_versions",
    "insert_attributes",
    "insert_states",
    "insert_panels",
    "insert_presence",
)
# Answers come after failures and refusals: where a batch has both for a package, the answer settles it.
_SETTLE = (
    "insert_refusals",
    "settle_refused",
    "settle_failed",
    "settle_answered",
    "settle_unlisted",
    "settle_overtaken",
)


class Derived(msgspec.Struct, frozen=True):
    """The numbers of packages returned and of new versions of packages and lab panels, and the messages about answers
    that could not be stored.
    """

    packages: int = 0
    versions: int = 0
    lab_panels: int = 0
    unstorable: list[str] = []

    def __add__(self, other: Derived) -> Derived:
        return Derived(
            self.packages + other.packages,
            self.versions + other.versions,
            self.lab_panels + other.lab_panels,
            [*self.unstorable, *other.unstorable],
        )


def load_fetches(connection: Connection, fetches: Sequence[PackageFetch]) -> Derived:
    """Load fetches into raw, ledger, quarantine and versions, and settle their rows of the queue, in one transaction.

    A fetch with a value that the warehouse cannot store is loaded as a failure, with its responses and the reason.
    """
    try:
        return _land(connection, fetches)
    except psycopg.DataError as error:
        # The error does not name the fetch. Loaded one by one, only the unstorable one fails.
        if len(fetches) > 1:
            return sum((load_fetches(connection, [fetch]) for fetch in fetches), Derived())
        if not fetches[0].pages:
            raise
        failed, problem = _unstorable(fetches[0], error)
        return _land(connection, [failed]) + Derived(unstorable=[problem])


def _unstorable(fetch: PackageFetch, error: psycopg.DataError) -> tuple[PackageFetch, str]:
    """Return a fetch without its pages, and the reason."""
    problem = f"The answer of pull {fetch.pull_id} cannot be stored: {describe(error)} Please report this as a fault."
    outcome = msgspec.structs.replace(
        fetch.outcome, complete=False, read=0, first_page_at=None, last_page_at=None, problem=problem
    )
    return msgspec.structs.replace(fetch, outcome=outcome, pages=[]), problem


def _land(connection: Connection, fetches: Sequence[PackageFetch]) -> Derived:
    try:
        derived = _load(connection, fetches, alone=False)
    # Two tasks have loaded a package that moved from one product to another: the second one starts again, alone.
    except (psycopg.errors.IntegrityError, psycopg.errors.DeadlockDetected):
        derived = _load(connection, fetches, alone=True)
    # After the commit: metrics count only pulls that are in the ledger.
    for fetch in fetches:
        report_pull(fetch.pull_id, fetch.request, status_of(fetch.outcome), fetch.seconds, tally(fetch.pages))
    return derived


def _load(connection: Connection, fetches: Sequence[PackageFetch], *, alone: bool) -> Derived:
    with committing(connection):
        # Loads of several tasks run side by side: their claims keep the packages of a product together. A rebuild does
        # not run beside them.
        connection.execute(f"SELECT {'ops.lock' if alone else 'ops.lock_shared'}('packages')")
        create_staging(connection)
        ensure_partitions(connection, *{instant for fetch in fetches for instant in _instants(fetch)})
        copy_responses(
            connection,
            [
                ResponseOf(fetch.pull_id, fetch.request, each.read, each)
                for fetch in fetches
                for each in fetch.responses
            ],
        )
        write_pulls(connection, [_ledger_row(fetch) for fetch in fetches])
        stage_fetches(connection, fetches)
        # Sent together: each answer alone would wait until the thread of the fetches lets this one run.
        with connection.pipeline():
            connection.execute(read_sql("packages/lock_moved"))
            derived = derive(connection)
            for name in _SETTLE:
                connection.execute(read_sql(f"packages/{name}"))
    return derived


def derive(connection: Connection) -> Derived:
    """Derive versions from the staged fetches, late-arriving or not, inside the caller's transaction."""
    for name in _DERIVE:
        connection.execute(read_sql(f"packages/{name}"))
    return fetch_one(connection, Derived, "packages/count_derived")


def _ledger_row(fetch: PackageFetch) -> dict[str, Any]:
    dated = all(response.server_dated for response in fetch.responses) if fetch.responses else None
    counts = tally(fetch.pages), dated, len(fetch.responses)
    return pull_parameters(fetch.pull_id, fetch.request, fetch.outcome, *counts)


def _instants(fetch: PackageFetch) -> Iterator[dt.datetime]:
    yield from (response.observed_at for response in fetch.responses)
    yield from (page.observed_at for page in fetch.pages)
    if fetch.outcome.first_page_at is not None:
        yield fetch.outcome.first_page_at
