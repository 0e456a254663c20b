"""Errors, classed by the action that they need: a retry, or a person."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Return the text as one line without control characters."""
    # Unchanged if printable, because a path in a message may have several blanks in a row.
    if text.isprintable():
        return text
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class IndicaOnlineError(Exception):
    """Base of the errors that this project raises on purpose. The message is one line and holds no secret."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        # Messages may quote a response. A line break in it would forge a line of the log, and PostgreSQL, where the
        # ledger keeps the message, refuses U+0000 in text.
        super().__init__(one_line(message))
        self.status = status
        """The HTTP status of the response, or None."""
        self.retry_after = retry_after
        """The seconds to wait that the server requested, or None."""


class FatalError(IndicaOnlineError):
    """A retry cannot help: a person has to change something first."""


class RetriableError(IndicaOnlineError):
    """The same call may succeed later: an outage, a time-out, a rate limit, a truncated response."""


class WrongKeyError(FatalError):
    """401: the API key is missing, wrong or revoked."""


class ForbiddenError(FatalError):
    """403 outside the package endpoints: the key is valid, but lacks the permission."""


class PlanRequiredError(FatalError):
    """402, or 403 on a package endpoint: the account's plan does not include it (PRO only)."""


class BadRequestError(FatalError):
    """400: the API rejects the id or a parameter as invalid."""


class NotFoundError(FatalError):
    """404: the id does not exist, or the path in the connection is wrong."""


class SettingError(FatalError):
    """A setting or a connection field is missing or wrong; the message names it."""


class SkipParameterIgnoredError(SettingError):
    """A page repeats the first one: the API ignores the skip parameter."""


class ClockSkewError(FatalError):
    """The clocks of the API and of this machine differ by more than the setting allows; nothing was stored."""


# Retriable: proxies and load balancers send such pages with status 200 during an outage or a deployment.
class UnreadableAnswerError(RetriableError):
    """200 with a body that the API does not document: HTML, garbage, or truncated."""


class WarehouseError(FatalError):
    """The warehouse is too old, not migrated, or does not permit the operation."""


class StaleError(FatalError):
    """The freshness SLA is breached; the message names the offices."""


class HeldBackError(FatalError):
    """A complete pull would remove too many products of an office; a person has to accept or dismiss it."""


class AlreadyDecidedError(FatalError):
    """A held-back pull was accepted, dismissed or superseded before: nothing is left to decide."""


class RunFailedError(FatalError):
    """Tasks of a run failed; the message names them, and their own logs have the reasons."""
