"""Turns database errors into one line that says what to do."""

from __future__ import annotations

import psycopg
from psycopg import errors

from indicaonline.errors import IndicaOnlineError, RetriableError, WarehouseError

_ENDED = "The transaction is rolled back; try again."

# By class, which psycopg derives from the SQLSTATE: the server translates its messages (lc_messages).
_ADVICE: dict[type[psycopg.Error], str] = {
    errors.InsufficientPrivilege: "Connect as the user that migrated the warehouse, or grant the right to this one.",
    errors.ReadOnlySqlTransaction: "The server takes no writes: connect to the primary, not to a standby.",
    errors.LockNotAvailable: "Another session holds a lock: try again when it has ended.",
    errors.QueryCanceled: f"A time-out or an administrator ended the statement. {_ENDED}",
    errors.IdleInTransactionSessionTimeout: f"A time-out of the server ended the session. {_ENDED}",
    errors.IdleSessionTimeout: f"A time-out of the server ended the session. {_ENDED}",
    errors.TransactionTimeout: f"A time-out of the server ended the session. {_ENDED}",
    errors.AdminShutdown: f"A restart of the server or an administrator ended the session. {_ENDED}",
    errors.SerializationFailure: f"Another transaction changed the same rows. {_ENDED}",
    errors.DeadlockDetected: f"Another transaction waited for this one. {_ENDED}",
    errors.TooManyConnections: "Close other sessions, or raise max_connections of the server.",
    errors.DiskFull: "Make room on the disk of the server, or lower the retention.",
    errors.ProtocolViolation: "If a pooler reports this, see its log: it may have no free connection.",
}

# Messages of the driver, for when the server's own message did not arrive. When the server ends an idle session, the
# TCP reset discards the unread message about once in ten times.
_LOST = ("server closed the connection", "connection is lost", "connection reset")
_LOST_ADVICE = f"The server or the network ended the session; the log of the server names the reason. {_ENDED}"

# psycopg derives these from InternalError, by their SQLSTATE class 25, although they describe the state of the server.
_TRANSIENT = (
    psycopg.OperationalError,
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
    errors.ReadOnlySqlTransaction,
)


def describe(error: BaseException) -> str:
    """Return the first line of a database error, and what to do. Quotes no statement and no values."""
    # message_primary alone: DETAIL and CONTEXT quote rows, and str(error) contains both.
    diagnostic = getattr(error, "diag", None)
    message = getattr(diagnostic, "message_primary", None) or str(error)
    line = message.strip().splitlines()[0].removeprefix("FATAL: ").strip().rstrip(".") + "."
    advice = next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), None)
    if advice is None and any(words in line.lower() for words in _LOST):
        advice = _LOST_ADVICE
    return f"{line} {advice}" if advice else line


def failure(error: psycopg.Error) -> IndicaOnlineError | None:
    """Return the error to raise in place of a database error; None for a bug, which keeps its traceback."""
    # Not retried: a missing right stays missing until a person grants it.
    if isinstance(error, errors.InsufficientPrivilege):
        return WarehouseError(f"The warehouse refused: {describe(error)}")
    if isinstance(error, _TRANSIENT):
        return RetriableError(f"The warehouse failed: {describe(error)}")
    return None
