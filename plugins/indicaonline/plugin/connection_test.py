"""A middleware that makes the button *Test connection* work for a connection without a port."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

# Airflow's page sends port 0 for a connection without a port, where the database has NULL. The server takes that for
# another address, refuses to use the stored password for it (_same_endpoint in core_api/routes/public/connections.py),
# and the page shows "Bad Request". So the middleware removes port 0, on which no server listens, for the two connection
# types of this project. The server then tests the stored port.
PATH = "/api/v2/connections/test"
TYPES = ("indicaonline", "postgres")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class PortZeroMiddleware:
    """ASGI middleware of the API server; all other requests pass unchanged."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(PATH):
            body = without_port_zero(await _body(receive))
            # The body gets shorter, and a server waits for as many bytes as the header states.
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"content-length"]
            scope = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
            receive = _replayed(body, receive)
        await self.app(scope, receive, send)


def without_port_zero(body: bytes) -> bytes:
    """Return the fields of a connection without a port of 0, and anything else unchanged."""
    try:
        fields = json.loads(body)
    except ValueError:
        return body
    if not isinstance(fields, dict) or fields.get("conn_type") not in TYPES or fields.get("port") != 0:
        return body
    return json.dumps({name: value for name, value in fields.items() if name != "port"}).encode()


# ASGI delivers a body in messages, and each one only once.
async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        # After the body, only http.disconnect can follow.
        return messages.pop() if messages else await receive()

    return replay
