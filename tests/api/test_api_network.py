"""Behind a company's proxy: over real tunnels and TLS, with and without credentials, and what errors say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from api_helpers import KEY, Naps, ScriptedServer
from proxies import Authority, Proxy, running

from indicaonline.api.config import ApiConfig
from indicaonline.api.network import route
from indicaonline.api.transport import Request, Transport
from indicaonline.errors import IndicaOnlineError, RetriableError, SettingError

HOST = "api.indicaonline.test"
CREDENTIALS = "bob:p@ss/w0rd"
ENCODED = "bob:p%40ss%2Fw0rd"
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def secure(authority: Authority) -> AsyncIterator[str]:
    """The address of an API behind TLS, whose certificate a company's own CA has signed."""
    scripted = ScriptedServer()
    scripted.script = [web.json_response([1])]
    app = web.Application()
    app.router.add_get("/{tail:.*}", scripted.answer)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=authority.server_context(HOST))
    yield f"https://{server.host}:{server.port}"
    await server.close()


async def ask(**fields: Any) -> bytes:
    config = ApiConfig.from_connection_fields(
        host=fields.pop("host", f"https://{HOST}"), password=KEY, extra={"retry_seconds": 0, **fields}
    )
    transport = Transport(config, sleep=Naps())
    try:
        _, body = await transport.get(Request("offices"), bytes)
    finally:
        await transport.close()
    return body


async def failure(**fields: Any) -> IndicaOnlineError:
    with pytest.raises(IndicaOnlineError) as raised:
        await ask(**fields)
    assert "\n" not in str(raised.value)
    for secret in (KEY, "p@ss", "p%40ss", "w0rd"):
        assert secret not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("credentials", [None, CREDENTIALS])
async def test_https_goes_through_the_tunnel_of_the_environments_proxy(
    secure: str, authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str, credentials: str | None
) -> None:
    async with running(Proxy(secure, credentials)) as proxy:
        address = proxy.url.replace("://", f"://{ENCODED}@") if credentials else proxy.url
        monkeypatch.setenv("HTTPS_PROXY", address)
        monkeypatch.setenv(variable, str(authority.file))
        assert await ask() == b"[1]"
        assert proxy.asked == [f"CONNECT {HOST}:443"]


async def test_the_connections_own_proxy_comes_before_the_environments(
    secure: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    async with running(Proxy(secure, CREDENTIALS)) as proxy:
        fields = {"proxy": proxy.url.replace("://", "://bob@"), "proxy_password": CREDENTIALS.partition(":")[2]}
        assert await ask(**fields) == b"[1]"
        assert proxy.asked == [f"CONNECT {HOST}:443"]


@pytest.mark.parametrize("credentials", [None, CREDENTIALS])
async def test_plain_http_is_handed_to_the_proxy(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, credentials: str | None
) -> None:
    scripted.script = [web.json_response([2])]
    async with running(Proxy(scripted.url, credentials)) as proxy:
        address = proxy.url.replace("://", f"://{ENCODED}@") if credentials else proxy.url
        monkeypatch.setenv("http_proxy", address)
        assert await ask(host=f"http://{HOST}") == b"[2]"
        assert proxy.asked == [f"GET http://{HOST}/open_api/v2.3/offices"]
    assert scripted.requests[0].headers["X-Api-Key"] == KEY


@pytest.mark.parametrize("no_proxy", [HOST, ".indicaonline.test", "other, indicaonline.test", "*"])
def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    config = ApiConfig(key=KEY, base_url=f"https://{HOST}")
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert route(config).proxy == "http://proxy.example.com:3128"
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert route(config).proxy is None


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "https://[::1]:8443"])
def test_a_server_on_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example.com:3128")
    assert route(ApiConfig(key=KEY, base_url=host)).proxy is None
    assert route(ApiConfig(key=KEY)).proxy == "http://proxy.example.com:3128"


def test_direct_means_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert route(ApiConfig(key=KEY, proxy="direct")).proxy is None


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (407, SettingError, "407, the proxy requires a user and password"),
        (403, SettingError, "refuses the connection (403)"),
        (502, RetriableError, "the proxy cannot reach the API (502)"),
    ],
)
async def test_a_tunnel_that_is_refused_names_the_proxy(
    monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception], words: str
) -> None:
    async with running(Proxy("http://unused", status=status)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://{ENCODED}@"))
        error = await failure()
        assert isinstance(error, kind)
        assert error.status == status
        assert f"through the proxy {proxy.url} (HTTPS_PROXY): " in str(error)
        assert words in str(error)


async def test_an_answer_by_the_proxy_itself_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """This proxy echoes the credentials that it was sent, in base64."""
    async with running(Proxy("http://unused", status=403)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.replace("://", f"://{ENCODED}@"))
        error = await failure(host=f"http://{HOST}")
        assert f"403 from /open_api/v2.3/offices through the proxy {proxy.url} (HTTP_PROXY): " in str(error)
        assert "Basic " in str(error)
        assert "***" in str(error)


async def test_a_wrong_password_for_plain_http_names_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(Proxy("http://unused", CREDENTIALS)) as proxy:
        error = await failure(host=f"http://{HOST}", proxy=proxy.url)
        assert isinstance(error, SettingError)
        assert "proxy_password" in str(error)
        assert "(proxy of the connection)" in str(error)


async def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    error = await failure(proxy="http://127.0.0.1:1")
    assert "cannot connect to the proxy" in str(error)
    assert "http://127.0.0.1:1" in str(error)
    error = await failure(proxy="http://no-such-proxy.invalid:3128")
    assert "the name no-such-proxy.invalid is not known to DNS" in str(error)


async def test_an_unknown_ca_names_the_variables(secure: str) -> None:
    async with running(Proxy(secure)) as proxy:
        error = await failure(proxy=proxy.url)
        assert isinstance(error, SettingError)
        assert f"certificate of {HOST} is not trusted" in str(error)
        assert "REQUESTS_CA_BUNDLE or SSL_CERT_FILE" in str(error)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
async def test_a_bundle_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "missing.pem"))
    assert f"{variable} is {tmp_path / 'missing.pem'}: there is no such file" in str(await failure())
    (tmp_path / "missing.pem").write_text("no certificate")
    assert "no bundle of CA certificates" in str(await failure())


@pytest.mark.parametrize(
    "value", ["socks5://proxy:1080", "http://", f"http://{ENCODED.replace('%40', '@').replace('%2F', '/')}@proxy:1"]
)
async def test_a_proxy_of_the_environment_that_cannot_be_used_is_named_not_quoted(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    error = await failure()
    assert isinstance(error, SettingError)
    assert "HTTPS_PROXY" in str(error)
    assert "1080" not in str(error)


@pytest.mark.parametrize("value", ["proxy:3128", "socks5://proxy", f"http://{ENCODED}@proxy:3128", "http://proxy/path"])
def test_the_connections_proxy_is_checked_and_not_quoted(value: str) -> None:
    with pytest.raises(SettingError, match=r"The connection's proxy must be .*proxy_password") as raised:
        ApiConfig.from_connection_fields(password=KEY, extra={"proxy": value})
    assert "p%40ss" not in str(raised.value)


def test_the_proxys_password_is_in_no_representation() -> None:
    config = ApiConfig(key=KEY, proxy="http://bob@proxy:3128", proxy_password=CREDENTIALS)
    assert CREDENTIALS not in repr(config)
    assert CREDENTIALS not in repr(route(config))
    assert CREDENTIALS not in str(route(config))
