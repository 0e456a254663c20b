"""Keeps the user and password of a DSN out of error messages."""

from __future__ import annotations

import re

import psycopg

from indicaonline.errors import SettingError

# The fields that libpq and psycopg quote in the errors of a connection. Parts of a password that is not percent-encoded
# end up in them: libpq reads postgresql://bob:first@second@host/db as the host second@host, and
# postgresql://bob:pa/ss@host as the host bob, the port pa and the database ss@host.
_SHOWN = ("host", "hostaddr", "port", "dbname")

_ADVICE = (
    "its form is postgresql://user@host:5432/database. In a user or password write @ as %40, / as %2F and : as %3A."
)


def check_dsn(dsn: str) -> str:
    """Return the DSN, if it can be read and has no part of its user or password where errors would quote it.

    Raises :class:`~indicaonline.errors.SettingError`, which quotes nothing of the DSN.
    """
    try:
        fields = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        raise SettingError(f"The DSN cannot be read; {_ADVICE}") from None
    if any(has_user_info(str(fields.get(name) or "")) for name in _SHOWN):
        raise SettingError(f"The DSN has a host, port or database that cannot be; {_ADVICE}")
    # A list of ports is valid in libpq, one for each host: for a primary and its standbys.
    if not re.fullmatch(r"[\d,]*", str(fields.get("port") or "")):
        raise SettingError(f"The DSN has a port that is no number; {_ADVICE}")
    return dsn


def has_user_info(text: str) -> bool:
    """Return True if a part of an address seems to hold a user or password."""
    return "@" in text or "://" in text


def without_user_info(words: str) -> str:
    """Return the text of an error without user names, and without anything before an ``@``."""
    words = re.sub(r"""\b(user|role) ("[^"]*"|'[^']*')""", r"the \1", words)
    return re.sub(r"""[^\s'"]*@""", "***@", words)
