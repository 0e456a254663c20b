"""Stores responses in raw, each body once: an equal one refers to it, and a similar one has its difference to it."""

from __future__ import annotations

import functools
import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from indicaonline.records import RawResponse
from indicaonline.warehouse.ledger import PullRequest
from indicaonline.warehouse.sql import Connection, fetch_all

# Binary format: in text format a body of bytea would be twice its size, in hexadecimal.
_COPY = (
    "COPY raw.stored_response (pull_id, requested_at, observed_at, subject, base_id, page, read, status, bases,"
    " server_dated, path, parameters, body) FROM STDIN WITH (FORMAT binary)"
)
_TYPES = ["int8", "timestamptz", "timestamptz", "int8", "int8", "int4", "int2", "int2", "int2", "bool", "text", "jsonb",
          "bytea"]  # fmt: skip

# A list of packages changes in few bytes from one fetch to the next. Where its difference has grown beyond a share of
# it, the list is the next base. These limits store the least of the demo's seven weeks.
_SHARE_OF_NEXT_BASE = 1 / 48
_LEAST_OF_NEXT_BASE = 100
_LARGEST_SHARE_OF_BASE = 1 / 8
_LARGEST_SHARE = 1 / 2
_MOST_BASES = 16
"""A body is restored from so many others at most: half a millisecond for each."""

# DEFLATE refers back 32,768 bytes at most. A stream of its own for so many bytes always has that part of the base in
# reach which is around the same place, even if half as many bytes were inserted or removed before.
_PART = 16_384


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
    def subject(self) -> int:
        """What was requested, as a number. A package by its id has the subject of the list that had it before."""
        of = f"packages of product {self.request.product_id}" if self.is_about_packages else self.request
        return int.from_bytes(
            hashlib.sha256(f"{of}, page {self.response.page}".encode()).digest()[:8], "big", signed=True
        )


class Base(msgspec.Struct, frozen=True):
    """A stored response on which others can be based.

    ``number`` is the place of the response that it was found for, ``bases`` the number of its own bases. ``bodies`` is
    what is stored of its body and of theirs, the last one whole; None where it cannot be equal to that response.
    """

    number: int
    response_id: int
    bases: int
    path: str | None
    parameters: dict[str, str] | None
    bodies: list[bytes] | None

    def body(self) -> bytes | None:
        """Return the body; None where it was not read."""
        # In Python, although raw.restore does the same: that takes ten times as long.
        if not self.bodies:
            return None
        return functools.reduce(lambda base, shorter: inflate(shorter, base), reversed(self.bodies))


class Stored(msgspec.Struct, frozen=True):
    """What is stored of a body: all of it, its difference to that of a base, or None where both are equal."""

    body: bytes | None
    base: Base | None = None
    bases: int | None = None
    """The number of its bases, where the response is a base itself."""


def copy_responses(connection: Connection, responses: Iterable[ResponseOf]) -> None:
    """Store responses inside the caller's transaction; ``raw.response`` returns each body byte for byte.

    Waits for no other transaction: a body that another one has stored and not committed is stored again.
    """
    # By pull, so that the index by pull grows at its end; a batch of fetches arrives in any order.
    responses = sorted(responses, key=lambda each: each.pull_id)
    bases = _bases(connection, responses)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        # Binary COPY converts nothing: an int that psycopg dumps as int2 is an error in an int8 column.
        copy.set_types(_TYPES)
        for number, of in enumerate(responses):
            copy.write_row(_row(of, bases.get(number)))


def _bases(connection: Connection, responses: Sequence[ResponseOf]) -> Mapping[int, Base]:
    """Return the last base of each response that has one, by the place of the response."""
    parameters = {
        "subjects": [of.subject for of in responses],
        "instants": [of.response.observed_at for of in responses],
        "sizes": [len(of.response.body) for of in responses],
        "are_differences": [of.is_about_packages for of in responses],
    }
    return {base.number: base for base in fetch_all(connection, Base, "responses/select_bases", parameters)}


def _row(of: ResponseOf, last_base: Base | None) -> Sequence[Any]:
    response = of.response
    stored = _stored(of, last_base)
    base = stored.base
    is_same = base is not None and (base.path, base.parameters) == (response.path, response.parameters)
    return (
        of.pull_id,
        response.requested_at,
        response.observed_at,
        of.subject,
        base and base.response_id,
        response.page,
        of.read,
        response.status,
        stored.bases,
        response.server_dated,
        None if is_same else response.path,
        None if is_same else response.parameters,
        stored.body,
    )


def _stored(of: ResponseOf, base: Base | None) -> Stored:
    body = of.response.body
    # Neither an error nor one package is similar to the lists that follow.
    may_be_base = of.request.kind != "package" and 200 <= of.response.status < 300
    base_body = base.body() if base is not None else None
    if base is not None and base_body is not None:
        if body == base_body:
            return Stored(None, base)
        shorter = difference(body, base_body) if of.is_about_packages else body
        share = len(shorter) / max(len(body), 1)
        is_small = share <= _SHARE_OF_NEXT_BASE or len(shorter) <= _LEAST_OF_NEXT_BASE
        if share <= _LARGEST_SHARE and (is_small or not may_be_base):
            return Stored(shorter, base)
        if share <= _LARGEST_SHARE_OF_BASE and may_be_base and base.bases < _MOST_BASES - 1:
            return Stored(shorter, base, base.bases + 1)
    return Stored(body, bases=0 if may_be_base else None)


def difference(body: bytes, base: bytes) -> bytes:
    """Return what ``raw.inflate`` restores a body from, together with another one.

    It is short where both are versions of one list, and hardly longer than the body where they have nothing in common.
    """
    streams = []
    for start in range(0, len(body), _PART):
        # Without a header, which would be a tenth of it. Z_FIXED, because raw.inflate reads no other codes.
        stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_FIXED, _around(base, start))
        streams += [stream.compress(body[start : start + _PART]), stream.flush()]
    return b"".join(streams)


def inflate(shorter: bytes, base: bytes) -> bytes:
    """Return the body from its difference to another one, as ``raw.inflate`` does."""
    body = b""
    while shorter:
        stream = zlib.decompressobj(-zlib.MAX_WBITS, _around(base, len(body)))
        body += stream.decompress(shorter)
        shorter = stream.unused_data
    return body


def _around(base: bytes, start: int) -> bytes:
    return base[max(0, start - _PART // 2) : start + _PART * 3 // 2]
