"""The declaration of the fields of an ``indicaonline`` connection, and their checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from indicaonline.api.masking import MASK, masker
from indicaonline.declaration import Field, convert, fields_of
from indicaonline.errors import SettingError
from indicaonline.records import Id
from indicaonline.reference_lists import REFERENCE_LISTS

DEFAULT_HOST = "https://api.indicaonline.com"

DEFAULT_PATHS = {name: listed.path for name, listed in REFERENCE_LISTS.items()}

DIRECT = "direct"
"""The value of ``proxy`` for no proxy, also if the environment has one."""

# Airflow does not mask shorter secrets, and the masker here would replace ordinary numbers.
SHORTEST_KEY = 5
"""In characters."""


class ApiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of an ``indicaonline`` connection.

    The form in Airflow, the checks, their error messages and ``docs/configuration.md`` are derived from this class. The
    title is the label in the form; a field without a title is set in the connection's extra.
    """

    # Patterns end with \Z, because $ also matches before a line break, which would inject a header or a path.

    base_url: Annotated[str, Meta(title="API host", description="The API's address, without a path.")] = DEFAULT_HOST
    key: Annotated[
        str,
        Meta(
            title="API key",
            description="The static key from IndicaOnline. Kept out of logs, errors and stored responses.",
        ),
    ]
    version: Annotated[
        str,
        Meta(
            title="API version",
            description="The version in the path, after `/open_api/`.",
            pattern=r"^v\d+(\.\d+)*\Z",
            extra_json_schema={"allowed": "a version such as v2.3"},
        ),
    ] = "v2.3"
    header: Annotated[
        str,
        Meta(
            title="Key header",
            description="The header that carries the API key.",
            pattern=r"^[A-Za-z0-9-]+\Z",
            extra_json_schema={"allowed": "a header's name such as X-Api-Key"},
        ),
    ] = "X-Api-Key"
    skip_parameter: Annotated[
        str,
        Meta(
            title="Skip parameter",
            description="The API's name for the number of rows to skip. If pages repeat, the pull stops and names this"
            " field, and the contract check finds the right name.",
            pattern=r"^[\w.\[\]-]+\Z",
            extra_json_schema={"allowed": "a parameter's name such as offset"},
        ),
    ] = "offset"
    # 500 is the largest limit in the vendor's guide.
    page_size: Annotated[int, Meta(title="Page size", description="Rows per request.", ge=1, le=500)] = 500
    concurrency: Annotated[
        int, Meta(title="Requests in flight", description="The most requests at once, per task.", ge=1, le=64)
    ] = 8
    requests_per_second: Annotated[
        float,
        Meta(
            title="Requests per second",
            description="The most requests per second, per task. The Airflow pool limits the number of tasks.",
            ge=0.01,
            le=10_000,
        ),
    ] = 10
    office_ids: Annotated[
        list[Id],
        Meta(
            title="Office ids",
            description="The offices to read, such as `12, 15`. Empty: every office that the API lists.",
            extra_json_schema={"type": "string", "allowed": "ids such as 12, 15"},
        ),
    ] = []
    timestamp_unit: Annotated[
        Literal["seconds", "milliseconds"],
        Meta(title="Timestamp unit", description="The unit of the Unix time in `inventory/updated`."),
    ] = "seconds"
    read_timeout: Annotated[
        float, Meta(title="Time for an answer", description="Seconds to wait for a response.", ge=0.1, le=3_600)
    ] = 60
    retry_seconds: Annotated[
        float,
        Meta(
            title="Time for retries",
            description="Seconds for which one request is retried within one try of a task, waits included.",
            ge=0,
            le=3_600,
        ),
    ] = 120
    proxy: Annotated[
        str,
        Meta(
            title="Proxy",
            description="An address such as `http://user@proxy.example.com:3128`. Empty: `HTTPS_PROXY` and `NO_PROXY`"
            " of the environment. `direct`: no proxy. More in [docs/operations.md](operations.md#behind-a-proxy).",
            # Without a password: Airflow masks the extra field proxy_password by its name, and would show this one.
            pattern=rf"^(|{DIRECT}|https?://([^\s/@:?#]+@)?([\w.-]+|\[[\da-fA-F:.]+\])(:\d{{1,5}})?/?)\Z",
            extra_json_schema={
                "allowed": "an address such as http://proxy.example.com:3128 (its password goes into proxy_password),"
                f" or {DIRECT}"
            },
        ),
    ] = ""
    proxy_password: Annotated[
        str,
        Meta(
            title="Proxy password",
            description="The password of the proxy's user. Kept out of logs, errors and stored responses.",
            extra_json_schema={"format": "password"},
        ),
    ] = ""
    connect_timeout: Annotated[float, Meta(description="Seconds to wait for a connection.", ge=0.1, le=600)] = 10
    max_retry_after: Annotated[
        float, Meta(description="The longest wait, in seconds, that the API may request.", ge=0, le=3_600)
    ] = 300
    paths: dict[str, str] = msgspec.field(default_factory=lambda: dict(DEFAULT_PATHS))

    # The one of msgspec would show the key in tracebacks and logs.
    def __repr__(self) -> str:
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _SECRET}
        return f"ApiConfig(key='{MASK}', {', '.join(f'{name}={value!r}' for name, value in fields.items())})"

    @property
    def host(self) -> str:
        """The name of the host, with its port if there is one."""
        return urlsplit(self.base_url).netloc

    def path(self, endpoint: str) -> str:
        """Return the full path of an endpoint such as ``inventory/office/12``."""
        return f"/open_api/{self.version}/{endpoint}"

    def mask(self, text: str) -> str:
        """Mask the API key in a text, in any spelling."""
        return masker(self.key).text(text)

    def mask_body(self, body: bytes) -> bytes:
        """Mask the API key in a body, in any spelling."""
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

        ``office_ids`` is a list, or text such as ``12, 15``; paths are in ``paths``, or in ``path_offices`` and so on.
        Raises :class:`~indicaonline.errors.SettingError`, one line that names the field.
        """
        # The form sends null or an empty text for a field that was emptied.
        values = {name: value for name, value in (extra or {}).items() if value is not None and value != ""}
        values["paths"] = _paths(values)
        if "office_ids" in values:
            values["office_ids"] = _office_ids(values["office_ids"])
        # Refused, because a misspelt field would silently leave its default.
        unknown = sorted(set(values) - _EXTRA)
        if unknown:
            raise SettingError(
                f"The connection's extra has an unknown field '{unknown[0]}'; known are {', '.join(sorted(_EXTRA))}."
            )
        values["key"] = _key(password)
        values["base_url"] = _base_url(host, schema, port)
        return convert(values, ApiConfig, _spell)


_SECRET = frozenset({"key", "proxy_password"})

STANDARD_FIELDS = {"base_url": "host", "key": "password"}
"""Fields with a column in Airflow's connections, and the names of these columns."""


