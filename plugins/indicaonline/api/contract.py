"""The bodies as the guides show them, and a probe that compares what an endpoint answers with them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from indicaonline.api.answers import answer_error
from indicaonline.api.client import IndicaOnlineClient
from indicaonline.api.decoding import Shape, any_json
from indicaonline.api.transport import Request
from indicaonline.errors import IndicaOnlineError
from indicaonline.records import KNOWN_MEASUREMENTS, InventoryItem, PackageDetail, Rejected, SetAside

INVENTORY = frozenset(InventoryItem.__struct_fields__)
PACKAGE = frozenset(PackageDetail.__struct_fields__) - {"unknown", "unread"}
NAMED = frozenset({"id", "name"})
OFFICE = NAMED | {
    "type",
    "selling_type",
    "is_medical",
    "is_recreational",
    "medical_state_license_number",
    "adult_use_state_license_number",
    "business_name",
}
PRODUCT = NAMED | {
    "class",
    "brand_id",
    "integrations",
    "category_id",
    "strain_type_id",
    "is_marijuana",
    "measurement",
    "price_groups",
}

Result = Literal["ok", "problem", "skipped"]
Notes = Callable[[dict[str, Any]], list[str]]

SAMPLE = 25
"""Items asked of each list: a small page, and enough to meet values that only some items have."""


class Finding(msgspec.Struct, kw_only=True):
    """What one endpoint, or one question, came to. ``status`` is the HTTP status, None where there was no answer.

    ``missing`` and ``new`` are fields against the guide's body, ``notes`` sentences about what is odd,
    ``advice`` what to set in the connection, each beginning with the field's name.
    """

    endpoint: str
    result: Result
    path: str = ""
    status: int | None = None
    missing: list[str] = []
    new: list[str] = []
    notes: list[str] = []
    advice: list[str] = []

    @property
    def ok(self) -> bool:
        """Whether the endpoint can be used."""
        return self.result == "ok"


class Question(msgspec.Struct, frozen=True):
    """One endpoint to look at: ``endpoint`` is None where no id was found to ask it for.

    ``known`` are the fields of the guide's body, and ``shape`` is how the loader reads it; ``single`` marks a body that
    is one object, not a list.
    """

    name: str
    endpoint: str | None
    known: frozenset[str]
    shape: Shape[Any]
    notes: Notes = lambda item: []
    limit: int = SAMPLE
    pro_only: bool = False
    single: bool = False


class Answer(msgspec.Struct):
    """What a look at an endpoint brought: the finding, and the items for later questions."""

    finding: Finding
    items: list[dict[str, Any]] = []
    total: int | None = None


class Rows(msgspec.Struct):
    """The rows of one page, told apart by their ids."""

    keys: list[tuple[object, object]]
    total: int | None


class Probe:
    """Asks endpoints one after the other, once each, and keeps what it found. Nothing is stored elsewhere."""

    def __init__(self, client: IndicaOnlineClient) -> None:
        self.client = client
        self.config = client.config
        self.max_clock_skew = client.transport.max_clock_skew
        self.findings: list[Finding] = []
        self.clock_difference: dt.timedelta | None = None
        """The API's clock minus this machine's, None as long as no answer had a ``Date``."""
        self.answered = False

    async def look(self, question: Question, *, keep: bool = True) -> Answer:
        """Ask an endpoint, compare its items with the known fields, and keep the finding."""
        answer = await self._check_question(question)
        fields = [set(item) for item in answer.items]
        answer.finding.missing = sorted({name for one in fields for name in question.known - one})
        answer.finding.new = sorted({name for one in fields for name in one - question.known})
        answer.finding.notes += dict.fromkeys(note for item in answer.items for note in question.notes(item))
        if keep:
            self.findings.append(answer.finding)
        return answer

    async def rows(self, endpoint: str | None, parameters: dict[str, str]) -> Rows | None:
        """The rows of one page of inventory, None where there are none to be had."""
        if endpoint is None:
            return None
        try:
            status, value, _, _ = await self._ask(Request(endpoint, parameters))
        except IndicaOnlineError:
            return None
        items = _items(value)
        if not 200 <= status < 300 or items is None:
            return None
        keys = [(item.get("product_id"), item.get("office_id")) for item in items if isinstance(item, dict)]
        return Rows(keys, _total(value))

    def say(self, name: str, result: Result, note: str) -> None:
        """Keep the answer to a question that is no endpoint's own."""
        self.findings.append(Finding(endpoint=name, result=result, notes=[note]))

    def note(self, words: str) -> None:
        """Add a sentence to the last finding."""
        self.findings[-1].notes.append(words)

    def advise(self, words: str) -> None:
        """Add something to set to the last finding."""
        self.findings[-1].advice.append(words)

    async def _check_question(self, question: Question) -> Answer:
        finding = Finding(endpoint=question.name, result="skipped")
        if question.endpoint is None:
            finding.notes.append("Nothing was found to ask it for.")
            return Answer(finding)
        finding.result, finding.path = "problem", self.config.path(question.endpoint)
        # Without the skip parameter, which is tried by itself: a wrong name could make every list look empty.
        parameters = {} if question.single else {"limit": str(question.limit)}
        try:
            finding.status, value, problem, body = await self._ask(
                Request(question.endpoint, parameters, pro_only=question.pro_only)
            )
        except IndicaOnlineError as error:
            problem, value, body = str(error), None, b""
        if problem is not None:
            finding.notes.append(problem)
            return Answer(finding)
        if question.single:
            finding.result = "ok" if isinstance(value, dict) else "problem"
            answer = Answer(finding, [value] if isinstance(value, dict) else [])
        else:
            answer = _listed(finding, value, question.limit)
        if finding.ok:
            _decode(finding, question, body)
        return answer

    async def _ask(self, request: Request) -> tuple[int, object, str | None, bytes]:
        """Status, decoded body, what is wrong with the answer, and the body as received."""
        response, headers = await self.client.transport.ask(request)
        self.answered = True
        if response.server_dated and self.clock_difference is None:
            self.clock_difference = response.observed_at - self.client.clock()
        if not 200 <= response.status < 300:
            error = answer_error(
                self.config,
                request.endpoint,
                response.status,
                headers,
                response.body,
                answered_at=response.observed_at,
                pro_only=request.pro_only,
            )
            return response.status, None, str(error), b""
        try:
            return response.status, any_json(response.body), None, response.body
        except IndicaOnlineError as error:
            return response.status, None, str(error), b""


