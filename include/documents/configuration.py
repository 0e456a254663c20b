"""docs/configuration.md: the fields of the connection and the settings, from their declarations."""

from __future__ import annotations

from collections.abc import Iterable

from indicaonline.api.config import connection_fields
from indicaonline.declaration import fields_of, shown, texts_under_fields
from indicaonline.environment import environment_variable
from indicaonline.settings import DSN, NOW, Settings

_HEAD = """\
# Configuration

What belongs to one account is in its Airflow connection. Everything else is a setting: an environment variable, or an
option of Airflow's configuration. This page is generated from their declarations by `make docs`, and a test fails when
it is stale.

## Fields of the connection `indicaonline_default`

The form in Airflow shows each field by its label. A connection that is made from a shell has the host and the password
in fields of their own. All other fields are in its extra, by their names here: `{"page_size": 100}`. An empty field
means the default.

"""
_SETTINGS = """
## Settings

Give every Airflow process the same environment variables. With docker compose they are lines of the file
`settings.env`, which `make env` writes with every setting commented out. A value that is not allowed is an
error of one line that names the variable. A misspelt name has no effect: a warning suggests the nearest one.

Without a variable, the option of the same name in the section `[indicaonline]` of `airflow.cfg` counts, or Airflow's
variable for it: `AIRFLOW__INDICAONLINE__BUSINESS_TIME_ZONE`. `airflow config list --section indicaonline` describes the
options. Options that end in `_cmd` or `_secret` are not supported: no setting is a secret.

What SQL needs of the settings is kept in the warehouse and counts there:
[changing a setting](operations.md#changing-a-setting) takes `indicaonline settings --apply`, which docker compose runs
at every `up`.

"""
_OTHER = {
    NOW: "An instant such as `2026-03-08T09:30:00Z` that replaces the clock, for tests and demos. Its use is logged.",
    DSN: "The warehouse, for `make migrate` and the command `indicaonline`. Empty: the Airflow connection.",
}


def configuration() -> str:
    """Return the text of the document."""
    return _HEAD + "\n".join(_connection()) + "\n" + _SETTINGS + "\n".join(_settings()) + "\n"


def _connection() -> Iterable[str]:
    yield from ("| field | name | default | allowed | meaning |", "|---|---|---|---|---|")
    for name, field in connection_fields().items():
        default = "" if field.default == [] else shown(field.default)
        yield _row(field.title or "(extra only)", f"`{name}`", _code(default), field.allowed, field.description)


def _settings() -> Iterable[str]:
    yield from ("| variable | default | allowed | meaning |", "|---|---|---|---|")
    texts = texts_under_fields(Settings)
    for name, field in fields_of(Settings).items():
        yield _row(f"`{environment_variable(name)}`", _code(shown(field.default)), field.allowed, texts[name])
    for name, text in _OTHER.items():
        yield _row(f"`{name}`", "", "", text)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
