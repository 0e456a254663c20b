"""Generated YAML: one mark at its beginning, text in one line, keys in the order in which they were given."""

from __future__ import annotations

from collections.abc import Mapping

import yaml  # type: ignore[import-untyped]


def yaml_text(content: Mapping[str, object], about: str) -> str:
    """Return the text of a generated file, which begins with ``about`` as a comment."""
    text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=float("inf"))
    return f"# {about}\n# Generated from the comments of the warehouse by `make docs`: do not edit.\n{text}"