def connection_fields() -> dict[str, Field]:
    """Return the fields of the connection, by their names in Airflow or in the connection's extra."""
    declared = {name: field for name, field in fields_of(ApiConfig).items() if name != "paths"}
    return {STANDARD_FIELDS.get(name, name): field for name, field in declared.items()} | _path_fields()


def _path_fields() -> dict[str, Field]:
    # One for each path, because a form has no field for a mapping.
    return {
        f"path_{name}": Field(
            title=f"Path of the {listed.title}",
            description=f"Below `/open_api/<version>/`. {listed.description}",
            default=listed.path,
            allowed=f"a path such as {listed.path}",
            schema={"type": "string", "default": listed.path},
        )
        for name, listed in REFERENCE_LISTS.items()
    }


_EXTRA = set(ApiConfig.__struct_fields__) - set(STANDARD_FIELDS)


def _spell(name: str) -> str:
    return f"The connection's {name}"


def _key(password: str | None) -> str:
    # Stripped, because a key is often pasted with a line break.
    key = (password or "").strip()
    if not key:
        raise SettingError("The API key is missing: put it in the password field of the connection.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError("The API key in the password field of the connection has characters that no key can have.")
    if len(key) < SHORTEST_KEY:
        raise SettingError(
            f"The API key in the password field of the connection has fewer than {SHORTEST_KEY} characters:"
            " it is too short to be kept out of logs."
        )
    return key


def _base_url(host: str | None, schema: str | None, port: int | None) -> str:
    text = (host or DEFAULT_HOST).strip().rstrip("/")
    if "://" not in text:
        text = f"{(schema or 'https').strip()}://{text}"
    # The port is parsed when read, and may raise, too.
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
    # urlsplit removes the brackets of an IPv6 address.
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = own_port or port
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def _paths(values: dict[str, Any]) -> dict[str, str]:
    """Pop the paths from values. ``path_<name>``, of the form, overrides ``paths``, which overrides defaults."""
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
        # Neither a query nor an escape, so that a path cannot change the request.
        if not isinstance(path, str) or not re.fullmatch(r"/*[\w.~-]+(/[\w.~-]+)*/*", path):
            raise SettingError(f"The connection's path of {name} must be a path such as {DEFAULT_PATHS[name]}.")
    return {**DEFAULT_PATHS, **{name: path.strip("/") for name, path in given.items()}}


def _office_ids(value: object) -> list[int] | None:
    """Return the distinct ids; None, which the check refuses, for anything but a list of ids."""
    # An extra in JSON may have one number, and bool is a subclass of int.
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if isinstance(value, str):
        value = [part for part in re.split(r"[\s,;]+", value.strip("[] ")) if part]
    if isinstance(value, list) and all(re.fullmatch(r"\d{1,19}", str(part)) for part in value):
        return list(dict.fromkeys(int(part) for part in value))
    return None
