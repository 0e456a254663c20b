"""The controls page, and the declarations from which it builds its forms: faults, switches and events."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .faults import CHOICES, KINDS, Faults
from .labels import DATES, Extra, Origin
from .switches import SWITCHES
from .world import EVENTS, World

PAGE = Path(__file__).with_name("controls.html")
POLICY = "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The content security policy of the page: no other host, because the page must work offline."""

_TYPES = {
    "int": "integer",
    "int | None": "integer",
    "float": "number",
    "Number": "decimal",
    "Number | None": "decimal",
    "bool": "flag",
    "str": "text",
    "str | None": "text",
    "dt.date | str | None": "date",
    "Mapping[int, Number] | None": "json",
}
"""Annotation -> input of a parameter. A test fails for an annotation that is missing here."""


def declarations() -> dict[str, Any]:
    """Return every fault, switch and event, with its fields and their defaults."""
    return {
        "fault_fields": list(_fields(Faults.add, leave_out=("kind",))),
        "faults": {
            kind: {"about": about, "fields": [_option(*option) for option in options.items()]}
            for kind, (about, options) in KINDS.items()
            if kind != "call"  # it takes a function, and exists in process only
        },
        "switches": {
            name: {
                "about": switch.about,
                "values": switch.values,
                "default": switch.default,
                "choices": None if callable(switch.allowed) else switch.allowed,
            }
            for name, switch in SWITCHES.items()
        },
        "events": {kind: _event(getattr(World, kind)) for kind in EVENTS},
    }


def _event(method: Callable[..., object]) -> dict[str, Any]:
    about = (inspect.getdoc(method) or "").split("\n")[0]
    return {"about": about, "fields": list(_fields(method, leave_out=("at",)))}


def _fields(function: Callable[..., object], leave_out: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in ("self", *leave_out):
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            if function is World.relabel:
                yield from (_field(name, "date" if name in DATES else "text") for name in LABELS)
            continue
        is_required = parameter.default is parameter.empty
        default = None if is_required else parameter.default
        yield _field(parameter.name, _TYPES[parameter.annotation], default=default, is_required=is_required)


LABELS = (*Origin._fields, *Extra._fields)
"""The fields of a relabelling."""


def _option(name: str, default: Any) -> dict[str, Any]:
    """Return the field of a fault's option, whose type is that of its default."""
    types = {bool: "flag", int: "integer", float: "number"}
    return _field(name, types.get(type(default), "text"), default=default, choices=CHOICES.get(name))


def _field(
    name: str, type_: str, *, default: Any = None, is_required: bool = False, choices: Any = None
) -> dict[str, Any]:
    return {"name": name, "type": type_, "default": default, "required": is_required, "choices": choices}
