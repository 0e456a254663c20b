"""Pulls changes for ``inventory_updates_hourly``, unless the ledger shows the hour as covered."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import RetriableError, SettingError
from indicaonline.jobs.given import instant_of
from indicaonline.jobs.inventory import finish, land
from indicaonline.jobs.summary import item_counts
from indicaonline.settings import Settings, now, to_utc
from indicaonline.warehouse.connection import Connect, warehouse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.load import Load, LoadResult
from indicaonline.warehouse.session import wait_for_turn
from indicaonline.warehouse.sql import Connection
from indicaonline.warehouse.updates import HourState, Touched, hour_state, touched_by

log = logging.getLogger(__name__)

AN_HOUR = dt.timedelta(hours=1)


class HourPlan(msgspec.Struct, frozen=True):
    """The hour of a run; None for all changes up to now, since the watermark or a given instant."""

    start: dt.datetime | None
    end: dt.datetime | None
    since: dt.datetime | None = None


class UpdatesResult(msgspec.Struct, frozen=True):
    """The result of a run. ``note`` is the reason why no request was sent to the API."""

    pull: LoadResult | None = None
    since: dt.datetime | None = None
    touched: list[Touched] = []
    note: str | None = None


def plan_hour(
    interval_start: dt.datetime | None, interval_end: dt.datetime | None, logical_date: dt.datetime | None
) -> HourPlan:
    """Return the plan of a run: for a manual run all changes up to now, for every other run its data interval."""
    # From interval and logical date alone, as business_day.plan_day: a cleared run may have become a backfill. A manual
    # run has no interval, or a logical date after its interval and within the last hour.
    if interval_start is None or interval_end is None:
        return HourPlan(None, None)
    start, end = to_utc(interval_start), to_utc(interval_end)
    if logical_date is not None and end <= to_utc(logical_date) and abs(now() - to_utc(logical_date)) < AN_HOUR:
        return HourPlan(None, None)
    return HourPlan(start, end)


def plan_since(since: dt.datetime | str) -> HourPlan:
    """Return the plan of a pull of all changes since an instant. Raises SettingError for anything else, in one line."""
    instant = instant_of(since, "The start of the changes")
    if instant > now():
        raise SettingError(f"The start of the changes, {instant:%Y-%m-%d %H:%M:%S} UTC, is in the future.")
    return HourPlan(None, None, instant)


async def pull_updates(
    open_client: Callable[[], IndicaOnlineClient], connect: Connect, settings: Settings, plan: HourPlan
) -> UpdatesResult:
    """Pull the changes since the watermark, or since the start of the hour if that is earlier, minus the overlap.

    A plan with an instant pulls since that instant, minus the overlap, in any case.

    Sends no request for an hour that is covered or has not ended. Raises the error that stopped the pull; rows received
    until then are stored.
    """
    with ExitStack() as stack:
        connection = await asyncio.to_thread(stack.enter_context, warehouse(connect, settings))
        # Before the ledger is read: in a backfill the first run pulls, and the others find their hours covered.
        await asyncio.to_thread(wait_for_turn, connection, "updates")
        state = await asyncio.to_thread(hour_state, connection, plan.start, plan.end)
        note = _reason_to_skip(plan, state)
        if note is not None:
            log.info("%s", note)
            return UpdatesResult(note=note)
        since = _since(plan, state, settings)
        return await _pull(open_client, connection, stack, since, plan.end)


async def _pull(
    open_client: Callable[[], IndicaOnlineClient],
    connection: Connection,
    stack: ExitStack,
    since: dt.datetime,
    until: dt.datetime | None,
) -> UpdatesResult:
    request = PullRequest(kind="updated", started_at=now(), since=since)
    load = await asyncio.to_thread(stack.enter_context, Load(connection, request))
    async with open_client() as client:
        outcome = await land(client.updated_inventory(since), load)
    if not outcome.complete:
        await finish(load, outcome, "changes")
    result = await asyncio.to_thread(load.apply, outcome)
    touched = await asyncio.to_thread(touched_by, connection, result.pull_id)
    log.info("Pull %s since %s: %s items, %s changes.", result.pull_id, since, result.items, result.changes)
    # After the load: the pull is valid even where it does not cover the hour.
    _check_reach(result.pull_id, outcome.first_page_at, until)
    return UpdatesResult(result, since, touched)


def _check_reach(pull_id: int, reached_at: dt.datetime | None, until: dt.datetime | None) -> None:
    """Raise a retriable error where the hour has not ended by the clock of the API, which is behind."""
    if until is None or reached_at is None or reached_at >= until:
        return
    raise RetriableError(
        f"Pull {pull_id} is stored, but does not cover the hour until {until:%H:%M} UTC: by the clock of the API it"
        f" was made at {reached_at:%H:%M:%S}. It is pulled again after that.",
        retry_after=(until - reached_at).total_seconds() + 1,
    )


def _reason_to_skip(plan: HourPlan, state: HourState) -> str | None:
    """Return why no pull is due, in a sentence; None where one is."""
    if plan.start is None or plan.end is None:
        return None
    span = f"{plan.start:%Y-%m-%d %H:%M} to {plan.end:%H:%M} UTC"
    if now() < plan.end:
        return f"The hour {span} has not ended: no request is sent to the API."
    if state.is_covered:
        return f"The hour {span} is covered by a complete pull: no request is sent to the API."
    return None


def _since(plan: HourPlan, state: HourState, settings: Settings) -> dt.datetime:
    """Return the earlier of the watermark and the start of the hour, minus the overlap, in whole seconds."""
    # The overlap is at least the allowed clock skew: of several servers, the one that dated the watermark may be ahead
    # of the one that dates the changes. The first run has no watermark: one hour is enough, because a snapshot pulls
    # everything else.
    known = [instant for instant in (plan.start, state.reached_at) if instant is not None]
    earliest = plan.since or min(known, default=now() - AN_HOUR)
    return (earliest - max(settings.update_overlap, settings.max_clock_skew)).replace(microsecond=0).astimezone(dt.UTC)


def summary_lines(manifest: Mapping[str, Any] | None) -> list[str]:
    """Return the summary in lines for a log, from the XCom of the pull; None where the pull failed."""
    if manifest is None:
        return ["The pull failed. Rows received so far are stored; the next run starts at the watermark."]
    result = msgspec.convert(manifest, UpdatesResult)
    if result.pull is None:
        return [result.note or "Nothing was pulled."]
    pull = result.pull
    counts = item_counts(pull.items, pull.rejected, pull.set_aside, pull.deviations)
    totals = (
        f"Pull {pull.pull_id} since {result.since:%Y-%m-%d %H:%M} UTC: {counts}; {pull.changes} changes in"
        f" {len(result.touched)} offices, {len(pull.republished)} days published again."
    )
    return [totals, *(f"Office {office.office_id}: {office.products} products changed." for office in result.touched)]
