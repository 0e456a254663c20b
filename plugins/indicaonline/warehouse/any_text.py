"""Makes any text storable, in every parameter and in every row of COPY."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.string import StrBinaryDumper, StrDumperUnknown

from indicaonline.json_values import storable_text


# psycopg has a dumper for each format of the protocol: binary COPY of raw responses uses the binary one.
class _Binary(StrBinaryDumper):
    def dump(self, obj: str) -> Any:
        return super().dump(storable_text(obj))


class _Text(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        return super().dump(storable_text(obj))


def accept_any_text(connection: psycopg.Connection[Any]) -> None:
    """Register dumpers that replace the characters of a text that PostgreSQL cannot store."""
    # PostgreSQL rejects U+0000 and lone surrogates, and an API can send both: one such name must not stop a pull. Text
    # within jsonb does not pass here as a str of its own: json_values.as_json escapes it.
    connection.adapters.register_dumper(str, _Binary)
    connection.adapters.register_dumper(str, _Text)
