"""Findings of the contract check, and its report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from indicaonline.errors import FatalError, IndicaOnlineError, WrongKeyError

Result = Literal["ok", "problem", "skipped"]


class Finding(msgspec.Struct, kw_only=True):
    """The result of one request or check. ``status`` is the HTTP status, None without a response.

    ``missing`` and ``new`` are fields compared with the guide, ``notes`` are sentences about deviations, ``advice`` are
    fields of the connection with what to set them to.
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
        """True if the endpoint can be used."""
        return self.result == "ok"


def failure(findings: Iterable[Finding]) -> IndicaOnlineError | None:
    """Return the error to raise if nothing can be pulled with this connection; otherwise None."""
    findings = list(findings)
    # First, because with a wrong key all other findings are meaningless.
    if any(finding.status == 401 for finding in findings):
        return WrongKeyError(
            "401: the API key is wrong or revoked; put the right one in the password field of the connection.",
            status=401,
        )
    if not any(finding.ok and finding.endpoint.endswith("inventory") for finding in findings):
        return FatalError("No inventory endpoint works; the report shows the response of each one.")
    return None


def format_report(findings: Iterable[Finding]) -> str:
    """Return the findings as text, followed by what to set in the connection."""
    findings = list(findings)
    advice = list(dict.fromkeys(line for finding in findings for line in finding.advice))
    lines = [format_findings(findings), "", "What to set in the connection:"]
    if not advice and any(finding.result == "problem" for finding in findings):
        advice = ["what solves the problems above; nothing else is known before"]
    lines += [f"    {line}" for line in advice] or ["    nothing: no wrong value was found"]
    return "\n".join(lines)


def format_findings(findings: Iterable[Finding]) -> str:
    """Return a line for each finding, and indented lines for its deviations."""
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
