"""The contract check: one small request to every endpoint of the API. It stores nothing.

It decodes items as a pull does, and takes ids for further requests from the responses. For everything that the vendor's
guides leave open it finds what to set in the connection.
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
from indicaonline.contract_check.probe import Check, Probe
from indicaonline.contract_check.report import Finding
from indicaonline.records import Product
from indicaonline.reference_lists import REFERENCE_LISTS

# "offest" is the spelling in the vendor's guide.
SKIP_NAMES = ("offset", "offest", "skip", "start", "from")
"""Possible names of the skip parameter."""

MOST_OFFICES = 5
"""The largest number of offices that are requested to find one with stock."""


async def contract_check(client: IndicaOnlineClient) -> list[Finding]:
    """Request every endpoint; return the findings in the order of the requests. A failed request is a finding."""
    probe = Probe(client)
    offices = await _reference_lists(probe)
    office_id, item = await _office_inventory(probe, client.config.office_ids or offices)
    await _skip_parameter(probe, office_id)
    product_id = _an_id(item, "product_id")
    path = _path("inventory/products/{}", product_id)
    await probe.check(Check("product inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes))
    await _updated(probe)
    await _packages(probe, product_id, item)
    return [*probe.findings, _clock(probe)]


async def _reference_lists(probe: Probe) -> list[int]:
    """Request the five reference lists; return the ids of the offices."""
    paths = probe.config.paths
    answer = await probe.check(Check("offices", paths["offices"], OFFICE, decoding.OFFICES))
    if answer.finding.status == 404:
        probe.advise("path_offices to the path of the list of offices, or office_ids to the offices to read")
    offices = [number for item in answer.items if (number := _an_id(item, "id")) is not None]
    # Offices are the first list, and done.
    for name, listed in list(REFERENCE_LISTS.items())[1:]:
        known = PRODUCT if listed.record is Product else NAMED
        shape = decoding.NAME_LISTS[listed.record]
        found = await probe.check(Check(name.replace("_", " "), paths[name], known, shape))
        if found.finding.status == 404:
            probe.advise(f"path_{name} to the path of this list (until then only its names are missing)")
    return offices


async def _office_inventory(probe: Probe, offices: list[int]) -> tuple[int | None, dict[str, object]]:
    """Request offices until one has two items or more; return its id, and one item."""
    # Two items, because one does not show whether the skip parameter works.
    best: tuple[int | None, dict[str, object]] = (None, {})
    finding: Finding | None = None
    choices: list[int | None] = [*offices[:MOST_OFFICES]] or [None]
    for office_id in choices:
        path = _path("inventory/office/{}", office_id)
        check = Check("office inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes)
        answer = await probe.check(check, keep=False)
        if finding is None or answer.items:
            finding, best = answer.finding, (office_id, answer.items[0] if answer.items else {})
        if (answer.total or 0) > 1:
            break
    if finding is not None:
        probe.findings.append(finding)
    return best


async def _skip_parameter(probe: Probe, office_id: int | None) -> None:
    """Check that the second row differs from the first; otherwise find a name for which it does."""
    endpoint = "inventory/office/{}"
    mine = probe.config.skip_parameter
    # Without the parameter, because an API may return an empty list for one that it does not know.
    first, total = await probe.rows(_path(endpoint, office_id), {"limit": "1"})
    if (total or 0) < 2:
        return probe.add(
            "skip parameter", "skipped", f"'{mine}' could not be tested: no office with two rows was found."
        )
    for name in dict.fromkeys([mine, *SKIP_NAMES]):
        second, _ = await probe.rows(_path(endpoint, office_id), {"limit": "1", name: "1"})
        if second and second != first:
            if name == mine:
                return probe.add("skip parameter", "ok", f"'{mine}' works.")
            probe.add("skip parameter", "problem", f"'{mine}' is ignored, '{name}' works.")
            return probe.advise(f"skip_parameter to {name}")
    probe.add("skip parameter", "problem", f"'{mine}' is ignored, and so is {', '.join(SKIP_NAMES)}.")
    return probe.advise("skip_parameter to the name that IndicaOnline's support gives")


async def _updated(probe: Probe) -> None:
    """Request the changes of the last day, and those since tomorrow, which are none in the right unit of time."""
    unit, now = probe.config.timestamp_unit, probe.client.clock()
    day = dt.timedelta(days=1)
    path = f"inventory/updated/{unix_time(now - day, unit)}"
    answer = await probe.check(Check("updated inventory", path, INVENTORY, decoding.INVENTORY, inventory_notes))
    if not answer.finding.ok:
        return
    tomorrow, _ = await probe.rows(f"inventory/updated/{unix_time(now + day, unit)}", {"limit": "1"})
    # In seconds, a timestamp in milliseconds is thousands of years ahead; the other way round it is in 1970.
    if tomorrow:
        probe.note("It lists changes since tomorrow: the timestamp is in another unit, or is ignored.")
        probe.advise("timestamp_unit to " + ("milliseconds" if unit == "seconds" else "seconds"))
    elif unit == "milliseconds" and not answer.items:
        probe.note("No changes in a day: if that is unlikely, the timestamp may be in seconds.")


async def _packages(probe: Probe, product_id: int | None, item: dict[str, object]) -> None:
    """Request both package endpoints, and find out if the account has the PRO plan."""
    path, shape = _path("inventory/products/{}/packages", product_id), probe.client.packages_shape
    listed = await probe.check(Check("product packages", path, PACKAGE, shape, package_notes, pro_only=True))
    inside = item.get("packages")
    # The product may have no packages left, while the inventory item still lists some.
    candidates = [*listed.items, *(inside if isinstance(inside, list) else [])]
    package_id = next((number for one in candidates if (number := _an_id(one, "id")) is not None), None)
    path = _path("inventory/packages/{}", package_id)
    single = await probe.check(Check("package", path, PACKAGE, shape, package_notes, pro_only=True, single=True))
    statuses = {listed.finding.status, single.finding.status}
    if statuses & {402, 403}:
        # No problem of the connection: an account without PRO is complete without packages.
        listed.finding.result = single.finding.result = "skipped"
        probe.add("plan", "ok", "The account is not PRO: packages are skipped, inventory is pulled.")
    elif 200 in statuses:
        probe.add("plan", "ok", "The account is PRO: packages can be read.")
    else:
        probe.add("plan", "skipped", "No package could be requested, so the plan is unknown.")


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
