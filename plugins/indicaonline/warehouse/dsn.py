"""Keeps the user and password of a DSN out of errors, also where they are written so that parts of them end elsewhere.

``postgresql://bob:first@second@host/db`` means the host ``second@host``, and ``postgresql://bob:pa/ss@host`` the host
``bob``, the port ``pa`` and the database ``ss@host``: PostgreSQL and psycopg would then quote parts of the password.
"""

from __future__ import annotations

import re

import psycopg

from indicaonline.errors import SettingError

_SHOWN = ("host", "hostaddr", "port", "dbname")
"""What errors of a connection may quote."""

_ADVICE = (
    "it looks like postgresql://user@host:5432/database. In a user or password write @ as %40, / as %2F and : as %3A."
)


def check_dsn(dsn: str) -> str:
    """The DSN, if it can be read and nothing of its user or password stands where errors would quote it.

    Raises :class:`~indicaonline.errors.SettingError`, which quotes nothing.
    """
    try:
        fields = psycopg.conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        raise SettingError(f"The DSN cannot be read; {_ADVICE}") from None
    if any(has_user_info(str(fields.get(name) or "")) for name in _SHOWN):
        raise SettingError(f"The DSN has a host, port or database that cannot be; {_ADVICE}")
    if not re.fullmatch(r"[\d,]*", str(fields.get("port") or "")):
        raise SettingError(f"The DSN has a port that is no number; {_ADVICE}")
    return dsn


def has_user_info(text: str) -> bool:
    """Whether a part of an address seems to hold a user or password."""
    return "@" in text or "://" in text


def without_user_info(words: str) -> str:
    """The words of an error without users, and without anything before an ``@``."""
    words = re.sub(r"""\b(user|role) ("[^"]*"|'[^']*')""", r"the \1", words)
    return re.sub(r"""[^\s'"]*@""", "***@", words)
