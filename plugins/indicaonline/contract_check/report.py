"""What the contract check found, and the report it makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from indicaonline.errors import FatalError, IndicaOnlineError, WrongKeyError

Result = Literal["ok", "problem", "skipped"]


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


def failure(findings: Iterable[Finding]) -> IndicaOnlineError | None:
    """Why nothing can be pulled with this connection, as an error to raise; None where something can."""
    findings = list(findings)
    if any(finding.status == 401 for finding in findings):
        return WrongKeyError(
            "401: the API key is wrong or revoked; put the right one in the password field of the connection.",
            status=401,
        )
    if not any(finding.ok and finding.endpoint.endswith("inventory") for finding in findings):
        return FatalError("No inventory endpoint works; the report says what each one answered.")
    return None


def format_report(findings: Iterable[Finding]) -> str:
    """The findings as text, a line for each endpoint and indented lines for what is odd, ending in what to set."""
    findings = list(findings)
    advice = list(dict.fromkeys(line for finding in findings for line in finding.advice))
    lines = [format_findings(findings), "", "What to set in the connection:"]
    if not advice and any(finding.result == "problem" for finding in findings):
        advice = ["what the problems above call for; nothing else is known before they are solved"]
    lines += [f"    {line}" for line in advice] or ["    nothing: the defaults in it are right, as far as can be seen"]
    return "\n".join(lines)


def format_findings(findings: Iterable[Finding]) -> str:
    """A line for each finding, and indented lines for what is odd about it."""
    findings = list(findings)
    width = max((len(finding.endpoint) for finding in findings), default=0)
    lines: list[str] = []
    for finding in findings:
        status = "-" if finding.status is None else str(finding.status)
        lines.append(f"{finding.endpoint:<{width}}  {status:>3}  {finding.result:<8} {finding.path}".rstrip())
        for title, fields in (("missing fields", finding.missing), ("new fields", finding.new)):
            if fields:
                lines.append(f"    {title}: {', '.join(fields)}")
        lines.extend(f"    {note}" for note in finding.notes)
    return "\n".join(lines)
