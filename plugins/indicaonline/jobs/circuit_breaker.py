"""The circuit breaker: holds back a complete pull that would empty too much of its office.

A person decides about it with :mod:`indicaonline.jobs.held_pulls`.
"""

from __future__ import annotations

import asyncio
from typing import NoReturn

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.errors import HeldBackError, IndicaOnlineError, SkipParameterIgnoredError
from indicaonline.records import Outcome, RawResponse
from indicaonline.settings import Settings
from indicaonline.warehouse.load import Breach, Load


async def breach_of(load: Load, outcome: Outcome, settings: Settings) -> Breach | None:
    """Return why a person has to decide about a complete pull; None where it may be applied."""
    shrinkage = await asyncio.to_thread(load.shrinkage, outcome)
    return shrinkage.breach(settings.hold_back_share)


async def retry_without_parameters(client: IndicaOnlineClient, load: Load, outcome: Outcome, office_id: int) -> Outcome:
    """Request an office that seems empty once more, without parameters; returns the outcome of the pull.

    It has an error where the API lists rows without parameters only.
    """
    # The vendor's guide prints the skip parameter as "offest", so its name is a setting. An API that does not know the
    # configured name may return an empty list instead of an error.
    counts = load.parameters(outcome)
    if counts["items"] or counts["rejected"]:
        return outcome
    responses: list[RawResponse] = []
    load.read_again(outcome)
    try:
        body = await client.office_without_parameters(office_id, responses.append)
    except IndicaOnlineError:
        return outcome  # the request confirms nothing, so the pull is held back
    finally:
        # Stored as another read of the pull: evidence for the person who decides about it.
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


async def hold_back(load: Load, outcome: Outcome, breach: Breach, office_id: int) -> NoReturn:
    """Hold a pull back, which keeps raw and ledger, and raise :class:`~indicaonline.errors.HeldBackError`."""
    await asyncio.to_thread(load.hold_back, outcome, breach)
    raise HeldBackError(
        f"Pull {load.pull_id} of office {office_id} is held back: {breach.problem} Its responses are kept, and no stock"
        f" was changed. Compare with the office in IndicaOnline, then accept or dismiss the pull: in Airflow under"
        f" Required Actions, as run pull_{load.pull_id} of held_back_pulls, or by `indicaonline accept {load.pull_id}`"
        f" or `indicaonline dismiss {load.pull_id}`. The next complete pull of the office supersedes it."
    )
