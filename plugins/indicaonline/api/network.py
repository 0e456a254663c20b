"""Proxies and trusted certificates of the requests to the API."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from indicaonline.api.config import DIRECT, ApiConfig
from indicaonline.errors import SettingError

# The variables of requests and of OpenSSL, which are set already behind a proxy that inspects TLS.
CA_VARIABLES: Final = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
# urllib sends requests for these hosts through a proxy, too, unless NO_PROXY lists them.
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Route(msgspec.Struct, frozen=True):
    """The route of one account's requests. ``proxy`` is an address without credentials, or None for no proxy."""

    proxy: str | None = None
    user: str | None = None
    password: str | None = None
    source: str = ""
    """The origin of the proxy: the connection, or a variable of the environment."""

    # Without the password.
    def __repr__(self) -> str:
        return f"Route({self.proxy!r})"

    @property
    def words(self) -> str:
        """The proxy as part of an error message, without credentials; empty without a proxy."""
        return f" through the proxy {self.proxy} ({self.source})" if self.proxy else ""

    @property
    def url(self) -> str | None:
        """The proxy's address with its credentials, for ``requests``."""
        if self.proxy is None or self.user is None:
            return self.proxy
        user_info = ":".join(quote(part, safe="") for part in (self.user, self.password) if part is not None)
        return self.proxy.replace("://", f"://{user_info}@", 1)


def route(config: ApiConfig) -> Route:
    """Return the proxy of the connection, or else the proxy for the API's host in the environment.

    It reads ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in either case. Raises
    :class:`~indicaonline.errors.SettingError` for an unusable variable.
    """
    if config.proxy == DIRECT:
        return Route()
    if config.proxy:
        return _parsed(config.proxy, "proxy of the connection", config.proxy_password or None)
    target = urlsplit(config.base_url)
    proxies = getproxies()
    name = next((name for name in (target.scheme, "all") if proxies.get(name)), None)
    if name is None or target.hostname in _LOOPBACK or proxy_bypass(target.netloc):
        return Route()
    return _parsed(proxies[name], f"{name.upper()}_PROXY")


def ca_bundle() -> str | None:
    """Return the file or folder of trusted certificates in the environment; None for those of the system.

    Raises :class:`~indicaonline.errors.SettingError` for a missing file.
    """
    for name in CA_VARIABLES:
        path = os.environ.get(name)
        # OpenSSL would ignore it, and every request would fail with an untrusted certificate.
        if path and not Path(path).exists():
            raise SettingError(f"{name} is {path}: there is no such file. Set it to a bundle of CA certificates.")
        if path:
            return path
    return None


def tls_context() -> ssl.SSLContext:
    """Return a context that verifies servers against :func:`ca_bundle`; raises SettingError if it is unreadable."""
    bundle = ca_bundle()
    if bundle is None:
        return ssl.create_default_context()
    is_folder = Path(bundle).is_dir()
    try:
        return ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except (ssl.SSLError, OSError):
        raise SettingError(f"{bundle} ({' or '.join(CA_VARIABLES)}) is no bundle of CA certificates in PEM.") from None


def _parsed(text: str, source: str, password: str | None = None) -> Route:
    # The message never quotes the address, which may hold a password.
    problem = f"The proxy in {source} cannot be used; use a form such as http://proxy.example.com:3128."
    text = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SettingError(problem) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.path + parts.query + parts.fragment:
        raise SettingError(problem)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Route(
        proxy=f"{parts.scheme}://{host}" + (f":{port}" if port else ""),
        user=None if parts.username is None else unquote(parts.username),
        password=password or (None if parts.password is None else unquote(parts.password)),
        source=source,
    )
