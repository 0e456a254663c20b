"""Requests to single endpoints, and comparison of their bodies with the vendor's guides."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.decoding import Shape, any_json
from indicaonline.api.transport import Request
from indicaonline.contract_check.report import Finding, Result
from indicaonline.errors import IndicaOnlineError
from indicaonline.records import Rejected

Notes = Callable[[dict[str, Any]], list[str]]
Key = tuple[object, object]

# A small page, with enough items for values that only some of them have.
SAMPLE = 25
"""Items requested from each list."""


class Check(msgspec.Struct, frozen=True):
    """A request to check. ``endpoint`` is None if no id for its path was found.

    ``known`` are the fields in the guide, ``shape`` decodes the body as a pull does, ``single`` marks a body that is
    one object.
    """

    name: str
    endpoint: str | None
    known: frozenset[str]
    shape: Shape[Any]
    notes: Notes = lambda item: []
    pro_only: bool = False
    single: bool = False


class Answer(msgspec.Struct):
    """The finding of a request, and the items, for further requests."""

    finding: Finding
    items: list[dict[str, Any]] = []
    total: int | None = None


class Probe:
    """Requests endpoints one by one, once each, and collects the findings."""

    def __init__(self, client: IndicaOnlineClient) -> None:
        self.client = client
        self.config = client.config
        self.max_clock_skew = client.transport.max_clock_skew
        self.findings: list[Finding] = []
        self.clock_difference: dt.timedelta | None = None
        """The API's clock minus this machine's; None until a response has a ``Date``."""
        self.answered = False

    async def check(self, check: Check, *, keep: bool = True) -> Answer:
        """Request an endpoint, compare its items with the known fields, and add the finding."""
        answer = await self._answer(check)
        fields = [set(item) for item in answer.items]
        answer.finding.missing = sorted({name for one in fields for name in check.known - one})
        answer.finding.new = sorted({name for one in fields for name in one - check.known})
        answer.finding.notes += dict.fromkeys(note for item in answer.items for note in check.notes(item))
        if keep:
            self.findings.append(answer.finding)
        return answer

    async def rows(self, endpoint: str | None, parameters: dict[str, str]) -> tuple[list[Key], int | None]:
        """Return the ids of the rows on one page of inventory, and its total; no rows and None after an error."""
        if endpoint is None:
            return [], None
        try:
            value = any_json((await self._get(Request(endpoint, parameters)))[1])
        except IndicaOnlineError:
            return [], None
        items = _items(value)
        if items is None:
            return [], None
        return [(item.get("product_id"), item.get("office_id")) for item in items if isinstance(item, dict)], _total(
            value
        )

    def add(self, name: str, result: Result, note: str) -> None:
        """Add a finding that belongs to no single endpoint."""
        self.findings.append(Finding(endpoint=name, result=result, notes=[note]))

    def note(self, words: str) -> None:
        """Add a sentence to the last finding."""
        self.findings[-1].notes.append(words)

    def advise(self, words: str) -> None:
        """Add a field to set, and its value, to the last finding."""
        self.findings[-1].advice.append(words)

    async def _answer(self, check: Check) -> Answer:
        finding = Finding(endpoint=check.name, result="skipped")
        if check.endpoint is None:
            finding.notes.append("No id for this request was found.")
            return Answer(finding)
        finding.result, finding.path = "problem", self.config.path(check.endpoint)
        # Without the skip parameter, which is checked separately: with a wrong name every list might be empty.
        parameters = {} if check.single else {"limit": str(SAMPLE)}
        try:
            finding.status, body = await self._get(Request(check.endpoint, parameters, pro_only=check.pro_only))
            value = any_json(body)
        except IndicaOnlineError as error:
            finding.status = finding.status or error.status
            finding.notes.append(str(error))
            return Answer(finding)
        answer = _single(finding, value) if check.single else _listed(finding, value)
        if finding.ok:
            _decode(finding, check, body)
        return answer

    async def _get(self, request: Request) -> tuple[int, bytes]:
        """Return status and body. Raises the error for a status other than 2xx, but none for a wrong clock."""
        # Not Transport.get: the check reports the clock, and repeats no request.
        response, headers = await self.client.transport.send(request)
        self.answered = True
        if response.server_dated and self.clock_difference is None:
            self.clock_difference = response.observed_at - self.client.clock()
        if not 200 <= response.status < 300:
            raise self.client.transport.error_of(request, response, headers)
        return response.status, response.body


def _decode(finding: Finding, check: Check, body: bytes) -> None:
    """Decode a body as a pull does, and add a note for each field that deviates."""
    try:
        if check.single:
            one = check.shape.read_one(body)
            rejected = [one.item] if isinstance(one.item, Rejected) else []
            set_aside, deviations = one.set_aside, one.deviations
        else:
            read = check.shape.read(body)
            rejected, set_aside, deviations = read.rejected, read.set_aside, read.deviations
    except IndicaOnlineError as error:
        finding.result = "problem"
        finding.notes.append(str(error))
        return
    if rejected:
        finding.result = "problem"
    finding.notes += _counted("rejected", Counter(entry.reason for entry in rejected))
    finding.notes += _counted("set aside", Counter(entry.reason for entry in set_aside))
    finding.notes += _counted("used though not as documented", Counter(deviations))


def _counted(what: str, reasons: Counter[str]) -> list[str]:
    return [f"{what}: {reason} ({times} times)." for reason, times in reasons.most_common()]


def _single(finding: Finding, value: object) -> Answer:
    if not isinstance(value, dict):
        return Answer(finding)
    finding.result = "ok"
    return Answer(finding, [value])


def _listed(finding: Finding, value: object) -> Answer:
    items = _items(value)
    if items is None:
        finding.notes.append("The body is JSON, but no list of items.")
        return Answer(finding)
    finding.result = "ok"
    if isinstance(value, dict):
        if _total(value) is None:
            finding.notes.append("The body has no total: a list of several pages is read twice.")
        if value.get("count") != len(items):
            finding.notes.append(f"count is {value.get('count')!r}, but {len(items)} items came.")
    else:
        finding.notes.append("The body is a bare list, without count and total.")
    if len(items) > SAMPLE:
        finding.notes.append(f"{len(items)} items came, although the requested limit was {SAMPLE}.")
    if not items:
        finding.notes.append("No item came, so the fields are unknown.")
    return Answer(finding, [item for item in items if isinstance(item, dict)], _total(value))


def _items(value: object) -> list[Any] | None:
    if isinstance(value, dict):
        value = value.get("items")
    return value if isinstance(value, list) else None


def _total(value: object) -> int | None:
    total = value.get("total") if isinstance(value, dict) else None
    return total if type(total) is int else None
