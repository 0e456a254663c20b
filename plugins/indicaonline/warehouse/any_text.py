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
    # JSON can contain U+0000, which PostgreSQL does not store, and lone surrogates, which UTF-8 does not encode. One
    # such name must not stop a pull. Text within jsonb is escaped by json_values.as_json.
    connection.adapters.register_dumper(str, _Binary)
    connection.adapters.register_dumper(str, _Text)
