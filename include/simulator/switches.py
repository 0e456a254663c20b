"""Switches: one for every property of the API that its guide leaves open."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

REFERENCES = ("offices", "products", "brands", "categories", "lab_results")


@dataclass(frozen=True)
class Switch:
    """A switch: its default, its allowed values, and its description."""

    default: Any
    allowed: tuple[Any, ...] | Callable[[Any], bool]
    values: str
    about: str

    def accepts(self, value: Any) -> bool:
        """Return True if the value is allowed."""
        if callable(self.allowed):
            return self.allowed(value)
        return any(value == each and type(value) is type(each) for each in self.allowed)


def _one_of(default: Any, *others: Any, about: str) -> Switch:
    allowed = (default, *others)
    return Switch(default, allowed, ", ".join(f"`{_text(each)}`" for each in allowed), about)


def _flag(default: bool, about: str) -> Switch:
    return _one_of(default, not default, about=about)


def _number(default: float | None, values: str, about: str, *, least: float = 0, whole: bool = True) -> Switch:
    kinds = int if whole else (int, float)

    def allowed(value: Any) -> bool:
        if value is None:
            return default is None
        return isinstance(value, kinds) and not isinstance(value, bool) and value >= least

    return Switch(default, allowed, values, about)


def _path(default: str) -> Switch:
    def allowed(value: Any) -> bool:
        return isinstance(value, str) and value != "" and value == value.strip("/")

    return Switch(default, allowed, "a path", "path of this reference list")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _clocks(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_whole, value))


def _references(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(each in REFERENCES for each in value)


SWITCHES: dict[str, Switch] = {
    "skip_parameter": Switch(
        "offset",
        lambda value: isinstance(value, str) and value.isidentifier(),
        "a name",
        "query parameter that skips items",
    ),
    "unknown_parameters": _one_of(
        "ignored", "empty", about="an unknown query parameter: it has no effect, or the list is empty"
    ),
    "default_limit": _one_of(100, 10, 50, 500, about="items on a page when `limit` is not given"),
    "order": _one_of(
        "id", "shuffled", "recent", about="order of items: by id, random in every request, or last changed first"
    ),
    "total": _one_of(
        "right", "missing", "null", "zero", "low", "high", about="the value of `total`: `low` and `high` are off by one"
    ),
    "count": _one_of(
        "right", "missing", "null", "zero", "low", "high", about="the value of `count`: `low` and `high` are off by one"
    ),
    "pro": _flag(True, "the account has the PRO plan"),
    "non_pro_status": _one_of(402, 403, about="status of the package endpoints without the PRO plan"),
    "package_control": _one_of(
        "on", "null", "empty", about="`packages` of inventory items: the packages, `null`, or `[]`"
    ),
    "emptied_package": _one_of("shown", "missing", about="a used-up package by id: 200 with nothing available, or 404"),
    "office_lists_zero": _flag(True, "an office's list shows products with quantity 0"),
    "updated_lists_zero": _flag(True, "`updated` lists a product whose quantity fell to 0"),
    "updated_inclusive": _flag(True, "`updated` includes a change in the second of its timestamp"),
    "updated_unit": _one_of("s", "ms", about="`updated` reads its timestamp as seconds or milliseconds"),
    "updated_reach_seconds": _number(None, "null or seconds", "how far back `updated` reaches; null: without limit"),
    "quantity_keys": _one_of(
        "by_unit",
        "null",
        "several",
        about='quantities of a package: `{"gram": 3.5}`, `{"unit": null}`, or several units at once',
    ),
    "extra_package_fields": _flag(
        False, "packages carry `notes` and `location`, and lab results a `method`, which the guide does not name"
    ),
    "lab_measurement": _number(1, "an integer", "the integer `measurement` of a lab result in percent"),
    "lab_milligrams": _number(2, "an integer", "the integer `measurement` of a lab result in milligrams"),
    "error_body": _one_of("json", "html", "empty", about="body of an error"),
    "date_header": _flag(True, "responses carry a `Date` header"),
    "date_skew_seconds": Switch(
        0,
        _whole,
        "seconds, also negative",
        "offset of the `Date` header from the simulated time",
    ),
    "server_clocks": Switch(
        (),
        _clocks,
        "a list of seconds, also negative",
        "several servers behind one address, each with its own clock: the offset of each, in addition to"
        " `date_skew_seconds`. The pages of a list come from them in turn, and a repeated request goes to the next one",
    ),
    "latency_ms": _number(0, "milliseconds", "real time that every response takes", whole=False),
    "rate_limit": _number(
        None,
        "null or a number above 0",
        "requests per real second; further ones get 429",
        least=0.001,
        whole=False,
    ),
    "rate_limit_retry_after": _one_of(
        "seconds", "date", "none", about="`Retry-After` of that 429: seconds, an HTTP date, or no header"
    ),
    "rate_limit_wait": _number(None, "null or seconds", "the value of that `Retry-After`; null: the real wait"),
    "reference_shape": _one_of("items", "list", about='reference lists: `{"items": [...], ...}` or a bare list'),
    "reference_missing": Switch(
        (),
        _references,
        f"any of {', '.join(f'`{each}`' for each in REFERENCES)}",
        "reference lists whose answer is 404",
    ),
    "offices_path": _path("offices"),
    "products_path": _path("products"),
    "brands_path": _path("products/brands"),
    "categories_path": _path("products/categories"),
    "lab_results_path": _path("products/lab-results"),
}


class Switches:
    """The current setting of every switch, as attributes. An unknown name or a value that is not allowed is refused."""

    generation: int
    """Number of times that a switch was set; each one resets the rate limit and the cache of packages."""

    def __init__(self, **settings: Any) -> None:
        object.__setattr__(self, "generation", 0)
        self.reset()
        self.update(settings)

    def __setattr__(self, name: str, value: Any) -> None:
        switch = SWITCHES.get(name)
        if switch is None:
            raise AttributeError(f"no switch {name}; there are {', '.join(SWITCHES)}")
        if not switch.accepts(value):
            raise ValueError(f"{name} cannot be {value!r}; it is {switch.values}")
        object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)
        object.__setattr__(self, "generation", self.generation + 1)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no switch {name}")

    def update(self, settings: dict[str, Any]) -> None:
        """Set several switches, all or none."""
        before = self.as_dict()
        try:
            for name, value in settings.items():
                setattr(self, name, value)
        except (AttributeError, ValueError):
            self.__dict__.update(before)
            raise

    def reset(self) -> None:
        """Set every switch to its default."""
        for name, switch in SWITCHES.items():
            setattr(self, name, switch.default)

    def as_dict(self) -> dict[str, Any]:
        """Return every switch and its setting."""
        return {name: self.__dict__[name] for name in SWITCHES}


def table() -> str:
    """Return the switches as the Markdown table of the README."""
    rows = ["| switch | default | values | decides |", "|---|---|---|---|"]
    for name, switch in SWITCHES.items():
        rows.append(f"| `{name}` | `{_text(switch.default)}` | {switch.values} | {switch.about} |")
    return "\n".join(rows)
