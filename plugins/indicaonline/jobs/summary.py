"""Summarizes a run of ``inventory_snapshot_daily``: the pull and the publication of each office."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from indicaonline.jobs.business_day import DayPlan, day_of
from indicaonline.settings import Settings
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.summary import OfficeSummary, office_summaries


def summarize_day(
    connect: Connect, settings: Settings, plan: DayPlan, offices: Sequence[int], since: dt.datetime
) -> list[OfficeSummary]:
    """Return the results of a run that started at an instant, for each of its offices. Writes nothing."""
    # From the ledger, not from XCom: a task that failed or was killed has none.
    days = {office_id: day_of(plan, settings, office_id) for office_id in offices}
    with warehouse(connect, settings) as connection:
        return office_summaries(connection, days, since)


def summary_lines(offices: Sequence[OfficeSummary]) -> list[str]:
    """Return the summary in lines for a log: the totals, then a line for each office."""
    pulls = Counter(office.status for office in offices if office.status is not None)
    days = Counter(office.basis for office in offices if office.basis is not None)
    rejected = sum(office.rejected or 0 for office in offices)
    set_aside = sum(office.set_aside or 0 for office in offices)
    return [
        f"{len(offices)} offices. Pulls: {_counts(pulls)}. Days: {_counts(days)}."
        f" Rejected items: {rejected}. Fields set aside: {set_aside}.",
        *(_line(office) for office in offices),
    ]


def item_counts(items: int, rejected: int, set_aside: int, deviations: int) -> str:
    """Describe the counts of the items of a pull."""
    # Rare counts appear only where they are not 0, so that they stand out.
    rare = {"fields set aside": set_aside, "values not as documented": deviations}
    return ", ".join([f"{items} items, {rejected} rejected", *(f"{n} {words}" for words, n in rare.items() if n)])


def _line(office: OfficeSummary) -> str:
    pull = "not pulled"
    if office.pull_id is not None:
        counts = item_counts(office.items or 0, office.rejected or 0, office.set_aside or 0, office.deviations or 0)
        pull = f"pull {office.pull_id} {office.status}, {counts}"
    if office.problem:
        pull += f" ({office.problem})"
    day = f"{office.business_day} not published"
    if office.basis is not None:
        day = f"{office.business_day} {office.basis}, {office.row_count} rows"
    return f"{office.label} ({office.office_id}): {pull}; {day}."


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items())) or "none"
