"""One request over real HTTP: retries, waiting, errors and what they say, and a key that never shows."""

from __future__ import annotations

import asyncio
import datetime as dt
import traceback
from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from aiohttp import web
from api_helpers import KEY, Naps, ScriptedServer

from indicaonline.api.config import ApiConfig
from indicaonline.api.retries import UNREADABLE_TRIES
from indicaonline.api.transport import Request, Transport
from indicaonline.errors import (
    BadRequestError,
    ClockSkewError,
    FatalError,
    ForbiddenError,
    IndicaOnlineError,
    NotFoundError,
    PlanRequiredError,
    RetriableError,
    SettingError,
    UnreadableAnswerError,
    WrongKeyError,
)
from indicaonline.records import RawResponse

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
DATE = format_datetime(NOW, usegmt=True)


def answer(status: int = 200, body: bytes = b"[]", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, body=body, headers={"Date": DATE, **named})


def decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise UnreadableAnswerError("The answer is not JSON.") from None


@pytest.fixture
async def transport(scripted: ScriptedServer, naps: Naps) -> AsyncIterator[Transport]:
    config = ApiConfig(key=KEY, base_url=scripted.url, requests_per_second=10_000.0)
    transport = Transport(config, sleep=naps, clock=lambda: NOW)
    yield transport
    await transport.close()


async def get(transport: Transport, records: list[RawResponse] | None = None, *, pro_only: bool = False) -> Any:
    request = Request("inventory/office/12", {"limit": "5"}, read=2, page=3, pro_only=pro_only)
    _, value = await transport.get(request, decode, None if records is None else records.append)
    return value


async def test_the_request_carries_key_and_accept_and_nothing_is_followed(
    scripted: ScriptedServer, transport: Transport
) -> None:
    scripted.script = [answer(body=b'{"a": 1}', Set_Cookie="session=1")]
    records: list[RawResponse] = []
    assert await get(transport, records) == {"a": 1}
    await get(transport)
    sent = scripted.requests[1]
    assert sent.headers["X-Api-Key"] == KEY
    assert sent.headers["Accept"] == "application/json"
    assert "Cookie" not in sent.headers
    assert sent.path_qs == "/open_api/v2.3/inventory/office/12?limit=5"
    (raw,) = records
    assert raw == RawResponse(
        read=2,
        page=3,
        requested_at=NOW,
        observed_at=NOW,
        server_dated=True,
        path="/open_api/v2.3/inventory/office/12",
        parameters={"limit": "5"},
        status=200,
        body=b'{"a": 1}',
    )


@pytest.mark.parametrize(
    ("status", "pro_only", "kind"),
    [
        (400, False, BadRequestError),
        (401, False, WrongKeyError),
        (401, True, WrongKeyError),
        (402, True, PlanRequiredError),
        (403, True, PlanRequiredError),
        (403, False, ForbiddenError),
        (404, False, NotFoundError),
        (422, False, FatalError),
    ],
)
async def test_what_waiting_cannot_heal_is_asked_once(
    scripted: ScriptedServer, transport: Transport, naps: Naps, status: int, pro_only: bool, kind: type[Exception]
) -> None:
    scripted.script = [answer(status, b'{"error": "no"}')]
    records: list[RawResponse] = []
    with pytest.raises(kind, match=rf"^{status} from /open_api/v2\.3/inventory/office/12: .*\"no\"") as raised:
        await get(transport, records, pro_only=pro_only)
    assert isinstance(raised.value, FatalError)
    assert raised.value.status == status
    assert len(scripted.requests) == 1
    assert naps.seconds == []
    assert [raw.status for raw in records] == [status]


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_an_error_that_names_the_host(
    scripted: ScriptedServer, transport: Transport, status: int
) -> None:
    scripted.script = [answer(status, Location=f"https://elsewhere.example/{KEY}")]
    with pytest.raises(SettingError, match=r"redirects to elsewhere\.example"):
        await get(transport)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
async def test_what_passes_is_asked_again(
    scripted: ScriptedServer, transport: Transport, naps: Naps, status: int
) -> None:
    scripted.script = [answer(status), answer(status), answer()]
    records: list[RawResponse] = []
    assert await get(transport, records) == []
    assert [raw.status for raw in records] == [status, status, 200]
    assert len(naps.seconds) == 2
    assert all(0 < seconds <= 2 for seconds in naps.seconds)