def inventory_notes(item: dict[str, Any]) -> list[str]:
    """What an inventory item shows that the guides leave open."""
    notes = []
    unit = item.get("measurement")
    if isinstance(unit, str) and unit not in KNOWN_MEASUREMENTS:
        notes.append(f"measurement is {unit!r}: stored as it is, though none of {', '.join(KNOWN_MEASUREMENTS)}.")
    if item.get("packages", ()) is None:
        notes.append("packages is null: unknown, not empty.")
    return notes


def package_notes(item: dict[str, Any]) -> list[str]:
    """What a package shows that the guides leave open: unit names, and the unit codes of lab results."""
    notes = [
        f"{name} has the units {', '.join(item[name]) or '(none)'}."
        for name in ("checked_in_quantity", "available_quantity")
        if isinstance(item.get(name), dict)
    ]
    results = item.get("lab_results")
    codes = {str(one.get("measurement")) for one in results or [] if isinstance(one, dict)}
    if codes:
        notes.append(f"lab results have the unit codes {', '.join(sorted(codes))}.")
    return notes


def _decode(finding: Finding, question: Question, body: bytes) -> None:
    """Read an answer as the loader reads it, and note by field what the loader does not take as it is."""
    rejected: list[Rejected] = []
    set_aside: list[SetAside]
    try:
        if question.single:
            one = question.shape.read_one(body)
            rejected += [one.item] if isinstance(one.item, Rejected) else []
            set_aside, deviations = one.set_aside, one.deviations
        else:
            read = question.shape.read(body)
            rejected, set_aside, deviations = read.rejected, read.set_aside, read.deviations
    except IndicaOnlineError as error:
        finding.result = "problem"
        finding.notes.append(str(error))
        return
    if rejected:
        finding.result = "problem"
    finding.notes += _counted("refused", Counter(entry.reason for entry in rejected))
    finding.notes += _counted("set aside", Counter(entry.reason for entry in set_aside))
    finding.notes += _counted("used though not as documented", Counter(deviations))


def _counted(what: str, reasons: Counter[str]) -> list[str]:
    return [f"{what}: {reason} ({times} times)." for reason, times in reasons.most_common()]


def _listed(finding: Finding, value: object, limit: int) -> Answer:
    items = _items(value)
    if items is None:
        finding.notes.append("The body is JSON, but no list of items.")
        return Answer(finding)
    finding.result = "ok"
    if isinstance(value, list):
        finding.notes.append("The body is a bare list, without count and total.")
    else:
        _check_numbers(finding, value, len(items))
    if len(items) > limit:
        finding.notes.append(f"{len(items)} items came though {limit} was the limit asked for.")
    if not items:
        finding.notes.append("No item came, so its fields are not known.")
    return Answer(finding, [item for item in items if isinstance(item, dict)], _total(value))


def _check_numbers(finding: Finding, value: object, rows: int) -> None:
    assert isinstance(value, dict)
    if _total(value) is None:
        finding.notes.append("The body has no total: a list of several pages is read twice to be sure.")
    if value.get("count") != rows:
        finding.notes.append(f"count is {value.get('count')!r}, but {rows} items came.")


def _items(value: object) -> list[Any] | None:
    if isinstance(value, dict):
        value = value.get("items")
    return value if isinstance(value, list) else None


def _total(value: object) -> int | None:
    total = value.get("total") if isinstance(value, dict) else None
    return total if type(total) is int else None
