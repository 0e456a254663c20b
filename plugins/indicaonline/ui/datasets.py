"""Datasets: what the page shows, each the rows of one query in ``include/sql/ui``.

The file of a dataset reads ``mart`` only, and names its parameters as ``%(office)s``. It ends with ``LIMIT %(limit)s
OFFSET %(offset)s``. A parameter that a request does not give is NULL; ``now`` is the server's clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

from indicaonline.errors import SettingError
from indicaonline.settings import now
from indicaonline.warehouse.analyst import AnalystPool, Rows, dataset_statement

MOST_ROWS = 20_000
DEFAULT_ROWS = 200

Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Text = Annotated[str, Meta(max_length=200)]
Instant = Annotated[dt.datetime, Meta(tz=True)]

PARAMETERS: dict[str, Any] = {
    **dict.fromkeys(("office", "product", "package", "pull"), Id),
    **dict.fromkeys(("day", "first_day", "last_day"), dt.date),
    **dict.fromkeys(("at", "since"), Instant),
    **dict.fromkeys(("search", "vendor", "batch", "category", "analyte", "kind", "status", "reason"), Text),
    "zone": Text,
    "limit": Annotated[int, Meta(ge=1, le=MOST_ROWS)],
    "offset": Annotated[int, Meta(ge=0, le=10_000_000)],
}
"""The parameters of all datasets, with their types. Instants carry an offset."""

_NAMED = re.compile(r"%\((\w+)\)s")


class Query(msgspec.Struct, frozen=True):
    """A dataset with the parameters of a request."""

    name: str
    statement: str
    parameters: dict[str, Any]

    def read(self, pool: AnalystPool) -> Rows:
        """Return the rows."""
        return pool.read(self.statement, self.parameters, self.parameters["limit"])

    def as_sql(self, pool: AnalystPool) -> str:
        """Return the statement with its parameters filled in."""
        return pool.as_text(self.statement, self.parameters)


def query(name: str, given: Mapping[str, str]) -> Query:
    """Return a dataset with the parameters of a request, as text.

    Raises :class:`~indicaonline.errors.SettingError` for a parameter that the dataset does not have, or whose value is
    not of its type. The name is one of :func:`~indicaonline.warehouse.analyst.dataset_names`.
    """
    statement = dataset_statement(name)
    used = set(_NAMED.findall(statement))
    known = (used | {"limit", "offset"}) - {"now"}
    if unknown := sorted(given.keys() - known):
        raise SettingError(f"{name} has no parameter {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    defaults = {**dict.fromkeys(known), "limit": DEFAULT_ROWS, "offset": 0}
    if "now" in used:
        defaults["now"] = now()
    return Query(name, statement, defaults | {key: _value(key, text) for key, text in given.items() if text})


def _value(name: str, text: str) -> Any:
    try:
        value = msgspec.convert(text, PARAMETERS[name], strict=False)
    except msgspec.ValidationError as error:
        raise SettingError(f"{name}={text[:40]!r} is not usable: {str(error).splitlines()[0]}.") from None
    if name == "zone" and value not in available_timezones():
        raise SettingError(f"zone={text[:40]!r} is not the IANA name of a time zone, such as America/Los_Angeles.")
    return value
