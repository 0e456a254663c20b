"""The public API over HTTP: an ASGI application without a framework, so that a benchmark measures the client."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import math
import re
from collections import Counter
from email.utils import formatdate
from urllib.parse import parse_qsl

from .answers import EMPTY_LIST, Answers, RefusalError
from .delivery import Headers, Receive, Reply, Scope, Send, deliver
from .faults import Fault, Faults, function_of
from .journal import Entry, Journal
from .rate import TokenBucket
from .rendering import error_body
from .switches import Switches
from .world import World

PREFIX = re.compile(r"/open_api/v2\.[0-3]/(.+)")
GARBAGE = b'{"items":[{"product_id":12\xff\xfe,,,'
HTML = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Please wait.</body></html>"


class PublicApi:
    """The ASGI application of the public API."""

    def __init__(self, world: World, switches: Switches, faults: Faults, journal: Journal, key: str) -> None:
        self.world = world
        self.switches = switches
        self.faults = faults
        self.journal = journal
        self._key = key.encode()
        self._answers = Answers(world, switches)
        self._bucket = TokenBucket()
        self._asked: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = PREFIX.fullmatch(scope["path"])
        path = found[1] if found else scope["path"]
        query = scope["query_string"].decode("latin-1")
        params = dict(parse_qsl(query, keep_blank_values=True))
        rules = self.faults.pick(path, query, self._skip(params))
        entry = Entry(self.world.clock.seconds(), scope["method"], path, params, faults=[rule.kind for rule in rules])
        entry.clock = self._server_clock(path, query, params)
        # Before the request is in the journal: a test that waits for it there may call release at once.
        gates = {rule.id: self._gate() for rule in rules if rule.kind == "hold"}
        self.journal.add(entry)
        await self._before(path, rules, gates)
        reply = self._reply(path if found else None, entry, scope, rules)
        if await deliver(reply, rules, scope, receive, send):
            entry.status = reply.status

    def _skip(self, params: dict[str, str]) -> int:
        return _whole(params.get(self.switches.skip_parameter, ""))

    def _server_clock(self, path: str, query: str, params: dict[str, str]) -> int:
        """Return the offset of the answering server's clock in seconds.

        It depends on the page and on the number of earlier requests for it, not on the order in which concurrent
        requests arrive, so that a test can be repeated.
        """
        off: int = self.switches.date_skew_seconds
        clocks: list[int] = self.switches.server_clocks
        if not clocks:
            return off
        again = self._asked[path, query]
        self._asked[path, query] += 1
        page = self._skip(params) // (_whole(params.get("limit", "")) or self.switches.default_limit)
        return off + clocks[(page + again) % len(clocks)]

    async def _before(self, path: str, rules: list[Fault], gates: dict[int, asyncio.Event]) -> None:
        """Wait, and apply the faults that come between a request and its response."""
        if self.switches.latency_ms:
            await asyncio.sleep(self.switches.latency_ms / 1000)
        for rule in rules:
            if rule.kind == "latency":
                await asyncio.sleep(rule.options["ms"] / 1000)
            elif rule.kind == "hold":
                await self._hold(gates[rule.id], rule.options["seconds"])
            elif rule.kind == "call":
                function_of(rule)()
            elif rule.kind == "world_moves":
                self._move_world(path)

    def _gate(self) -> asyncio.Event:
        """Return an event that ``release`` sets, from any thread."""
        gate, loop = asyncio.Event(), asyncio.get_running_loop()
        self.faults.hold(lambda: loop.call_soon_threadsafe(gate.set))
        return gate

    async def _hold(self, gate: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gate.wait(), seconds)

    def _move_world(self, path: str) -> None:
        office = path.rpartition("/")[2]
        shelf = self.world.shelves.get(int(office)) if office.isdigit() else None
        if shelf is not None and shelf.listed:
            self.world.remove_product(int(office), shelf.listed[0].change.product_id)

    def _reply(self, path: str | None, entry: Entry, scope: Scope, rules: list[Fault]) -> Reply:
        with self.world.lock:
            entry.at = self.world.sync()
            try:
                malformed = self._malformed(rules, entry)
                if malformed is not None:
                    return malformed
                self._admit(scope)
                if path is None:
                    raise RefusalError(404, "Not found")
                body = self._answers.body(path, entry.params, rules)
                return Reply(200, body, headers=self._dated(entry))
            except RefusalError as refusal:
                reply = self._refusal(refusal.status, refusal.message, entry)
                if refusal.wait is not None:
                    reply.headers += self._retry_after(self.switches.rate_limit_retry_after, refusal.wait, entry)
                return reply

    def _admit(self, scope: Scope) -> None:
        """Refuse a wrong key, a method that is not GET, and a client that is too fast."""
        given = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"")
        if not hmac.compare_digest(given, self._key):
            raise RefusalError(401, "Unauthorized")
        if scope["method"] != "GET":
            raise RefusalError(405, "Method not allowed")
        wait = self._bucket.wait(self.switches.rate_limit, self.switches.generation)
        if wait > 0:
            asked = self.switches.rate_limit_wait
            raise RefusalError(429, "Too many requests", wait if asked is None else asked)

    def _malformed(self, rules: list[Fault], entry: Entry) -> Reply | None:
        """Return the reply of the first fault that replaces the answer; None if there is none."""
        for rule in rules:
            options = rule.options
            if rule.kind == "rate_limited":
                return self._faulty(429, None, options, entry)
            if rule.kind == "status":
                return self._faulty(options["status"], options["body"], options, entry)
            if rule.kind == "html":
                return Reply(options["status"], HTML, "text/html; charset=utf-8", self._dated(entry))
            if rule.kind == "garbage":
                return Reply(200, GARBAGE, headers=self._dated(entry))
            if rule.kind == "empty":
                return Reply(200, EMPTY_LIST, headers=self._dated(entry))
            if rule.kind == "body":
                given = options["hex"]
                body = options["text"].encode() if given is None else bytes.fromhex(given)
                encoded = [(b"content-encoding", options["encoding"].encode())] if options["encoding"] else []
                return Reply(200, body, headers=self._dated(entry) + encoded)
        return None

    def _faulty(self, status: int, kind: str | None, options: dict[str, object], entry: Entry) -> Reply:
        reply = self._refusal(status, "Try again later", entry, kind)
        reply.headers += self._retry_after(str(options["retry_after"]), float(str(options["wait"])), entry)
        return reply

    def _refusal(self, status: int, message: str, entry: Entry, kind: str | None = None) -> Reply:
        body, content_type = error_body(kind or self.switches.error_body, status, message)
        return Reply(status, body, content_type, self._dated(entry))

    def _dated(self, entry: Entry) -> Headers:
        if not self.switches.date_header:
            return []
        return [(b"date", formatdate(entry.at + entry.clock, usegmt=True).encode())]

    def _retry_after(self, form: str, wait: float, entry: Entry) -> Headers:
        if form == "none":
            return []
        seconds = math.ceil(wait)
        if form == "date":
            # Relative to the response's own Date, including its error.
            return [(b"retry-after", formatdate(entry.at + entry.clock + seconds, usegmt=True).encode())]
        return [(b"retry-after", str(seconds).encode())]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
