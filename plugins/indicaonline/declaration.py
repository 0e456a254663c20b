"""Fields that are declared once, with ``msgspec.Meta``, for forms, checks, error messages and documents."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import msgspec

from indicaonline.errors import SettingError

Declaration = TypeVar("Declaration", bound=msgspec.Struct)


class Field(msgspec.Struct, frozen=True):
    """One field of a declaration.

    ``description`` is Markdown, with links as seen from ``docs/``. ``allowed`` completes "must be ..."; it is empty
    where every text is allowed. ``schema`` is the field's JSON Schema.
    """

    title: str
    description: str
    default: Any
    allowed: str
    schema: dict[str, Any]


# Cached: msgspec builds the schema again at each call, and every task reads the settings several times.
@cache
def fields_of(declaration: type[msgspec.Struct]) -> dict[str, Field]:
    """Return the fields of a declaration, by name."""
    properties = msgspec.json.schema(declaration)["$defs"][declaration.__name__]["properties"]
    return {
        name: Field(
            schema.get("title", ""), schema.get("description", ""), schema.get("default", ""), _allowed(schema), schema
        )
        for name, schema in properties.items()
    }


def convert(values: Mapping[str, Any], declaration: type[Declaration], spell: Callable[[str], str]) -> Declaration:
    """Make a declaration's object from values, which may be text. ``spell`` returns the full name of a field.

    Raises SettingError, one line that names the field and what is allowed.
    """
    try:
        # Not strict: environment variables, and connections that are URIs, give numbers as text.
        return msgspec.convert(values, declaration, strict=False)
    except msgspec.ValidationError as error:
        # msgspec ends its message with the path of the value: "... - at `$.page_size`".
        place = re.search(r"\$\.(\w+)", str(error))
    # Raised outside of the except block, so that no traceback shows msgspec's error. It may quote the value, which
    # might be a secret in the wrong field.
    assert place is not None, "msgspec names the field"
    name = place[1]
    raise SettingError(f"{spell(name)} must be {fields_of(declaration)[name].allowed or 'text'}.")


def plain_text(markdown: str) -> str:
    """Return a description without links and backticks, for forms and files that render no Markdown."""
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown).replace("`", "")


def shown(default: object) -> str:
    """Return a default as text."""
    # :g writes the float 10.0 as 10.
    return f"{default:g}" if isinstance(default, int | float) else str(default)


def texts_under_fields(declaration: type) -> dict[str, str]:
    """Return the text under each field in the source of a declaration, in one line."""
    (body,) = (node.body for node in ast.parse(inspect.getsource(declaration)).body if isinstance(node, ast.ClassDef))
    return {
        ast.unparse(field.target): " ".join(str(ast.literal_eval(text.value)).split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr)
    }


def _allowed(schema: Mapping[str, Any]) -> str:
    if "allowed" in schema:
        return str(schema["allowed"])
    if "enum" in schema:
        return " or ".join(schema["enum"])
    kinds = {"integer": "a whole number", "number": "a number"}
    return kinds.get(schema["type"], "") + _range(schema)


def _range(schema: Mapping[str, Any]) -> str:
    low, above, high = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if above is not None:
        return f" above {above:g}, at most {high:g}"
    if low is None:
        return ""
    return f", {low:g} or more" if high is None else f" from {low:g} to {high:g}"
