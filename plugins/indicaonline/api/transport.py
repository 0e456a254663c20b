"""GET requests: paced, retried within a time budget, recorded, and decoded.

All requests of a client share one session, one rate and one limit of requests in flight.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter

from indicaonline import settings
from indicaonline.api.answers import ABSENT, answer_error, connection_error, http_date
from indicaonline.api.config import SHORTEST_KEY, ApiConfig
from indicaonline.api.masking import masker
from indicaonline.api.network import route, tls_context
from indicaonline.api.retries import Retries
from indicaonline.errors import ClockSkewError, IndicaOnlineError, UnreadableAnswerError
from indicaonline.records import RawResponse

Record = Callable[[RawResponse], None]
T = TypeVar("T")

MAX_CLOCK_SKEW: Final = dt.timedelta(minutes=10)


class Request(msgspec.Struct, frozen=True):
    """A request. ``read`` and ``page`` number it within its pull; ``pro_only`` marks package endpoints.

    ``absence_is_data``: a 404 or 410 is an observation, that something does not exist.
    """

    endpoint: str
    parameters: dict[str, str] = {}
    read: int = 1
    page: int = 1
    pro_only: bool = False
    absence_is_data: bool = False


class Transport:
    """Sends the requests of one client, inside one event loop.

    ``sleep`` and ``clock`` are injectable for tests; the clock returns the current time in UTC.
    """

    def __init__(
        self,
        config: ApiConfig,
        *,
        max_clock_skew: dt.timedelta = MAX_CLOCK_SKEW,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], dt.datetime] = settings.now,
    ) -> None:
        self._config = config
        self.max_clock_skew = max_clock_skew
        self._retries = Retries(config.retry_seconds, sleep)
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._proxy_password: str | None = None
        self._in_flight = asyncio.Semaphore(config.concurrency)
        # A bucket of a tenth of a second keeps the rate even, without one timer for each request at high rates.
        burst = max(1.0, config.requests_per_second / 10)
        self._pace = AsyncLimiter(burst, burst / config.requests_per_second)

    async def get(
        self, request: Request, read: Callable[[bytes], T], record: Record | None = None
    ) -> tuple[RawResponse, T]:
        """Send a request until ``read`` can decode the response; return the response and the decoded body.

        Lost connections, time-outs, truncated responses, 408, 425, 429 and 5xx are retried for ``retry_seconds``, after
        ``Retry-After`` or with exponential backoff; unreadable responses three times. Every response received, also of
        an error, is passed to ``record``. Raises an :class:`~indicaonline.errors.IndicaOnlineError`, whose class shows
        if later retries can help.
        """
        what = f"{request.endpoint}, page {request.page}"
        return await self._retries.run(what, functools.partial(self._once, request, read, record))

    async def send(self, request: Request) -> tuple[RawResponse, Mapping[str, str]]:
        """Send a request once; return the response with any status and clock, and its headers.

        Raises an :class:`~indicaonline.errors.IndicaOnlineError` without a complete response.
        """
        # The pace last, so that a request with a turn is sent at once, and turns cannot add up to a burst.
        async with self._in_flight, self._pace:
            requested_at = self._clock()
            try:
                status, headers, body = await self._exchange(request)
                failure = None
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                failure = connection_error(self._config, request.endpoint, error)
        # Raised outside of the except block: the frames of aiohttp in a traceback hold the headers, and so the key.
        if failure is not None:
            raise failure
        served_at = http_date(headers.get("Date"))
        response = RawResponse(
            read=request.read,
            page=request.page,
            requested_at=requested_at,
            observed_at=served_at or self._clock(),
            server_dated=served_at is not None,
            path=self._config.path(request.endpoint),
            parameters=request.parameters,
            status=status,
            # Masked here, before anything else can log or store the body.
            body=self._masked(body),
        )
        return response, headers

    def error_of(self, request: Request, response: RawResponse, headers: Mapping[str, str]) -> IndicaOnlineError:
        """Return the error for a response with a status other than 2xx."""
        return answer_error(
            self._config,
            request.endpoint,
            response.status,
            headers,
            response.body,
            answered_at=response.observed_at,
            pro_only=request.pro_only,
        )

    async def close(self) -> None:
        """Close the session; requests still in flight fail."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _once(self, request: Request, read: Callable[[bytes], T], record: Record | None) -> tuple[RawResponse, T]:
        await self._retries.wait_for_turn()
        response, headers = await self.send(request)
        response = self._trusted(request, response)
        # Before the status is checked, because raw keeps errors, too.
        if record is not None:
            record(response)
        if 200 <= response.status < 300:
            return response, self._read(request, response, read)
        error = self.error_of(request, response, headers)
        self._retries.hold_others(error)
        raise error

    def _read(self, request: Request, response: RawResponse, read: Callable[[bytes], T]) -> T:
        try:
            return read(response.body)
        except UnreadableAnswerError as error:
            where = f"{response.status} from {self._config.path(request.endpoint)}{route(self._config).words}"
            raise UnreadableAnswerError(f"{where}: {error}", status=response.status) from None

    async def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        # Opened here, because aiohttp requires a running event loop.
        if self._session is None:
            self._session = self._open()
        url = self._config.base_url + self._config.path(request.endpoint)
        # A redirect is not followed, because its target would receive the key.
        async with self._session.get(url, params=request.parameters, allow_redirects=False) as answer:
            return answer.status, answer.headers, await answer.read()

    def _masked(self, body: bytes) -> bytes:
        """Mask the API key and the password of the proxy in a body."""
        # A proxy may echo the headers of the request on its error pages.
        password = self._proxy_password
        if password and len(password) >= SHORTEST_KEY:
            body = masker(password).body(body)
        return self._config.mask_body(body)

    def _open(self) -> aiohttp.ClientSession:
        config = self._config
        way = route(config)
        self._proxy_password = way.password
        is_encrypted = "https" in (urlsplit(config.base_url).scheme, urlsplit(way.proxy or "").scheme)
        return aiohttp.ClientSession(
            headers={"Accept": "application/json", config.header: config.key},
            # total bounds a response that trickles, which a time-out between two reads does not.
            timeout=aiohttp.ClientTimeout(total=config.read_timeout, sock_connect=config.connect_timeout),
            # Certificates are read only for https: a wrong CA variable must not fail a test server without TLS.
            connector=aiohttp.TCPConnector(limit=config.concurrency, ssl=tls_context() if is_encrypted else True),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=way.proxy,
            # RFC 7617 suggests UTF-8; the default of aiohttp is latin1.
            proxy_auth=None if way.user is None else aiohttp.BasicAuth(way.user, way.password or "", "utf-8"),
            # Otherwise aiohttp would also send passwords from ~/.netrc. Transport handles proxies itself.
            trust_env=False,
        )

    def _trusted(self, request: Request, response: RawResponse) -> RawResponse:
        """Return the response. Raises :class:`ClockSkewError` if its time differs too much from the client's clock."""
        # The clock here may have been set back since the request.
        here = max(response.requested_at, self._clock())
        if abs(response.observed_at - here) <= self.max_clock_skew:
            return response
        is_data = 200 <= response.status < 300 or (request.absence_is_data and response.status in ABSENT)
        # An error observes nothing, so the client's time serves. Proxies send errors without a correct Date.
        if not is_data:
            return msgspec.structs.replace(response, observed_at=here, server_dated=False)
        raise ClockSkewError(
            f"The API's time is {response.observed_at:%Y-%m-%dT%H:%M:%SZ}, here it is {here:%Y-%m-%dT%H:%M:%SZ}:"
            " nothing was stored. Set the clock that is wrong, or max_clock_skew_minutes in the settings.",
            status=response.status,
        )
