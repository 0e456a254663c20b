"""Stores responses in raw, each body once: an equal one refers to its base, a similar one is the difference to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import zstandard
from psycopg.rows import class_row

from indicaonline.errors import SettingError
from indicaonline.records import RawResponse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.sql import Connection, fetch_all, read_sql

# Binary format: in text format a body of bytea would be twice its size, in hexadecimal.
_COPY = (
    "COPY raw.response (pull_id, requested_at, observed_at, subject, base_id, read, page, status, server_dated, path,"
    " parameters, body) FROM STDIN WITH (FORMAT binary)"
)
_TYPES = ["int8", "timestamptz", "timestamptz", "int8", "int8", "int4", "int4", "int4", "bool", "text", "jsonb",
          "bytea"]  # fmt: skip

# A list whose difference is larger is stored whole, and is the next base: differences grow with the age of the base.
_LARGEST_SHARE = 1 / 16
# Level 9 takes ten times as long, for one percent less.
_LEVEL = 6
_FRAME = zstandard.FORMAT_ZSTD1_MAGICLESS


class ResponseOf(msgspec.Struct, frozen=True):
    """A response, with the number and the request of its pull, and the number of its read in that pull."""

    pull_id: int
    request: PullRequest
    read: int
    response: RawResponse

    @property
    def is_about_packages(self) -> bool:
        """True where the body may be stored as a difference. Pages of stock differ everywhere from night to night."""
        return self.request.kind in ("packages", "package")

    @property
    def is_one_package(self) -> bool:
        """True where no later response may be based on this one: one package is not similar to a list."""
        return self.request.kind == "package"

    @property
    def subject(self) -> int | None:
        """What was requested, as a number; None for an error, which has no base.

        A package by its id has the subject of the list that had it before.
        """
        if not 200 <= self.response.status < 300:
            return None
        of = f"packages of product {self.request.product_id}" if self.is_about_packages else self.request
        digest = hashlib.sha256(f"{of}, page {self.response.page}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


class Base(msgspec.Struct, frozen=True):
    """A whole response, and the place of the response that it was found for.

    ``body`` is None where it cannot be equal to that response.
    """

    number: int
    response_id: int
    path: str
    parameters: dict[str, str]
    body: bytes | None


class StoredBody(msgspec.Struct, frozen=True, kw_only=True):
    """What raw stores of a body, and the body of its base."""

    base_id: int | None
    stored: bytes | None
    base: bytes | None

    @property
    def body(self) -> bytes:
        """The body as received. Raises :class:`~indicaonline.errors.SettingError` where raw no longer has its base."""
        if self.base_id is not None and self.base is None:
            raise SettingError(
                f"Raw no longer has response {self.base_id}, from which another one is restored: somebody deleted it."
            )
        if self.base is None or self.stored is None:
            body = self.stored if self.base is None else self.base
            assert body is not None
            return body
        restorer = zstandard.ZstdDecompressor(dict_data=_dictionary(self.base), format=_FRAME)
        return restorer.decompressobj().decompress(self.stored)


def copy_responses(connection: Connection, responses: Iterable[ResponseOf]) -> None:
    """Store responses inside the caller's transaction.

    Waits for no other transaction: a body that another one has stored and not committed is stored again.
    """
    # By pull, so that the index by pull grows at its end; a batch of fetches arrives in any order.
    responses = sorted(responses, key=lambda each: each.pull_id)
    bases = {base.number: base for base in _bases(connection, responses)}
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        # Binary COPY converts nothing: an int that psycopg dumps as int2 is an error in an int8 column.
        copy.set_types(_TYPES)
        for number, of in enumerate(responses):
            copy.write_row(_row(of, bases.get(number)))


def stored_body(connection: Connection, response_id: int) -> bytes:
    """Return the body of a response as received.

    Raises :class:`~indicaonline.errors.SettingError` where raw does not have it.
    """
    found = fetch_all(connection, StoredBody, "responses/select_response", {"response_id": response_id})
    if not found:
        raise SettingError(f"Raw has no response {response_id}. See raw.response for its ids, by pull.")
    return found[0].body


def difference(body: bytes, base: bytes) -> bytes:
    """Return what :attr:`StoredBody.body` restores a body from, together with another one."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        # Of any size: the window has to reach over both. Bytes that every frame would have are left out.
        _LEVEL, source_size=len(body) + len(base), format=_FRAME, write_content_size=False
    )  # fmt: skip
    compressor = zstandard.ZstdCompressor(dict_data=_dictionary(base), compression_params=parameters)
    return compressor.compress(body)


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _bases(connection: Connection, responses: Sequence[ResponseOf]) -> Sequence[Base]:
    """Return the last base of each response that has one."""
    parameters = {
        "subjects": [of.subject for of in responses],
        "instants": [of.response.observed_at for of in responses],
        "sizes": [len(of.response.body) for of in responses],
        "may_differ": [of.is_about_packages for of in responses],
    }
    with connection.cursor(row_factory=class_row(Base)) as cursor:
        return cursor.execute(read_sql("responses/select_bases"), parameters, binary=True).fetchall()


def _row(of: ResponseOf, last_base: Base | None) -> Sequence[Any]:
    response = of.response
    stored, base = _stored(of, last_base)
    is_same = base is not None and (base.path, base.parameters) == (response.path, response.parameters)
    return (
        of.pull_id,
        response.requested_at,
        response.observed_at,
        None if base is not None or of.is_one_package else of.subject,
        base and base.response_id,
        of.read,
        response.page,
        response.status,
        response.server_dated,
        None if is_same else response.path,
        None if is_same else response.parameters,
        stored,
    )


def _stored(of: ResponseOf, base: Base | None) -> tuple[bytes | None, Base | None]:
    """Return what is stored of a body, and the base that it is restored from."""
    body = of.response.body
    if base is None or base.body is None:
        return body, None
    if body == base.body:
        return None, base
    if of.is_about_packages:
        shorter = difference(body, base.body)
        if len(shorter) < len(body) * (1 if of.is_one_package else _LARGEST_SHARE):
            return shorter, base
    return body, None
