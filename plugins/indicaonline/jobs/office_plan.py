"""Plans a run of ``inventory_snapshot_daily``: the offices that it pulls, and those that it only publishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from indicaonline.errors import SettingError
from indicaonline.jobs.business_day import DayPlan, day_end, day_of, is_in_tolerance, yesterday
from indicaonline.settings import Settings, now
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.pulls import closing_pull
from indicaonline.warehouse.reference import KnownOffice, known_offices, list_given_offices
from indicaonline.warehouse.sql import Connection


class Waiting(msgspec.Struct, frozen=True):
    """An office whose business day has not ended yet, and its end (UTC)."""

    office: KnownOffice
    ends_at: dt.datetime


class OfficePlan(msgspec.Struct, frozen=True):
    """The ``offices`` of a run. ``pulled`` are pulled and published, ``published`` only published.

    ``due`` are those of both whose ``business_day`` this run has to publish.
    """

    business_day: dt.date
    offices: list[KnownOffice]
    pulled: list[KnownOffice] = []
    published: list[KnownOffice] = []
    waiting: list[Waiting] = []
    due: list[int] = []


def plan_offices(
    connect: Connect, settings: Settings, plan: DayPlan, time_zone: str | None = None, given: Sequence[int] = ()
) -> OfficePlan:
    """Decide for each office, by the end of its own day, to pull it, to publish its day, or to wait.

    ``time_zone`` restricts the plan to the offices whose days end there. ``given`` are the offices that the connection
    names. Sends no request to the API. Raises :class:`~indicaonline.errors.SettingError` where no office is known.
    """
    # The plan only distributes offices over tasks: a task decides again when it runs, which may be hours later.
    with warehouse(connect, settings) as connection:
        # Offices in the connection need no reference data: the first snapshot can run before any list was loaded.
        if given:
            list_given_offices(connection, given)
            connection.commit()
        offices = known_offices(connection)
        if not offices:
            raise SettingError(
                "No office is known yet: run reference_data_daily first, or name the office ids in the connection"
                f" {settings.api_conn_id}."
            )
        mine = [office for office in offices if time_zone in (None, settings.zone(office.office_id).key)]
        result = OfficePlan(plan.business_day or yesterday(settings, time_zone=time_zone), mine)
        for office in mine:
            _plan_office(connection, settings, plan, office, result)
    return result


def _plan_office(
    connection: Connection, settings: Settings, plan: DayPlan, office: KnownOffice, result: OfficePlan
) -> None:
    """Add an office to the plan."""
    day = day_of(plan, settings, office.office_id)
    ends_at = day_end(settings, office.office_id, day)
    in_time = is_in_tolerance(settings, office.office_id, day)
    # The order of the branches matters: a manual run also pulls an office whose day has not ended.
    if office.is_listed and _is_pulled(connection, plan, office, day, in_time=in_time):
        result.pulled.append(office)
    elif now() < ends_at:
        result.waiting.append(Waiting(office, ends_at))
    elif in_time or not plan.pulls_present:
        result.published.append(office)
    if day == result.business_day and (in_time or (ends_at <= now() and not plan.pulls_present)):
        result.due.append(office.office_id)


def _is_pulled(connection: Connection, plan: DayPlan, office: KnownOffice, day: dt.date, *, in_time: bool) -> bool:
    return plan.pulls_present or (in_time and closing_pull(connection, office.office_id, day) is None)


def zones_without_dag(settings: Settings, offices: Sequence[int], zones: Sequence[str]) -> list[str]:
    """Return a sentence for each time zone of offices at whose midnight no DAG runs; ``zones`` are those of DAGs."""
    # DAG files take their zones from the environment of the DAG processor. The end of a day follows the settings in the
    # warehouse, and the two can differ.
    found: dict[str, list[str]] = {}
    for office_id in offices:
        found.setdefault(settings.zone(office_id).key, []).append(str(office_id))
    return [
        f"No DAG runs at midnight in {zone}, where the days of offices {', '.join(ids)} end by the settings in the"
        " warehouse. Set the time zones alike for the DAG processor, or run `indicaonline settings --apply`."
        for zone, ids in found.items()
        if zone not in zones
    ]


def describe(result: OfficePlan, plan: DayPlan, settings: Settings) -> list[str]:
    """Describe the plan in lines for a log."""
    now_only = ", as they are now" if plan.pulls_present else ""
    lines = [
        f"Business day {result.business_day}: {len(result.pulled)} offices to pull{now_only};"
        f" {len(result.published)} to publish from observations; {len(result.waiting)} whose day has not ended."
    ]
    lines += [f"To pull: {office.label} ({office.office_id})." for office in result.pulled]
    lines += [f"To publish: {office.label} ({office.office_id})." for office in result.published]
    return lines + [
        f"Not yet: {waiting.office.label} ({waiting.office.office_id}), whose day ends at"
        f" {waiting.ends_at:%Y-%m-%d %H:%M} UTC in {settings.zone(waiting.office.office_id).key}."
        for waiting in result.waiting
    ]
