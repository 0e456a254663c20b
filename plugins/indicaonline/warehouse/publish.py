"""Publishes daily snapshots: a business day of an office, derived from observations alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from indicaonline.warehouse.session import committing
from indicaonline.warehouse.sql import Connection, fetch_one, read_sql

Basis = Literal["observed", "carried_forward", "missing"]


class Publication(msgspec.Struct, frozen=True):
    """One published business day of one office. ``rows`` is 0 where the day is missing."""

    office_id: int
    business_day: dt.date
    basis: Basis
    rows: int


def publish_day(connection: Connection, office_id: int, day: dt.date) -> Publication:
    """Publish a business day of an office, replacing what was published before; commits.

    Idempotent, a pure function of the observations: the complete pull within the tolerance after the day's end where
    there is one (``observed``), else the last observations before it (``carried_forward``), else ``missing``.
    """
    with committing(connection):
        return publish_again(connection, office_id, day)


def republish_affected(connection: Connection, pull_id: int, office_ids: Iterable[int]) -> list[Publication]:
    """Publish the days again that depend on what a pull changed, inside the caller's transaction."""
    # Returned by ascending office: publish_again locks offices, and another order could deadlock with another load.
    parameters = {"pull_id": pull_id, "office_ids": list(office_ids)}
    days = connection.execute(read_sql("publish/list_affected_days"), parameters).fetchall()
    return [publish_again(connection, office_id, day) for office_id, day in days]


def publish_again(connection: Connection, office_id: int, day: dt.date) -> Publication:
    """Publish a day as :func:`publish_day` does, inside the caller's transaction."""
    key = {"office_id": office_id, "day": day}
    connection.execute("SELECT ops.ensure_partitions(%(day)s, %(day)s)", key)
    # A load of the office between plan_day and insert would publish rows that its plan does not describe. Within a load
    # the lock is held already: advisory locks of one transaction nest.
    connection.execute("SELECT ops.lock('office.' || %(office_id)s::bigint)", key)
    plan = fetch_one(connection, dict[str, Any], "publish/plan_day", key)
    basis: Basis = "observed" if plan["pull_id"] else "carried_forward" if plan["is_carried"] else "missing"
    connection.execute(read_sql("publish/delete_day"), key)
    rows = 0
    if basis == "observed":
        rows = connection.execute(read_sql("publish/insert_observed_day"), key | plan).rowcount
    elif basis == "carried_forward":
        rows = connection.execute(read_sql("publish/insert_carried_day"), key | plan).rowcount
    # A later observation up to this time makes list_affected_days find the day.
    record = {"basis": basis, "depends_until": plan["last_page_at"] or plan["day_end"], "row_count": rows}
    connection.execute(read_sql("publish/upsert_publication"), key | plan | record)
    return Publication(office_id, day, basis, rows)
