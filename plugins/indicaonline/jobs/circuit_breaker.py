"""The circuit breaker: a complete pull that would empty too much of its office is held back for a person to decide.

What the person decides is in :mod:`indicaonline.jobs.held_pulls`.
"""

from __future__ import annotations

import asyncio

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import HeldBackError, IndicaOnlineError, SkipParameterIgnoredError
from indicaonline.records import Outcome, RawResponse
from indicaonline.settings import Settings
from indicaonline.warehouse.load import Load


async def breach_of(load: Load, outcome: Outcome, settings: Settings) -> str | None:
    """Return why a person has to decide about a complete pull, in a sentence; None where it may be applied."""
    shrinkage = await asyncio.to_thread(load.shrinkage, outcome)
    return shrinkage.breach(settings.hold_back_share)


async def ask_plainly(client: IndicaOnlineClient, load: Load, outcome: Outcome, office_id: int) -> Outcome:
    """Return the outcome of a suspicious pull, with an error where only ignored parameters make it look empty.

    Asks an office that seems empty once more, without any parameter.
    """
    counts = load.parameters(outcome)
    if counts["items"] or counts["rejected"]:
        return outcome
    responses: list[RawResponse] = []
    load.read_again(outcome)
    try:
        body = await client.office_without_parameters(office_id, responses.append)
    except IndicaOnlineError:
        return outcome  # it shows nothing either way: a person decides
    finally:
        await asyncio.to_thread(load.add, [], responses)
    rows = len(body.items) + len(body.rejected)
    if not rows:
        return outcome
    error = SkipParameterIgnoredError(
        f"Office {office_id} is empty where the parameters 'limit' and '{client.config.skip_parameter}' are sent, and"
        f" lists {rows} rows where none is: the API does not know one of them. Set skip_parameter in the connection to"
        " the name it knows (the contract check finds it)."
    )
    return msgspec.structs.replace(outcome, complete=False, problem=str(error), error=error)


async def hold_back(load: Load, outcome: Outcome, problem: str, office_id: int) -> None:
    """Keep a pull in raw and in the ledger only, and raise the error that says what a person can do."""
    await asyncio.to_thread(load.hold_back, outcome, problem)
    raise HeldBackError(
        f"Pull {load.pull_id} of office {office_id} is held back: {problem} Its responses are kept, and no stock was"
        f" changed. Compare with the office in IndicaOnline. If it is right, trigger inventory_snapshot_daily with"
        f" {load.pull_id} in accept_held_pulls, or run `indicaonline accept {load.pull_id}`. If not, the next complete"
        f" pull supersedes it; dismiss_held_pulls, or `indicaonline dismiss {load.pull_id}`, ends it at once."
    )
