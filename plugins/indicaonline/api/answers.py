"""The meaning of a response, or of its absence: times in headers, and the error to raise."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from indicaonline.api.config import ApiConfig
from indicaonline.api.network import CA_VARIABLES, route
from indicaonline.errors import (
    BadRequestError,
    FatalError,
    ForbiddenError,
    IndicaOnlineError,
    NotFoundError,
    PlanRequiredError,
    RetriableError,
    SettingError,
    WrongKeyError,
    one_line,
)

ABSENT = frozenset({404, 410})
"""Statuses of something that does not exist."""

SNIPPET = 500
"""Characters of a body that the message of an error keeps."""

_PROXY_ADVICE = (
    "the proxy requires a user and password; put them in proxy (http://user@host:port) and proxy_password of the"
    " connection, or in HTTPS_PROXY (http://user:password@host:port)."
)

# 408 and 429 by definition pass (RFC 9110 and RFC 6585), 425 as soon as TLS is established (RFC 8470).
PASSING = frozenset({408, 425, 429})
"""Client errors that are retried, as every 5xx is."""


# Parsing one takes longer than sending a request, and the responses of one second have the same.
@functools.lru_cache(maxsize=16)
def http_date(text: str | None) -> dt.datetime | None:
    """Return the instant (UTC) of an HTTP date header, or None if it is missing or cannot be parsed."""
    if not text:
        return None
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if instant.tzinfo is None:  # for the offset -0000; HTTP dates are GMT (RFC 9110, section 5.6.7)
        instant = instant.replace(tzinfo=dt.UTC)
    # Overflows for an offset from a date in the year 1 or 9999.
    try:
        return instant.astimezone(dt.UTC)
    except OverflowError:
        return None


def retry_after(headers: Mapping[str, str], answered_at: dt.datetime) -> float | None:
    """Return the seconds in ``Retry-After``, or None if the header is missing or invalid."""
    # RFC 9110, section 10.2.3: seconds, or a date.
    text = headers.get("Retry-After", "").strip()
    # isascii, because isdigit also accepts digits that int and float do not. Nine digits are 31 years.
    if text.isascii() and text.isdigit():
        return float(text[:9])
    # Relative to the response's own Date, so that a wrong clock here does not change the wait.
    instant = http_date(text)
    return None if instant is None else max(0.0, (instant - answered_at).total_seconds())


def answer_error(
    config: ApiConfig,
    endpoint: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    answered_at: dt.datetime,
    pro_only: bool = False,
) -> IndicaOnlineError:
    """Return the error for a status other than 2xx, with the action to take; ``pro_only`` for package endpoints."""
    wait = retry_after(headers, answered_at)
    if wait is not None:
        wait = min(wait, config.max_retry_after)
    kind, words = _meaning(config, status, headers, pro_only)
    snippet = _snippet(config, body)
    # The snippet is masked already. The rest is masked for a key that is in a path or host by mistake.
    message = f"{status} from {config.path(endpoint)}{route(config).words}: {words}" + (
        f" Response: {snippet}" if snippet else ""
    )
    return kind(config.mask(message), status=status, retry_after=wait)


def _meaning(
    config: ApiConfig, status: int, headers: Mapping[str, str], pro_only: bool
) -> tuple[type[IndicaOnlineError], str]:
    # Redirects are not followed, see Transport._exchange.
    if 300 <= status < 400:
        target = _host(headers.get("Location", "")) or "another path"
        return SettingError, f"the API redirects to {target}; check the host and version of the connection."
    # The guide documents no status for accounts without the PRO plan; 402 and 403 are the ones that can mean it.
    if status == 402 or (status == 403 and pro_only):
        return PlanRequiredError, "this endpoint requires the PRO Plan, which this account seems not to have."
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status == 429:
        return RetriableError, "too many requests; lower requests_per_second in the connection if it goes on."
    if status in PASSING or status >= 500:
        return RetriableError, "the API is out of order; the same request may succeed later."
    return FatalError, "the API does not accept this request; check the version and paths of the connection."


def _host(location: str) -> str:
    # Without user info, which may hold a password.
    try:
        return urlsplit(location).netloc.rpartition("@")[2]
    except ValueError:
        return ""


_MEANINGS: dict[int, tuple[type[IndicaOnlineError], str]] = {
    400: (
        BadRequestError,
        "the API rejects the id or a parameter; for a list, check skip_parameter and page_size of the connection.",
    ),
    401: (WrongKeyError, "the API key is wrong or revoked; put the right one in the password field of the connection."),
    403: (ForbiddenError, "the API key is valid, but lacks the permission; ask IndicaOnline for the permission."),
    404: (NotFoundError, "this does not exist; check the id, and the version and paths of the connection."),
    407: (SettingError, _PROXY_ADVICE),
    410: (NotFoundError, "this no longer exists."),
}


def connection_error(config: ApiConfig, endpoint: str, error: Exception) -> IndicaOnlineError:
    """Return the error for a request without a complete response."""
    where = f"No answer from {config.base_url}{config.path(endpoint)}{route(config).words}"
    # Subclasses first: aiohttp derives its errors about proxies, DNS and TLS from ClientConnectorError. None of the
    # messages of aiohttp is quoted, because they may show the headers of the request, and so the key.
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return _proxy_error(where, error.status)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return RetriableError(f"{where}: cannot connect to the proxy ({error.os_error.strerror or 'refused'}).")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return SettingError(
            f"{where}: the TLS certificate of {error.host} is not trusted; check the host of the connection, or put the"
            f" CA of the proxy or server into the file that {' or '.join(CA_VARIABLES)} names."
        )
    if isinstance(error, aiohttp.ClientSSLError):
        return RetriableError(f"{where}: TLS failed; check whether the host of the connection is https or http.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RetriableError(
            f"{where}: the name {error.host} is not known to DNS; check the host of the connection and DNS."
        )
    if isinstance(error, aiohttp.InvalidURL):
        return SettingError(f"{where}: this is no address; check the host and paths of the connection.")
    if isinstance(error, TimeoutError):
        return RetriableError(
            f"{where}: it took too long (connect {config.connect_timeout:g} s, whole answer {config.read_timeout:g} s)."
        )
    if isinstance(error, aiohttp.ClientPayloadError):
        return RetriableError(f"{where}: the answer was cut short.")
    if isinstance(error, aiohttp.ClientConnectorError):
        return RetriableError(f"{where}: cannot connect ({error.os_error.strerror or 'refused'}).")
    return RetriableError(f"{where}: the connection broke ({type(error).__name__}).")


def _proxy_error(where: str, status: int) -> IndicaOnlineError:
    """Return the error for a proxy that does not open a tunnel to the API."""
    if status == 407:
        return SettingError(f"{where}: 407, {_PROXY_ADVICE}", status=status)
    if status in PASSING or status >= 500:
        return RetriableError(f"{where}: the proxy cannot reach the API ({status}).", status=status)
    return SettingError(
        f"{where}: the proxy refuses the connection ({status}); ask its administrator to allow the API's host.",
        status=status,
    )


def _snippet(config: ApiConfig, body: bytes) -> str:
    # Masked before it is cut, so that no part of a key remains at the end. Of a larger body only the start is read.
    text = config.mask(body[:65_536].decode("utf-8", "replace"))
    return one_line(text)[:SNIPPET]
