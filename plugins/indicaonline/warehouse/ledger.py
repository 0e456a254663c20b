"""The pull ledger, ``ops.pull``: the request of a pull, and its row."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from indicaonline.json_values import as_json
from indicaonline.measures import PullMeasure, Tally, count_pull
from indicaonline.records import Outcome
from indicaonline.warehouse.sql import Connection, read_sql

log = logging.getLogger(__name__)

Kind = Literal["office", "updated", "product", "reference", "packages", "package"]
Status = Literal["complete", "incomplete", "held_back", "failed"]


class Decision(msgspec.Struct, frozen=True):
    """Who decided about a held-back pull, with the note of that person."""

    decided_by: str
    note: str | None = None


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request of a pull: all stock of one office, changes since an instant, one product in all offices, a reference
    list, the active packages of one product, or one package (with the product under which inventory items list it).
    """

    kind: Kind
    started_at: dt.datetime
    office_id: int | None = None
    resource: str | None = None
    since: dt.datetime | None = None
    product_id: int | None = None
    package_id: int | None = None

    def __str__(self) -> str:
        return {
            "office": f"office {self.office_id}",
            "updated": "changes",
            "product": f"product {self.product_id}",
            "reference": f"the list of {self.resource}",
            "packages": f"packages of product {self.product_id}",
            "package": f"package {self.package_id}",
        }[self.kind]


def status_of(outcome: Outcome) -> Status:
    """Return ``complete``, ``incomplete`` (some pages arrived) or ``failed`` (none did)."""
    if outcome.complete:
        return "complete"
    return "incomplete" if outcome.first_page_at is not None else "failed"


def pull_parameters(
    pull_id: int,
    request: PullRequest,
    outcome: Outcome,
    tally: Tally,
    server_dated: bool | None,
    requests: int,
    decision: Decision | None = None,
) -> dict[str, Any]:
    """Return a pull and its outcome as parameters of SQL files, which are also the columns of its row.

    ``requests`` is the number of its responses.
    """
    return msgspec.structs.asdict(request) | {
        "pull_id": pull_id,
        "status": status_of(outcome),
        "read": outcome.read,
        "reads": outcome.reads,
        "total": outcome.total,
        "problem": outcome.problem,
        "first_page_at": outcome.first_page_at,
        "last_page_at": outcome.last_page_at,
        "server_dated": server_dated,
        "requests": requests,
        "items": tally.items,
        "rejected": tally.rejected,
        "set_aside": tally.set_aside,
        "deviations": tally.deviations,
        # A rebuild finds the pages of a pull in raw by number, because several servers date them in any order.
        "pages": sorted(tally.pages),
        "decided_by": decision and decision.decided_by,
        "decision_note": decision and decision.note,
    }


def write_pulls(connection: Connection, pulls: Sequence[Mapping[str, Any]]) -> int:
    """Write the rows of pulls, given as :func:`pull_parameters`; returns how many were written. Does not commit.

    An accepted pull is not written where somebody else has decided about it meanwhile.
    """
    rows = as_json([{**pull, "counted_read": pull["read"]} for pull in pulls])
    return connection.execute(read_sql("load/insert_pulls"), {"pulls": rows}).rowcount


def report_pull(pull_id: int, request: PullRequest, status: Status, seconds: float, tally: Tally) -> None:
    """Count a committed pull for metrics, and log the items that were not used or not as documented."""
    count_pull(PullMeasure(pull_id, request.kind, status, seconds, tally))
    if report := tally.report():
        log.warning(
            "Pull %s of %s: %s. See ops.quarantine for what was not used, and contract_check for all fields.",
            pull_id, request, report,
        )  # fmt: skip
