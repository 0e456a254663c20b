"""Makes any text storable, in one place: on its way into the database, whichever statement carries it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown

from indicaonline.json_values import storable_text


class _Binary(StrBinaryDumper):
    def dump(self, obj: str) -> Any:
        return super().dump(storable_text(obj))


class _Text(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        return super().dump(storable_text(obj))


def accept_any_text(connection: psycopg.Connection[Any]) -> None:
    """Let every parameter and every row of COPY hold any text: what came from outside must never stop a pull.

    Text within ``jsonb`` is escaped before it gets here: :func:`~indicaonline.json_values.as_json` sees to it.
    """
    connection.adapters.register_dumper(str, _Binary)
    connection.adapters.register_dumper(str, _Text)