async def test_waits_grow_and_end_with_the_budget(scripted: ScriptedServer, transport: Transport, naps: Naps) -> None:
    scripted.script = [answer(503, b"down")]
    with pytest.raises(RetriableError, match="503") as raised:
        await get(transport)
    assert not isinstance(raised.value, FatalError)
    assert 60 < sum(naps.seconds) <= 120
    assert max(naps.seconds) <= 30


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 8),
        (format_datetime(NOW + dt.timedelta(seconds=9), usegmt=True), 9, 10),
        (format_datetime(NOW - dt.timedelta(hours=1), usegmt=True), 0, 1),
        ("0", 0, 1),
        ("soon", 0, 1),
        ("-5", 0, 1),
        ("", 0, 1),
        ("Sat, 99 Foo 2026", 0, 1),
    ],
)
async def test_retry_after_is_obeyed_where_it_says_something(
    scripted: ScriptedServer, transport: Transport, naps: Naps, header: str, low: float, high: float
) -> None:
    scripted.script = [answer(429, Retry_After=header), answer()]
    await get(transport)
    assert low <= naps.seconds[0] <= high


async def test_a_date_to_wait_for_counts_from_the_same_answers_date(scripted: ScriptedServer, naps: Naps) -> None:
    served = NOW + dt.timedelta(minutes=5)
    config = ApiConfig(key=KEY, base_url=scripted.url)
    transport = Transport(config, sleep=naps, clock=lambda: NOW)
    until = format_datetime(served + dt.timedelta(seconds=20), usegmt=True)
    scripted.script = [
        web.Response(status=503, headers={"Date": format_datetime(served, usegmt=True), "Retry-After": until}),
        answer(),
    ]
    await get(transport)
    await transport.close()
    assert 20 <= naps.seconds[0] <= 21


async def test_a_wait_beyond_the_budget_is_left_to_the_caller_and_capped(
    scripted: ScriptedServer, transport: Transport, naps: Naps
) -> None:
    scripted.script = [answer(429, Retry_After="86400")]
    with pytest.raises(RetriableError) as raised:
        await get(transport)
    assert raised.value.retry_after == 300
    assert raised.value.status == 429
    assert naps.seconds == []


async def test_one_requests_patience_holds_the_others_too(
    scripted: ScriptedServer, transport: Transport, naps: Naps
) -> None:
    scripted.script = [answer(429, Retry_After="30"), answer()]
    await get(transport)
    naps.seconds.clear()
    await get(transport)
    assert 25 < naps.seconds[0] <= 30


@pytest.mark.parametrize("body", [b"<html>down</html>", b"", b"\xff\xfe", b'{"items": ['])
async def test_an_unreadable_answer_is_asked_for_three_times(
    scripted: ScriptedServer, transport: Transport, body: bytes
) -> None:
    scripted.script = [answer(body=body)]
    records: list[RawResponse] = []
    with pytest.raises(UnreadableAnswerError):
        await get(transport, records)
    assert [raw.body for raw in records] == [body] * UNREADABLE_TRIES


async def test_an_answer_cut_short_is_asked_for_again(scripted: ScriptedServer, transport: Transport) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000", "Date": DATE})
        await response.prepare(request)
        await response.write(b'{"items"')
        assert request.transport is not None
        request.transport.close()
        return response

    scripted.script = [cut, cut, answer()]
    assert await get(transport) == []
    assert len(scripted.requests) == 3


async def test_a_broken_connection_is_tried_again(scripted: ScriptedServer, transport: Transport) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    scripted.script = [hang_up, answer()]
    assert await get(transport) == []


async def test_a_slow_answer_is_given_up_and_asked_for_again(scripted: ScriptedServer, naps: Naps) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    config = ApiConfig(key=KEY, base_url=scripted.url, read_timeout=0.1)
    transport = Transport(config, sleep=naps, clock=lambda: NOW)
    scripted.script = [slow, answer()]
    assert await get(transport) == []
    scripted.script = [slow]
    impatient = Transport(msgspec.structs.replace(config, retry_seconds=0), sleep=naps, clock=lambda: NOW)
    with pytest.raises(RetriableError, match="took too long"):
        await get(impatient)
    await transport.close()
    await impatient.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "cannot connect"),
        ("http://no-such-host.invalid", "is not known to DNS"),
        ("https://{server}", "TLS failed"),
    ],
)
async def test_no_connection_says_what_to_check(scripted: ScriptedServer, naps: Naps, url: str, words: str) -> None:
    scripted.script = [answer()]
    url = url.format(server=scripted.url.removeprefix("http://"))
    transport = Transport(ApiConfig(key=KEY, base_url=url, retry_seconds=0), sleep=naps, clock=lambda: NOW)
    with pytest.raises(RetriableError, match=words) as raised:
        await get(transport)
    await transport.close()
    assert "\n" not in str(raised.value)
    assert raised.value.__context__ is None


async def test_where_the_date_says_nothing_the_clients_clock_is_used(
    scripted: ScriptedServer, transport: Transport
) -> None:
    records: list[RawResponse] = []
    scripted.script = [answer(Date="yesterday")]
    await get(transport, records)
    assert records[0].observed_at == NOW
    assert not records[0].server_dated


