"""Delivery of a response to the client: whole, delayed, in pieces, truncated, or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .faults import Fault

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TRANSPORT = "simulator.transport"


@dataclass(slots=True)
class Reply:
    """A response before it is sent."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Headers = field(default_factory=list)

    def all_headers(self) -> Headers:
        """Return the headers with the length and the type of the body."""
        length = str(len(self.body)).encode()
        return [(b"content-type", self.content_type.encode()), (b"content-length", length), *self.headers]


class ExposingProtocol(HttpToolsProtocol):
    """HTTP whose scope contains the transport, for the faults that break the connection."""

    def on_message_begin(self) -> None:
        """Begin a request and add the transport to its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


async def deliver(reply: Reply, rules: list[Fault], scope: Scope, receive: Receive, send: Send) -> bool:
    """Send a response as the rules define; return True if all of it was sent."""
    for rule in rules:
        if rule.kind == "reset":
            await _reset(scope, receive)
            return False
        if rule.kind in ("truncated", "reset_body"):
            await _cut(reply, rule, scope, receive, send)
            return False
        if rule.kind == "drip":
            await _drip(reply, rule, send)
            return True
    await _start(reply, send)
    await send({"type": "http.response.body", "body": reply.body})
    return True


async def _start(reply: Reply, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.all_headers()})


async def _cut(reply: Reply, rule: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    """Announce the whole body, send a part of it, and end the connection."""
    await _start(reply, send)
    keep = min(int(len(reply.body) * rule.options.get("keep", 0.5)), max(len(reply.body) - 1, 0))
    await send({"type": "http.response.body", "body": reply.body[:keep], "more_body": True})
    if rule.kind == "reset_body":
        await _reset(scope, receive)
    else:
        scope["extensions"][TRANSPORT].close()
        await _gone(receive)


async def _reset(scope: Scope, receive: Receive) -> None:
    transport = scope["extensions"][TRANSPORT]
    # SO_LINGER with 0 seconds: the kernel sends RST on close, not FIN (socket(7)).
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed the disconnect: a return before that would make uvicorn send a 500."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(reply: Reply, rule: Fault, send: Send) -> None:
    await _start(reply, send)
    size = max(1, -(-len(reply.body) // max(1, rule.options["pieces"])))
    for first in range(0, len(reply.body), size):
        await send({"type": "http.response.body", "body": reply.body[first : first + size], "more_body": True})
        await asyncio.sleep(rule.options["ms"] / 1000)
    await send({"type": "http.response.body", "body": b""})
