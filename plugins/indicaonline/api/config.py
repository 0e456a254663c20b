"""What one account needs to be asked: the fields of its Airflow connection, checked and typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from indicaonline.api.masking import MASK, masker
from indicaonline.errors import SettingError
from indicaonline.records import BIGGEST_ID

DEFAULT_HOST = "https://api.indicaonline.com"

DEFAULT_PATHS = {
    "offices": "offices",
    "products": "products",
    "brands": "products/brands",
    "categories": "products/categories",
    "lab_results": "products/lab-results",
}
"""Where the reference lists are. Only the existence of these lists is documented, so paths are settings."""

DIRECT = "direct"
"""The value of ``proxy`` that means none, whatever the environment says."""

SHORTEST_KEY = 5
"""Airflow does not mask shorter secrets in its logs; neither could we, without harming ordinary numbers."""


class ApiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask one account's API. Times are in seconds.

    ``office_ids``, where given, are the offices to ask for; empty means the API's own list of offices.
    ``retry_seconds`` is how long one request is tried again, waiting included; a server may ask to
    wait at most ``max_retry_after``. ``proxy``: empty for the environment's, ``direct`` for none.
    """

    key: str
    base_url: str = DEFAULT_HOST
    version: str = "v2.3"
    header: str = "X-Api-Key"
    skip_parameter: str = "offset"
    page_size: int = 500
    concurrency: int = 8
    requests_per_second: float = 10.0
    office_ids: list[int] = []
    paths: dict[str, str] = msgspec.field(default_factory=lambda: dict(DEFAULT_PATHS))
    timestamp_unit: Literal["seconds", "milliseconds"] = "seconds"
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retry_seconds: float = 120.0
    max_retry_after: float = 300.0
    proxy: str = ""
    proxy_password: str = ""

    def __repr__(self) -> str:
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _SECRET}
        return f"ApiConfig(key='{MASK}', {', '.join(f'{name}={value!r}' for name, value in fields.items())})"

    @property
    def host(self) -> str:
        """The host's name, with its port where one is given."""
        return urlsplit(self.base_url).netloc

    def path(self, endpoint: str) -> str:
        """The path of an endpoint such as ``inventory/office/12``, as the server sees it."""
        return f"/open_api/{self.version}/{endpoint}"

    def mask(self, text: str) -> str:
        """The text without the API key, in whatever spelling."""
        return masker(self.key).text(text)

    def mask_body(self, body: bytes) -> bytes:
        """The body without the API key, in whatever spelling."""
        return masker(self.key).body(body)

    @classmethod
    def from_connection_fields(
        cls,
        host: str | None = None,
        schema: str | None = None,
        port: int | None = None,
        password: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> ApiConfig:
        """Build from the fields of an Airflow connection; empty fields mean the default.

        Numbers may come as text (a connection given as a URI has nothing else), ``office_ids`` as a
        list or as text such as ``12, 15``, paths as ``paths`` or as ``path_offices`` and so on.
        Raises :class:`~indicaonline.errors.SettingError`, one line that names the field.
        """
        values = {name: value for name, value in (extra or {}).items() if value is not None and value != ""}
        values["paths"] = _paths(values)
        if "office_ids" in values:
            values["office_ids"] = _office_ids(values["office_ids"])
        unknown = sorted(set(values) - _EXTRA)
        if unknown:
            raise SettingError(
                f"The connection's extra has an unknown field '{unknown[0]}'; known are {', '.join(sorted(_EXTRA))}."
            )
        values["key"] = _key(password)
        values["base_url"] = _base_url(host, schema, port)
        return _checked(values)


_SECRET = frozenset({"key", "proxy_password"})

_EXTRA = set(ApiConfig.__struct_fields__) - {"key", "base_url"}

_LIMITS: dict[str, tuple[float, float]] = {
    "page_size": (1, 500),
    "concurrency": (1, 64),
    "requests_per_second": (0.01, 10_000),
    "connect_timeout": (0.1, 600),
    "read_timeout": (0.1, 3_600),
    "retry_seconds": (0, 3_600),
    "max_retry_after": (0, 3_600),
}

_SHAPES = {
    "version": (re.compile(r"v\d+(\.\d+)*"), "a version such as v2.3"),
    "header": (re.compile(r"[A-Za-z0-9-]+"), "a header's name such as X-Api-Key"),
    "skip_parameter": (re.compile(r"[\w.\[\]-]+"), "a parameter's name such as offset"),
    # A password has a field of its own: Airflow masks fields with such a name, and would show this one.
    "proxy": (
        re.compile(rf"|{DIRECT}|https?://([^\s/@:?#]+@)?([\w.-]+|\[[\da-fA-F:.]+\])(:\d{{1,5}})?/?"),
        f"an address such as http://proxy.example.com:3128 (its password goes into proxy_password), or {DIRECT}",
    ),
}


def _checked(values: dict[str, Any]) -> ApiConfig:
    try:
        config = msgspec.convert(values, ApiConfig, strict=False)
    except msgspec.ValidationError as error:
        field = re.search(r"\$\.(\w+)", str(error))
        name = field[1] if field else "a field"
        # The message of msgspec names types and enum values, never the value received.
        problem = str(error).split(" - at ")[0]
    else:
        return _within_limits(config)
    raise SettingError(f"The connection's {name} cannot be used: {problem}.")


def _within_limits(config: ApiConfig) -> ApiConfig:
    for name, (low, high) in _LIMITS.items():
        if not low <= getattr(config, name) <= high:
            raise SettingError(f"The connection's {name} must be from {low:g} to {high:g}.")
    for name, (shape, words) in _SHAPES.items():
        if not shape.fullmatch(getattr(config, name)):
            raise SettingError(f"The connection's {name} must be {words}.")
    return config


def _key(password: str | None) -> str:
    key = (password or "").strip()
    if not key:
        raise SettingError("The API key is missing: put it in the password field of the connection.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError("The API key in the password field of the connection has characters no key can have.")
    if len(key) < SHORTEST_KEY:
        raise SettingError(
            f"The API key in the password field of the connection has fewer than {SHORTEST_KEY} characters:"
            " too short to be kept out of logs."
        )
    return key


def _base_url(host: str | None, schema: str | None, port: int | None) -> str:
    text = (host or DEFAULT_HOST).strip().rstrip("/")
    if "://" not in text:
        text = f"{(schema or 'https').strip()}://{text}"
    try:
        parts = urlsplit(text)
        own_port = parts.port
    except ValueError:
        raise SettingError("The connection's host cannot be read; use a form such as api.indicaonline.com.") from None
    if parts.scheme not in ("http", "https"):
        raise SettingError("The connection's schema must be https (or http, for a test server).")
    if not parts.hostname or parts.username or parts.password or re.search(r"\s", text):
        raise SettingError("The connection's host cannot be read; use a form such as api.indicaonline.com.")
    if parts.path or parts.query or parts.fragment:
        raise SettingError("The connection's host must have no path; the version has a field of its own.")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = own_port or port
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def _paths(values: dict[str, Any]) -> dict[str, str]:
    """The five paths: defaults, then ``paths``, then the form's own ``path_<name>`` fields (taken out of values)."""
    given = values.pop("paths", {})
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given)
        except msgspec.DecodeError:
            given = None
    if not isinstance(given, dict):
        raise SettingError('The connection\'s paths must be a JSON object such as {"offices": "offices"}.')
    given = {**given, **{name: values.pop(f"path_{name}") for name in DEFAULT_PATHS if f"path_{name}" in values}}
    for name, path in given.items():
        if name not in DEFAULT_PATHS:
            raise SettingError(f"The connection's paths name '{name}'; known are {', '.join(DEFAULT_PATHS)}.")
        if not isinstance(path, str) or not re.fullmatch(r"/*[\w.~-]+(/[\w.~-]+)*/*", path):
            raise SettingError(f"The connection's path of {name} must be a path such as {DEFAULT_PATHS[name]}.")
    return {**DEFAULT_PATHS, **{name: path.strip("/") for name, path in given.items()}}


def _office_ids(value: object) -> list[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if isinstance(value, str):
        value = [part for part in re.split(r"[\s,;]+", value.strip("[] ")) if part]
    if isinstance(value, list) and all(re.fullmatch(r"\d{1,19}", str(part)) for part in value):
        ids = [int(part) for part in value]
        if all(1 <= number <= BIGGEST_ID for number in ids):
            return list(dict.fromkeys(ids))
    raise SettingError("The connection's office_ids must be ids such as 12, 15.")