@pytest.mark.parametrize("minutes", [-11, 11, 60 * 24 * 400])
async def test_a_wrong_clock_is_refused_before_anything_is_recorded(
    scripted: ScriptedServer, transport: Transport, minutes: int
) -> None:
    served = NOW + dt.timedelta(minutes=minutes)
    scripted.script = [answer(Date=format_datetime(served, usegmt=True))]
    records: list[RawResponse] = []
    with pytest.raises(ClockSkewError, match=f"{served:%Y-%m-%dT%H:%M:%SZ}.*2026-03-01T12:00:00Z"):
        await get(transport, records)
    assert records == []
    assert len(scripted.requests) == 1


async def test_an_errors_wrong_clock_does_not_hide_the_error_and_is_not_recorded(
    scripted: ScriptedServer, transport: Transport
) -> None:
    scripted.script = [answer(401, Date=format_datetime(NOW + dt.timedelta(days=400), usegmt=True))]
    records: list[RawResponse] = []
    with pytest.raises(WrongKeyError):
        await get(transport, records)
    assert (records[0].observed_at, records[0].server_dated) == (NOW, False)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("minutes", [-11, 11])
async def test_an_absence_that_is_data_obeys_the_clock_rule(
    scripted: ScriptedServer, transport: Transport, status: int, minutes: int
) -> None:
    served = NOW + dt.timedelta(minutes=minutes)
    scripted.script = [answer(status, Date=format_datetime(served, usegmt=True))]
    records: list[RawResponse] = []
    request = Request("inventory/packages/7", pro_only=True, absence_is_data=True)
    with pytest.raises(ClockSkewError, match="nothing was stored"):
        await transport.get(request, decode, records.append)
    assert records == []
    scripted.script = [answer(status)]
    with pytest.raises(NotFoundError):
        await transport.get(request, decode, records.append)
    assert records[0].observed_at == NOW


@pytest.mark.parametrize("location", ["http://[::1", f"https://bob:{KEY}@elsewhere.example/", "https://x\udce9/", ""])
async def test_no_location_breaks_the_error_or_shows_a_secret(
    scripted: ScriptedServer, transport: Transport, location: str
) -> None:
    scripted.script = [answer(302, Location=location)]
    with pytest.raises(SettingError, match="redirects to") as raised:
        await get(transport)
    assert KEY not in str(raised.value)
    assert "bob" not in str(raised.value)
    assert str(raised.value).isprintable()


async def test_an_answer_full_of_control_characters_becomes_one_line_that_names_the_request(
    scripted: ScriptedServer, transport: Transport
) -> None:
    def refuse(body: bytes) -> Any:
        raise UnreadableAnswerError(f"It begins: {body.decode('utf-16')!s}\0\x1b[31m")

    scripted.script = [answer(body="a\0b\nc".encode("utf-16"))]
    with pytest.raises(UnreadableAnswerError, match=r"^200 from /open_api/v2\.3/offices: It begins: a b c \[31m$"):
        await transport.get(Request("offices"), refuse)


async def test_the_key_shows_nowhere(scripted: ScriptedServer, transport: Transport) -> None:
    echo = f"<p>Key\n {KEY} is not welcome</p>{'x' * 490}{KEY}".encode()
    records: list[RawResponse] = []
    for status in (200, 400, 401, 500):
        scripted.script = [answer(status, echo)]
        with pytest.raises(IndicaOnlineError) as raised:
            await get(transport, records)
        text = "".join(traceback.format_exception(raised.value))
        assert KEY not in text
        assert KEY[:8] not in str(raised.value)
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 800
        assert KEY not in repr(raised.value.__dict__)
    assert all(KEY.encode() not in raw.body and b"***" in raw.body for raw in records)
    scripted.script = [answer(body=f'{{"echo": "{KEY}"}}'.encode())]
    assert await get(transport) == {"echo": "***"}


async def test_no_more_than_so_many_requests_are_in_flight(scripted: ScriptedServer, naps: Naps) -> None:
    flying = most = 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal flying, most
        flying += 1
        most = max(most, flying)
        await asyncio.sleep(0.01)
        flying -= 1
        return answer()

    scripted.script = [count]
    config = ApiConfig(key=KEY, base_url=scripted.url, concurrency=3, requests_per_second=10_000.0)
    transport = Transport(config, sleep=naps, clock=lambda: NOW)
    await asyncio.gather(*(get(transport) for _ in range(12)))
    await transport.close()
    assert most == 3


async def test_requests_are_paced(scripted: ScriptedServer, naps: Naps) -> None:
    scripted.script = [answer()]
    transport = Transport(
        ApiConfig(key=KEY, base_url=scripted.url, requests_per_second=20.0), sleep=naps, clock=lambda: NOW
    )
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(get(transport) for _ in range(9)))
    await transport.close()
    # Two at once, then one every 50 ms.
    assert asyncio.get_running_loop().time() - started > 0.3
