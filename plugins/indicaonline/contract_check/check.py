"""The contract check: asks every endpoint once for a few items, and stores nothing.

Items are read with the loader's own decoder; the ids to ask for come from the answers. The skip parameter and the unit
of time take a second request. Each thing that the vendor's guides leave open ends here as something to set in the
connection, or not.
"""

from __future__ import annotations

import datetime as dt

from indicaonline.api import decoding
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.items import an_id
from indicaonline.api.reading import unix_time
from indicaonline.contract_check.guide import (
    INVENTORY,
    NAMED,
    OFFICE,
    PACKAGE,
    PRODUCT,
    inventory_notes,
    package_notes,
)
from indicaonline.contract_check.probe import Probe, Question
from indicaonline.contract_check.report import Finding
from indicaonline.records import Product
from indicaonline.reference_lists import REFERENCE_LISTS

SKIP_NAMES = ("offset", "offest", "skip", "start", "from")
"""Names the skip parameter may have: the usual ones, and the guide's own spelling."""

MOST_OFFICES = 5
"""How many offices are tried until one holds something."""


async def contract_check(client: IndicaOnlineClient) -> list[Finding]:
    """Ask every endpoint once; return what was found, endpoint by endpoint, in the order asked.

    Raises nothing for an endpoint that fails: that is a finding.
    """
    probe = Probe(client)
    offices = await _reference_lists(probe)
    office_id, item = await _office_inventory(probe, client.config.office_ids or offices)
    await _skip_parameter(probe, office_id)
    product_id = _an_id(item, "product_id")
    path = _path("inventory/products/{}", product_id)
    await probe.ask(Question("product inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes))
    await _updated(probe)
    await _packages(probe, product_id, item)
    return [*probe.findings, _clock(probe)]


async def _reference_lists(probe: Probe) -> list[int]:
    """Ask for the five reference lists; return the ids of the offices."""
    paths = probe.config.paths
    answer = await probe.ask(Question("offices", paths["offices"], OFFICE, decoding.OFFICES))
    if answer.finding.status == 404:
        probe.advise("path_offices to the path of the list of offices, or office_ids to the offices to read")
    offices = [number for item in answer.items if (number := _an_id(item, "id")) is not None]
    for name, listed in list(REFERENCE_LISTS.items())[1:]:
        known = PRODUCT if listed.record is Product else NAMED
        shape = decoding.NAME_LISTS[listed.record]
        found = await probe.ask(Question(name.replace("_", " "), paths[name], known, shape))
        if found.finding.status == 404:
            probe.advise(f"path_{name} to the path of this list (until then its names are missing, stock is not)")
    return offices


async def _office_inventory(probe: Probe, offices: list[int]) -> tuple[int | None, dict[str, object]]:
    """Ask for the inventory of the first office that holds two things or more; return it, and one item."""
    best: tuple[int | None, dict[str, object]] = (None, {})
    finding: Finding | None = None
    choices: list[int | None] = [*offices[:MOST_OFFICES]] or [None]
    for office_id in choices:
        path = _path("inventory/office/{}", office_id)
        question = Question("office inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes)
        answer = await probe.ask(question, keep=False)
        if finding is None or answer.items:
            finding, best = answer.finding, (office_id, answer.items[0] if answer.items else {})
        if (answer.total or 0) > 1:
            break
    if finding is not None:
        probe.findings.append(finding)
    return best


async def _skip_parameter(probe: Probe, office_id: int | None) -> None:
    """Check that the second row differs from the first; where it does not, find the name that makes it differ."""
    endpoint = "inventory/office/{}"
    mine = probe.config.skip_parameter
    # Without the parameter: an API may send an empty list where it does not know one.
    first, total = await probe.rows(_path(endpoint, office_id), {"limit": "1"})
    if (total or 0) < 2:
        return probe.say(
            "skip parameter", "skipped", f"'{mine}' could not be tried: no office with two rows was found."
        )
    for name in dict.fromkeys([mine, *SKIP_NAMES]):
        second, _ = await probe.rows(_path(endpoint, office_id), {"limit": "1", name: "1"})
        if second and second != first:
            if name == mine:
                return probe.say("skip parameter", "ok", f"'{mine}' works.")
            probe.say("skip parameter", "problem", f"'{mine}' is ignored, '{name}' works.")
            return probe.advise(f"skip_parameter to {name}")
    probe.say("skip parameter", "problem", f"'{mine}' is ignored, and so is {', '.join(SKIP_NAMES)}.")
    return probe.advise("skip_parameter to the name that IndicaOnline's support gives")


async def _updated(probe: Probe) -> None:
    """Ask for the last day's changes, and for those since tomorrow, of which a right unit of time has none."""
    unit, now = probe.config.timestamp_unit, probe.client.clock()
    day = dt.timedelta(days=1)
    path = f"inventory/updated/{unix_time(now - day, unit)}"
    answer = await probe.ask(Question("updated inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes))
    if not answer.finding.ok:
        return
    tomorrow, _ = await probe.rows(f"inventory/updated/{unix_time(now + day, unit)}", {"limit": "1"})
    if tomorrow:
        probe.note("It lists changes since tomorrow: the timestamp is in another unit, or is ignored.")
        probe.advise("timestamp_unit to " + ("milliseconds" if unit == "seconds" else "seconds"))
    elif unit == "milliseconds" and not answer.items:
        probe.note("No change in a day: if that cannot be, the timestamp may be in seconds.")


async def _packages(probe: Probe, product_id: int | None, item: dict[str, object]) -> None:
    """Ask both package endpoints, and say whether the account is PRO."""
    path, shape = _path("inventory/products/{}/packages", product_id), probe.client.packages_shape
    listed = await probe.ask(Question("product packages", path, PACKAGE, shape, package_notes, pro_only=True))
    inside = item.get("packages")
    candidates = [*listed.items, *(inside if isinstance(inside, list) else [])]
    package_id = next((number for one in candidates if (number := _an_id(one, "id")) is not None), None)
    path = _path("inventory/packages/{}", package_id)
    single = await probe.ask(Question("package", path, PACKAGE, shape, package_notes, pro_only=True, single=True))
    statuses = {listed.finding.status, single.finding.status}
    if statuses & {402, 403}:
        listed.finding.result = single.finding.result = "skipped"
        probe.say("plan", "ok", "The account is not PRO: package work is skipped, inventory goes on.")
    elif 200 in statuses:
        probe.say("plan", "ok", "The account is PRO: packages can be read.")
    else:
        probe.say("plan", "skipped", "No package could be asked for, so the plan is not known.")


def _clock(probe: Probe) -> Finding:
    if probe.clock_difference is None:
        words = "The API sends no Date header: this machine's clock is used for observed_at."
        return Finding(endpoint="clock", result="problem" if probe.answered else "skipped", notes=[words])
    seconds = probe.clock_difference.total_seconds()
    side = "ahead of" if seconds >= 0 else "behind"
    words = f"The API's clock is {abs(seconds):.0f} s {side} this machine's."
    if abs(probe.clock_difference) > probe.max_clock_skew:
        words += " Pulls refuse such an answer: set the clock that is wrong, or max_clock_skew_minutes in the settings."
        return Finding(endpoint="clock", result="problem", notes=[words])
    return Finding(endpoint="clock", result="ok", notes=[words])


def _path(template: str, number: int | None) -> str | None:
    return None if number is None else template.format(number)


def _an_id(item: object, name: str) -> int | None:
    return an_id(item.get(name)) if isinstance(item, dict) else None
