"""Errors by what a person or a scheduler can do about them, not by where they came from."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text as one line without control characters, which logs and databases may refuse; as it is if it has none."""
    if text.isprintable():
        return text
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class IndicaOnlineError(Exception):
    """Base of every error this project raises on purpose. One line, whatever an answer put into it; no secret in it."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(one_line(message))
        self.status = status
        """HTTP status of the answer, where there was one."""
        self.retry_after = retry_after
        """Seconds the server asked to wait, where it did."""


class FatalError(IndicaOnlineError):
    """Trying again cannot help: a person has to change something first."""


class RetriableError(IndicaOnlineError):
    """The same call may succeed later: an outage, a time-out, a rate limit, an answer cut short."""


class WrongKeyError(FatalError):
    """401: the API key is missing, wrong or revoked."""


class ForbiddenError(FatalError):
    """403 outside the package endpoints: the key is known but may not do this."""


class PlanRequiredError(FatalError):
    """402, or 403 on a package endpoint: the account's plan does not include it (PRO only)."""


class BadRequestError(FatalError):
    """400: the API calls the id or a parameter invalid."""


class NotFoundError(FatalError):
    """404: the API does not know the id, or the path in the connection is wrong."""


class SettingError(FatalError):
    """A setting or a connection field is missing or wrong; the message names it."""


class SkipParameterIgnoredError(SettingError):
    """Two pages came back equal, or none has rows: the API does not know the skip parameter's name."""


class ClockSkewError(FatalError):
    """The API's clock and ours disagree by more than the setting allows; nothing was stored."""


class UnreadableAnswerError(RetriableError):
    """200, but no body this API documents: HTML, garbage, or cut short."""


class WarehouseError(FatalError):
    """The warehouse is too old, not migrated, or may not do what was asked."""


class StaleError(FatalError):
    """The warehouse knows less of now than was promised; the message names the offices."""


class HeldBackError(FatalError):
    """A complete pull would have emptied too much of an office; a person has to accept or dismiss it."""


class RunFailedError(FatalError):
    """Tasks of a run failed; the message names them, and their own logs say why."""
