"""Stand-ins that the API tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

KEY = "a-secret-key-0123456789"


class Naps:
    """Stands in for ``asyncio.sleep``: remembers, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class ScriptedServer:
    """Answers each request with the next line of a script, and the last one for ever."""

    def __init__(self) -> None:
        self.script: list[Callable[[web.Request], Any] | web.Response] = []
        self.requests: list[web.Request] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, web.Response):  # a response can be sent once only
            return web.Response(status=step.status, headers=step.headers, body=step.body)
        return await step(request)
